"""Texts in which reference marks of ours are looked for, whatever SmartAdvocate has made of what was written.

A note is kept as HTML and as plain text apart (API sheet, section 15, 7): an editor may have put a mark into
tags of its own, a server have written its hyphen as a reference or another dash, or its letters as capitals.
A mark that is not found again is written a second time.
"""

import re
from collections.abc import Iterable
from functools import cached_property
from typing import Final

from core.character_references import decode

_TAG: Final = re.compile(r"<[^<>]*>")
_NO_SIGN_OF_A_MARK: Final = re.compile(r"[\W_]+")


def folded(text: str) -> str:
    """Return its letters and digits alone, in small letters: no tags, no blanks, no punctuation."""
    return _NO_SIGN_OF_A_MARK.sub("", decode(_TAG.sub("", text))).lower()


class Marked:
    """Texts to look for marks in. They are folded once, and only where one is not there as it was written."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = list(texts)

    def places(self, mark: str) -> list[int]:
        """Return which texts bear the mark: as it was written, else its digits (96 bits) in any dress."""
        exact = [place for place, text in enumerate(self._texts) if mark in text]
        if exact:
            return exact
        digits = mark.rpartition("-")[2]
        return [place for place, text in enumerate(self._folded) if digits in text]

    @cached_property
    def _folded(self) -> list[str]:
        return [folded(text) for text in self._texts]
