"""Words of people as they can be stored and sent on: JSON can say what Unicode text cannot hold."""

import re
import unicodedata
from typing import Final

UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
"""What no text of a person's holds: it came along with something pasted, or is a byte of another encoding.

Tabs and line ends belong to a sentence, such as a reason.
"""
JOINERS: Final = frozenset("\u200c\u200d")
# Control, private, surrogate and unassigned characters; and those of format that reverse what a reader sees
# (an .exe that shows as .pdf). Joiners stay: several scripts need them.
_DROPPED_CATEGORIES: Final = frozenset({"Cc", "Cs", "Co", "Cn", "Cf"})
_BETWEEN: Final = "\t\n\r\v\f\u0085\u2028\u2029"
_TWO_HALVES: Final = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_HALF: Final = re.compile("[\ud800-\udfff]")


def storable(words: str) -> str:
    """Return the words without U+0000, and with U+FFFD for each half of a character.

    Texts are cut in the middle of an emoji by those who count UTF-16; the message is worth more than that.
    Two halves that belong together become the character they are.
    """
    if "\x00" in words:
        words = words.replace("\x00", "")
    return words if words.isascii() else whole_characters(words)


def whole_characters(words: str) -> str:
    """Return the words with U+FFFD for each half of a character that stands alone."""
    try:
        words.encode()
    except UnicodeEncodeError:
        return _HALF.sub("\ufffd", _TWO_HALVES.sub(_joined, words))
    return words


def _joined(halves: re.Match[str]) -> str:
    return halves[0].encode("utf-16", "surrogatepass").decode("utf-16")


def printable(name: str) -> str:
    """Return a name on one line, without what has no picture of its own, joiners excepted."""
    if name.isascii() and name.isprintable():
        return name
    return "".join(
        " " if c in _BETWEEN else c
        for c in name
        if c in JOINERS or c in _BETWEEN or unicodedata.category(c) not in _DROPPED_CATEGORIES
    )
