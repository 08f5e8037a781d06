"""Notes as plain text: no tag survives, and plain text stays."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.plain_text import plain_text


@pytest.mark.parametrize(
    ("note", "text"),
    [
        ("Please call&nbsp;me <strong>today</strong>", "Please call me today"),
        (
            "<html><body><p>Records&nbsp;attached.</p><p>Regards</p></body></html>",
            "Records attached.\nRegards",
        ),
        ("one<br>two<br/>three<BR />four", "one\ntwo\nthree\nfour"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("<ul><li>a</li><li>b</li></ul>c", "a\nb\nc"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<head><title>T</title><style>p{}</style></head><body>x</body>", "x"),
        ("<head><meta charset=x><body>x</body>", "x"),
        ("a<script>alert('<p>')</script>b<style>p {}</style>c", "abc"),
        ("a<!-- <p>hidden</p> -->b <b>c</b>", "ab c"),
        ("<p>a\n   b</p>", "a b"),
        ("line one\nline <b>two</b>", "line one\nline two"),
        ("Tom &amp; Ann &lt;3 &#8364;5 &#x41;", "Tom & Ann <3 €5 A"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),  # typed, shown as typed
        ("a < b and c > d", "a < b and c > d"),
        ("see <https://x.example/y> & <me@x.example>", "see <https://x.example/y> & <me@x.example>"),
        ("<p>see <https://x.example/y></p>", "see https://x.example/y"),
        ("first\n\nsecond\n", "first\n\nsecond"),
        ("<p></p><div> &nbsp; </div>", ""),
        ("<o:p>x</o:p><p>y</p>", "x\ny"),
        ("", ""),
    ],
)
def test_a_note_reads_as_it_is_seen(note: str, text: str) -> None:
    assert plain_text(note) == text


words = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp", "Cf"), exclude_characters="<>&"),
    min_size=1,
)
tags = st.sampled_from(["p", "div", "b", "span", "a", "li", "table", "h1", "font", "ul", "em", "body"])


@st.composite
def documents(draw: st.DrawFn, depth: int = 3) -> tuple[str, list[str]]:
    """HTML, and the words that are seen in it."""
    if depth == 0 or draw(st.booleans()):
        word = draw(words)
        return word, [word]
    tag, quote = draw(tags), draw(st.sampled_from(["'", '"']))
    inside = [draw(documents(depth=depth - 1)) for _ in range(draw(st.integers(0, 3)))]
    hidden = draw(
        st.sampled_from(["", "<script>var x = 1;</script>", "<style>p{}</style>", "<!-- x -->", "<br>"])
    )
    html = "".join(part for part, _ in inside)
    seen = [word for _, some in inside for word in some]
    return f"<{tag} class={quote}a b{quote}>{html}{hidden}</{tag}>", seen


@given(documents())
def test_no_tag_survives_and_every_word_stays(document: tuple[str, list[str]]) -> None:
    html, seen = document
    text = plain_text(f"<p>{html}</p>")
    assert re.sub(r"\s", "", text) == "".join(seen)


@given(st.lists(words, min_size=1, max_size=8).map("\n".join))
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert plain_text(text) == text


@given(st.text())
def test_any_text_at_all_can_be_read(text: str) -> None:
    shown = plain_text(text)
    assert shown == shown.strip()
    assert "\x00" not in shown
    shown.encode()
