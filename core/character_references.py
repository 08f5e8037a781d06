"""Character references of HTML (`&amp;`, `&#8364;`), decoded in one pass (WHATWG HTML, 13.2.5.72 to 84)."""

import re
from collections.abc import Sequence
from html.entities import html5
from itertools import groupby
from typing import Final

from core.storable import whole_characters

_NUMBER: Final = re.compile(r"#(?:[0-9]++|[xX][0-9a-fA-F]++);?")
_AND: Final = "\x06"  # an `&` that begins nothing; no controls are in what is decoded
_MANY: Final = "&" * 8
_BEFORE_ANOTHER: Final = re.compile("&&&&&&&+(?=&)")
_WHOLE: Final = {name[:-1]: shown for name, shown in html5.items() if name.endswith(";")}
_BEGIN: Final = frozenset(name[:2] for name in html5)
# Names that count without `;`, by their beginning, longest first.
_WITHOUT_END: Final = {
    begin: tuple(names)
    for begin, names in groupby(
        sorted((n for n in html5 if n[-1] != ";"), key=lambda name: (name[:2], -len(name))),
        key=lambda name: name[:2],
    )
}
_SOME: Final = 2_000  # pieces that are looked at to tell whether they repeat
_FEW: Final = 100  # so many may all differ
_LAST: Final = 0x10FFFF
_NO_CHARACTER: Final = "\ufffd"
_WHITE: Final = frozenset("\t\n\f\r")


def decode(text: str) -> str:
    """Replace references by what they stand for; what stands for nothing stays as it is written.

    A reference never becomes a control character other than white space, nor half of a character; two halves
    become the character they are.
    """
    has_numbers = "&#" in text
    if _MANY in text:
        text = _BEFORE_ANOTHER.sub(lambda run: _AND * len(run[0]), text)
    pieces = text.split("&")
    if len(pieces) > 1:
        before = pieces.pop(0)
        shown = map(_Known().__getitem__ if repeat(pieces) else _shown, pieces)
        text = before + "".join(shown)
    if has_numbers:
        text = whole_characters(text)
    return text.replace(_AND, "&")


def repeat(pieces: Sequence[str]) -> bool:
    """Tell whether pieces of a text come again, so that it pays to remember what each is shown as."""
    some = pieces[:_SOME]
    return len(set(some)) * 2 < len(some) + _FEW


class _Known(dict[str, str]):
    def __missing__(self, piece: str) -> str:
        shown = self[piece] = _shown(piece)
        return shown


def _shown(piece: str) -> str:
    """Return what is shown for a piece of text that an `&` stands before."""
    begin = piece[:2]
    if begin not in _BEGIN:
        return _number(piece) if begin[:1] == "#" else "&" + piece
    name, end, behind = piece.partition(";")
    if end and name in _WHOLE:
        return _WHOLE[name] + behind
    names = _WITHOUT_END.get(begin, ())
    if piece.startswith(names):
        name = next(filter(piece.startswith, names))
        return html5[name] + piece[len(name) :]
    return "&" + piece


def _number(piece: str) -> str:
    found = _NUMBER.match(piece)
    return _character(found[0]) + piece[found.end() :] if found else f"&{piece}"


def _character(reference: str) -> str:
    """Return the character of a number, which may be half of one."""
    is_hex = reference[1] in "xX"
    digits = reference.rstrip(";")[2 if is_hex else 1 :].lstrip("0")
    if len(digits) > len(str(_LAST)):  # also keeps int() from refusing thousands of digits
        return _NO_CHARACTER
    code = int(digits or "0", 16 if is_hex else 10)
    if code == 0 or code > _LAST:
        return _NO_CHARACTER
    if 0x80 <= code < 0xA0:  # Windows' characters, as every browser reads them
        return bytes([code]).decode("cp1252", "ignore")
    character = chr(code)
    return "" if (code < 0x20 and character not in _WHITE) or code == 0x7F else character
