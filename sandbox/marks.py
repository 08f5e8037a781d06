"""The reference mark of a note or document: the last line of its text, whatever it looks like."""

from __future__ import annotations

import html
import re

_LINE_BREAK = re.compile(r"(?i)<br\s*/?>|</p>|</div>|\n")
_TAG = re.compile(r"<[^>]*>")


def last_line(text: str) -> str:
    """The last line that is not blank, without HTML; empty for an empty text."""
    if "<" not in text and "&" not in text:
        return text.rstrip().rpartition("\n")[2].strip()
    lines = (html.unescape(_TAG.sub("", line)).strip() for line in reversed(_LINE_BREAK.split(text)))
    return next((line for line in lines if line), "")
