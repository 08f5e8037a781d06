"""SmartAdvocate's case ids: whole numbers (API sheet, sections 4 and 12), however they are written."""

import re
from typing import Final

# Blanks, and signs without width that come along when an id is copied: of direction, joiners, a BOM.
_AROUND: Final = r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]*+"
_NUMBER: Final = re.compile(rf"{_AROUND}\+?(\d+){_AROUND}")


def normal_case_id(text: str) -> str:
    """Return the id as SmartAdvocate writes it: without blanks, plus, leading zeros, foreign digits.

    What is no whole number stays as it is. So does one with an exponent or a fraction: a spreadsheet that
    writes 3.00003E+05 may have rounded it, and the next number is another client's case.
    """
    if is_case_number(text) and text[0] != "0":
        return text  # as nearly all are
    found = _NUMBER.fullmatch(text)
    if found is None:
        return text
    digits = "".join(str(int(digit)) for digit in found[1])
    return digits.lstrip("0") or "0"


def is_case_number(case_id: str) -> bool:
    """Tell whether this can be the id of a case in SmartAdvocate at all."""
    return case_id.isascii() and case_id.isdigit() and case_id != "0"
