"""Text that is made to be slow to read.

A megabyte of each pattern with `--long`, a sixteenth of it otherwise: what grows with the square of the
length is found at either.
"""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Final

from tests.properties.growth import grows_too_fast

LENGTH: Final = 1024 * 1024  # characters
SHORT_LENGTH: Final = LENGTH // 16

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
) -> list[str]:
    """Return the patterns whose time grows with more than their length, up to so many characters."""
    return [name for name in patterns if grows_too_fast(partial(_reading, read, name), length)]


def _reading(read: Callable[[str], object], name: str, length: int) -> Callable[[], object]:
    return partial(read, hostile_text(name, length))
