"""Notes as plain text: no tag survives, and plain text stays."""

import pytest

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
        ("<p>&#55357;&#56832; &#xD83D;&#xDE00; &#55357; &#56832;&#55357;", "😀 😀 � ��"),
        ("\ufeff<p>a\ufeffb</p>", "ab"),
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
