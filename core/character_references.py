"""Character references of HTML (`&amp;`, `&#8364;`), decoded in one pass (WHATWG HTML, 13.2.5.72 to 84)."""

import re
from html.entities import html5
from typing import Final

_REFERENCE: Final = re.compile(r"&(#[0-9]++;?|#[xX][0-9a-fA-F]++;?|[a-zA-Z][a-zA-Z0-9]++;?)")
_LONGEST_WITHOUT_END: Final = 6  # characters of a name that counts without `;`, such as `frac12`
_BEGIN_WITHOUT_END: Final = frozenset(name[:2] for name in html5 if not name.endswith(";"))
_LAST: Final = 0x10FFFF
_NO_CHARACTER: Final = "\ufffd"
_WHITE: Final = frozenset("\t\n\f\r")


def decode(text: str) -> str:
    """Replace references by what they stand for; what stands for nothing stays as it is written.

    A reference never becomes a control character other than white space, nor half of a character.
    """
    words = _REFERENCE.split(text)
    if len(words) > 1:
        words[1::2] = map(_References(html5).__getitem__, words[1::2])
    return "".join(words)


class _References(dict[str, str]):
    """What is shown for a reference, which is written without its `&`. Each is looked at once."""

    def __missing__(self, reference: str) -> str:
        if reference[0] == "#":
            shown = _number(reference)
        elif reference[:2] in _BEGIN_WITHOUT_END:
            shown = _name(reference)
        else:
            shown = f"&{reference}"
        self[reference] = shown
        return shown


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
