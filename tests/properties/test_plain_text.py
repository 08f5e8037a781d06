"""Any note as plain text."""

import re

from hypothesis import example, given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from core.plain_text import plain_text
from tests.properties.hostile import slow_to_read

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


# Pieces whose text a tree builder moves or drops are not among them: the words and their order are compared.
_PIECES = """<p> </p> <b> </b> <div> </div> <span> <br> <br/> <li> <script> </script> </SCRIPT > <style>
    </style> <title> </title> <textarea> </textarea> <!-- --> --!> <!--> <!---> - -- <! <? </ < > <![CDATA[
    ]]> <!doctype> <a <a/ <i/> <u/x> = " ' &amp; &am p; &lt &#65; &#x41; &notin; &not &#0; &#150; & # ; x yy
    1 <1 </1 </> / <o:p> <p=" <p=' <a=x <p/= <template> </template> <iframe> </iframe> <xmp> </xmp>"""
pieces = st.sampled_from(
    [*_PIECES.split(), " ", "\n", "<a b=", '<a b="', "<a b='", "<a b = ", "</p ", "</script "]
)


def seen_by_a_browser(html: str) -> str:
    """Return the words of the tree that a browser's parser builds."""
    tree = LexborHTMLParser(html)
    hidden = ["script", "style", "title", "iframe", "noframes", "noembed", "template"]
    tree.strip_tags(hidden)
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f]+", "", tree.root.text(deep=True) if tree.root else "")


@given(st.lists(pieces, max_size=14).map("".join))
@example("<a b='>'c>d")
def test_broken_html_reads_as_in_a_browser(html: str) -> None:
    # `<title/>` is empty here; a script in a comment in a script ends where the first end is
    if re.search(r"<(script|style|title|textarea|xmp|iframe|template)[^>]*/>", html, re.IGNORECASE):
        return
    if re.search(r"<script.*<!--.*<script", html, re.IGNORECASE | re.DOTALL):
        return
    assert re.sub(r"\s", "", plain_text(f"<p>{html}")) == seen_by_a_browser(f"<p>{html}")


def test_no_text_is_slow_to_read(hostile_length: int) -> None:
    assert slow_to_read(plain_text, hostile_length) == []
