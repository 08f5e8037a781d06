"""Text that is made to be slow to read: a megabyte of each pattern, and how long a raw look at it takes."""

import time
from collections.abc import Callable
from typing import Final

LENGTH: Final = 1024 * 1024  # characters
# A look for one character takes about 0.3 ms; 100 ms are some 300 times that. What grows with the square of
# the length takes more than 100,000 times.
MOST_TIMES_A_COUNT: Final = 2_000

_PIECES: Final = (
    # tags that are never closed, are closed only, or cross
    *(f"<{tag}>" for tag in ("p", "b", "a", "div", "span", "li", "table", "tr", "td", "font", "i", "h1")),
    *(f"<{tag}>" for tag in ("br", "select", "option", "svg", "math", "button", "form", "ruby", "nobr")),
    *(f"<{tag}>" for tag in ("script", "style", "title", "textarea", "xmp", "iframe", "template")),
    "<noframes>",
    *(f"</{tag}>" for tag in ("p", "b", "div", "br", "script", "template", "textarea", "li", "body", "html")),
    "<div><p>", "<b><div></b></div>", "<a><b></a></b>", "x<p>y", "<table><b>", "<svg><foreignObject>",
    # tags that are broken off
    "<", "</", "<a", "<a ", "</a ", '<a b="', "<a b='", '<a b="c" ', "<a =", '<a "', "<a/", "<<a>", "<p x=y ",
    "<script", "<script ", "<title></titl", "<textarea></textarea", "<script><!--<script>", "</script/",
    # comments and what is none
    "<!--", "<!-", "<!", "<!--x--!>", "<!-->", "--", "--!", "-->", "<![", "<![CDATA[", "]]>", "<?", "<?xml ",
    "<![if !x]>", "<!doctype", "<%",
    # references
    "&", "&#", "&#x", "&amp", "&amp;", "&a", "&notit;", "&lt;", "&#0;", "&#xd800;", "&#9999999999;",
    "&nbsp; ", "&CounterClockwiseContourIntegral",
    # no markup at all
    "\x00", "\ud800", "\ufffd", "\n", "\r", "\r\n", "\t", " ", " \n", "\u00a0", "\u2028", "word ", "1 ", "a@",
    "pass", "pass=", "password: x ", "eyJ", "Bearer ", "basic  ", "@", "\U0001f600", "é", "=", "x", "CS-0a",
)  # fmt: skip


def _one_of_each() -> dict[str, str]:
    texts = {f"{piece!r} repeated": piece * (LENGTH // len(piece)) for piece in _PIECES}
    half = LENGTH // 2
    texts |= {
        "a name without end": f"<{'a' * LENGTH}",
        "an attribute without end": f"<p {'a' * LENGTH}>",
        "a value without end": f'<p x="{"a" * LENGTH}',
        "a reference without end": f"&{'a' * LENGTH};",
        "a number without end": f"&#{'1' * LENGTH};",
        "a comment full of dashes": f"<!--{'-' * LENGTH}",
        "a script full of ends": f"<script>{'</scrip' * (LENGTH // 7)}",
        "nested": "<div>" * (half // 5) + "</div>" * (half // 6),
        "nested, and other ends": "<div>" * (half // 5) + "</p>" * (half // 4),
        "nested, and other tags": "<b>" * (half // 3) + "<div>" * (half // 5),
        "every tag another": "".join(f"<t{n}>" for n in range(LENGTH // 8)),
        "every reference another": "".join(f"&a{n:x};" for n in range(LENGTH // 8)),
        "blanks before a word": " " * LENGTH + "x",
        "a word before an at": "x" * half + "@" + "y" * half,
    }
    return texts | {f"{name}, in a paragraph": f"<p>{text}" for name, text in texts.items()}


HOSTILE: Final = _one_of_each()


def times_a_count(read: Callable[[str], object], text: str) -> float:
    """Return how many times as long as one raw look at the text it takes to read it. Of processor time."""
    count = min(_seconds(lambda: text.count("<")) for _ in range(5))
    return _seconds(lambda: read(text)) / count


def _seconds(call: Callable[[], object]) -> float:
    began = time.process_time()
    call()
    return time.process_time() - began
