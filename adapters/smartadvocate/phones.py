"""Telephone numbers as SmartAdvocate holds them (any spelling) to E.164.

The library is loaded when the first number comes: that takes long.
"""

import re
from functools import cache
from typing import Any, Final

from core.errors import ConfigurationError

_MAX_LENGTH: Final = 60  # characters; longer text is no number, and parsing it would cost time
_PLAIN_COUNTRIES: Final = ("US", "CA")  # numbers without country code mean +1, and have no rules of their own
# Ten digits in the spellings people type, with or without the country code; all else takes the long way.
_PLAIN: Final = re.compile(
    r"(\+1[ .-]?|1[ .-]?)?(?:\(([2-9][0-9]{2})\) ?|([2-9][0-9]{2})[ .-]?)([0-9]{3})[ .-]?([0-9]{4})"
)


def normalise_phone(number: str, country: str) -> str | None:
    """Return the number in E.164, or None where it is not valid: an area code, too, must exist.

    `country` is the ISO 3166 alpha-2 code for numbers without country code. Extensions are dropped.
    Raises ConfigurationError for an unknown country.
    """
    import phonenumbers

    if country not in phonenumbers.SUPPORTED_REGIONS:
        raise ConfigurationError(
            f"country {country!r} is not known; use a code of two letters, for example US"
        )
    if len(number) > _MAX_LENGTH:
        return None
    plain = _PLAIN.fullmatch(number)
    if plain and (country in _PLAIN_COUNTRIES or number[0] == "+"):
        digits = (plain[2] or plain[3]) + plain[4] + plain[5]
        if _united_states_pattern().fullmatch(digits):
            return f"+1{digits}"
    return _thoroughly(number, country)


def _thoroughly(number: str, country: str) -> str | None:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@cache
def _united_states_pattern() -> re.Pattern[str]:
    """The library's own rule for geographic numbers of the United States, so that the quick way is exact."""
    import phonenumbers

    metadata: Any = phonenumbers.PhoneMetadata.metadata_for_region("US")
    return re.compile(metadata.fixed_line.national_number_pattern)
