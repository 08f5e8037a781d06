"""Text that is made to be slow to read, and how long a raw look at it takes.

A megabyte of each pattern with `--long`, a sixteenth of it otherwise: what grows with the square of the
length is found at either.
"""

import time
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Final

LENGTH: Final = 1024 * 1024  # characters
SHORT_LENGTH: Final = LENGTH // 16
# A look for one character of a megabyte takes about 0.3 ms, and no note more than 100 ms, which are 333 times
# that. Six times as much is allowed on a machine that does other things as well. What grows with the square
# of the length takes more than 100,000 times, and 5,000 times at the short length.
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


def _repeated(piece: str, length: int) -> str:
    return piece * (length // len(piece))


_TEXTS: Final[Mapping[str, Callable[[int], str]]] = {
    **{f"{piece!r} repeated": partial(_repeated, piece) for piece in _PIECES},
    "a name without end": lambda n: f"<{'a' * n}",
    "an attribute without end": lambda n: f"<p {'a' * n}>",
    "a value without end": lambda n: f'<p x="{"a" * n}',
    "a reference without end": lambda n: f"&{'a' * n};",
    "a number without end": lambda n: f"&#{'1' * n};",
    "a comment full of dashes": lambda n: f"<!--{'-' * n}",
    "a script full of ends": lambda n: f"<script>{'</scrip' * (n // 7)}",
    "nested": lambda n: "<div>" * (n // 10) + "</div>" * (n // 12),
    "nested, and other ends": lambda n: "<div>" * (n // 10) + "</p>" * (n // 8),
    "nested, and other tags": lambda n: "<b>" * (n // 6) + "<div>" * (n // 10),
    "every tag another": lambda n: "".join(f"<t{k}>" for k in range(n // 8)),
    "every reference another": lambda n: "".join(f"&a{k:x};" for k in range(n // 8)),
    "blanks before a word": lambda n: " " * n + "x",
    "a word before an at": lambda n: "x" * (n // 2) + "@" + "y" * (n // 2),
}
_IN_A_PARAGRAPH: Final = ", in a paragraph"
HOSTILE: Final = (*_TEXTS, *(f"{name}{_IN_A_PARAGRAPH}" for name in _TEXTS))
HOSTILE_ALONE: Final = tuple(_TEXTS)  # for what makes nothing of a paragraph


def hostile_text(name: str, length: int) -> str:
    """Return so many characters, or nearly, of the pattern with this name."""
    text = _TEXTS[name.removesuffix(_IN_A_PARAGRAPH)](length)
    return f"<p>{text}" if name.endswith(_IN_A_PARAGRAPH) else text


def slow_to_read(
    read: Callable[[str], object], length: int, patterns: Collection[str] = HOSTILE
) -> dict[str, float]:
    """Return the patterns of which so many characters take too long, each with how many times a count."""
    slow = {}
    for name in patterns:
        text = hostile_text(name, length)
        taken = min(times_a_count(read, text) for _ in range(2))
        if taken >= MOST_TIMES_A_COUNT:
            slow[name] = taken
    return slow


def times_a_count(read: Callable[[str], object], text: str) -> float:
    """Return how many times as long as one raw look at the text it takes to read it. Of processor time."""
    count = min(seconds(lambda: text.count("<")) for _ in range(5))
    return seconds(lambda: read(text)) / count


def seconds(call: Callable[[], object]) -> float:
    """Return how long a call takes. Of processor time."""
    began = time.process_time()
    call()
    return time.process_time() - began
