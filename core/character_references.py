"""Character references of HTML (`&amp;`, `&#8364;`), decoded in one pass (WHATWG HTML, 13.2.5.72 to 84)."""

import re
from collections.abc import Sequence
from html.entities import html5
from typing import Final

_REFERENCE: Final = re.compile(r"&(#[0-9]++;?|#[xX][0-9a-fA-F]++;?|[a-zA-Z][a-zA-Z0-9]++;?)")
_LONGEST_WITHOUT_END: Final = 6  # characters of a name that counts without `;`, such as `frac12`
_BEGIN_WITHOUT_END: Final = frozenset(name[:2] for name in html5 if not name.endswith(";"))
_SOME: Final = 2_000  # pieces that are looked at to tell whether they repeat
_FEW: Final = 100  # so many may all differ
_LAST: Final = 0x10FFFF
_NO_CHARACTER: Final = "\ufffd"
_WHITE: Final = frozenset("\t\n\f\r")


def decode(text: str) -> str:
    """Replace references by what they stand for; what stands for nothing stays as it is written.

    A reference never becomes a control character other than white space, nor half of a character.
    """
    words = _REFERENCE.split(text)
    if len(words) > 1:
        references = words[1::2]
        words[1::2] = map(_Known().__getitem__ if repeat(references) else _shown, references)
    return "".join(words)


def repeat(pieces: Sequence[str]) -> bool:
    """Tell whether pieces of a text come again, so that it pays to remember what each is shown as."""
    some = pieces[:_SOME]
    return len(set(some)) * 2 < len(some) + _FEW


class _Known(dict[str, str]):
    def __missing__(self, reference: str) -> str:
        shown = self[reference] = _shown(reference)
        return shown


def _shown(reference: str) -> str:
    """Return what is shown for a reference, which is written without its `&`."""
    if reference in html5:
        return html5[reference]
    if reference[0] == "#":
        return _number(reference)
    return _name(reference) if reference[:2] in _BEGIN_WITHOUT_END else f"&{reference}"


def _name(reference: str) -> str:
    """Return what stands for a name that nothing ends, and what is written right behind it."""
    for length in range(min(len(reference), _LONGEST_WITHOUT_END), 1, -1):
        if reference[:length] in html5:
            return html5[reference[:length]] + reference[length:]
    return f"&{reference}"


def _number(reference: str) -> str:
    is_hex = reference[1] in "xX"
    digits = reference.rstrip(";")[2 if is_hex else 1 :].lstrip("0")
    if len(digits) > len(str(_LAST)):  # also keeps int() from refusing thousands of digits
        return _NO_CHARACTER
    code = int(digits or "0", 16 if is_hex else 10)
    if code == 0 or code > _LAST or 0xD800 <= code < 0xE000:
        return _NO_CHARACTER
    if 0x80 <= code < 0xA0:  # Windows' characters, as every browser reads them
        return bytes([code]).decode("cp1252", "ignore")
    character = chr(code)
    return "" if (code < 0x20 and character not in _WHITE) or code == 0x7F else character
