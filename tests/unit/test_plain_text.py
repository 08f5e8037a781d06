"""Notes as plain text: no tag survives, and plain text stays."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from core.plain_text import plain_text
from tests.hostile import HOSTILE, MOST_TIMES_A_COUNT, hostile_text, times_a_count


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
        ("<p>Sign the form <![ attached ]> please</p>", "Sign the form please"),
        ("<b>x</b> <![0", "x"),
        ("<p>a</p><![if !supportLists]>1.<![endif]>b", "a\n1.b"),
        ("<b>x</b><![CDATA[ hi ]]> y", "x y"),
        ("<?xml:namespace prefix = o /><p>a<o:p></o:p></p>", "a"),
        ("a<!-->b<!--->c<!--x--!>d<br>", "abcd"),
        ("<p>a<!-- b", "a"),
        ("5 <!-- 6", "5 <!-- 6"),  # nothing of it is markup that ends
        ("the <title> of the house", "the <title> of the house"),
        ("x <b and y", "x <b and y"),
        ('<p title="1 > 0">a</p>', "a"),
        (
            "<p>AT&T &copy 2026 &notit; &#146; &#x80; &#0;&#xD800;&#1;&#99999999999;",
            "AT&T © 2026 ¬it; ’ € ���",
        ),
        (f"<p>&#{'1' * 5_000};", "\ufffd"),
        ("<p>&amp;lt;b&amp;gt; &am<i></i>p;", "&lt;b&gt; &amp;"),
        ("<p>a</p>\n\n <p>b</p>", "a\nb"),
        ("<div>a</div><br><div>b</div>", "a\n\nb"),
        ("<title/>a<script/>b<p>c", "ab\nc"),
        ("a<template>b<template>c</template>d</template>e<br>", "ae"),
        ("<textarea>a <b>c</b></textarea><p>d", "a <b>c</b>\nd"),
        ("<SCRIPT>a</Script ><P>b</P>", "b"),
        ("a\x00b\ud83dc\x85d", "abcd"),
        ("\ud83d<p>a\ud83d\x07b</p>", "ab"),
        ("<https://x.example/?a=1&amp;b=2><p>", "https://x.example/?a=1&b=2"),
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


@pytest.mark.parametrize("pattern", HOSTILE)
def test_no_text_is_slow_to_read(pattern: str, hostile_length: int) -> None:
    assert times_a_count(plain_text, hostile_text(pattern, hostile_length)) < MOST_TIMES_A_COUNT
