"""Telephone numbers as SmartAdvocate holds them (any spelling) to E.164.

The library is loaded when the first number comes: that takes long.
"""

import html
import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from core.errors import ConfigurationError

if TYPE_CHECKING:
    import phonenumbers

_MAX_LENGTH: Final = 200  # characters; longer text is no phone field, and reading it would cost time
_MOST_LOOKED_AT: Final = 10  # numbers of one field
# A number that is said not to be used is none, nor is one that no client can be written to at.
_NOT_TO_BE_USED: Final = re.compile(
    r"\b(?:do(?:\s+|-|_)not(?!\s+leave\b)|don.?t(?!\s+leave\b)|never|dnc|no\s+(?:calls?|contact|texts?|longer)|"
    r"can(?:.?t|\s*not)\s+(?:call|contact|reach|text)|stop(?:ped)?\s+(?:call|sms|text)\w*|opt(?:ed|s)?[\s-]?out|"
    r"unsubscribed?|blocked|wrong|invalid|incorrect|bad|old|former|prev(?:ious)?|prior|expired|changed|cancell?ed|fax|"
    r"deceased|disc|disconn(?:ected)?|discontinued|inactive|inop(?:erable|erative)?|nis|out\s+of\s+(?:order|service|svc)|"
    r"not?\s+in\s+(?:service|svc)|(?:not|isn.?t)\s+(?:active|current|good|valid)|(?:not?|isn.?t)\s+(?:\w+\s+)?working|"
    r"non-?working|(?:does\s+not|doesn.?t|won.?t)\s+work|"
    # As staff write it who speak Spanish with their clients.
    r"no\s+(?:(?:le\s+)?llam\w+|contact\w+|enviar|mandar|sirve|funciona)|ya\s+no|equivocado|incorrecto|viejo|"
    r"anterior|desconectado|fuera\s+de\s+servicio)\b",
    re.IGNORECASE,
)
# The digits of a day beside a number are none of the number's.
_DAY: Final = re.compile(
    r"(?<![\d/])(?:\d{1,2}/\d{1,2}/(?:\d{4}|\d{2})|(?:19|20)\d{2}-\d{2}-\d{2})(?![\d/-])"
)
# Nor are those of a social security number, which no telephone number is grouped as.
_SOCIAL_SECURITY: Final = re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])")
_TEN_DIGITS: Final = r"(?:\+?1[ .-]?)?\(?[2-9][0-9]{2}\)?[ .-]?[0-9]{3}[ .-]?[0-9]{4}"
_GLUED: Final = re.compile(rf"(?<![0-9])({_TEN_DIGITS})[-~](?={_TEN_DIGITS}(?![0-9]))")  # two numbers
# Of pages and word processors: the library knows few of the blanks and dashes there are.
_DASHES: Final = "\u2043\u2212\u2796"
_AS_TYPED: Final = str.maketrans(dict.fromkeys("_{}\u00b7\u2022\u2219\u22c5", " "))  # between the digits
# As + is dialled from most countries; no number of North America begins so. Shorter ones are slips.
_FROM_ABROAD: Final = re.compile(r"\A\s*00[ .-]?(?=[1-9](?:[ ().-]{0,3}[0-9]){9})")
# What hides who calls, and the zero of other countries: neither is a part of a number of North America.
_BEFORE: Final = re.compile(r"\*(?:67|82)[ .-]?(?=[1-9(+])|(?<=\+1)[ .-]?\(0\)")
_SEPARATORS: Final = "/,;|&)\n"
# Until 2019 cell phones of Mexico had a 1 behind the country code, and many are still written so.
_OLD_MEXICAN: Final = re.compile(r"(?<!\d)(?:(?:\+|00|011) ?)?52[ ().-]*1(?=(?:[ ().-]{0,3}\d){10}(?!\d))")
_PLAIN_COUNTRIES: Final = ("US", "CA")  # numbers without country code mean +1, and have no rules of their own
# Ten digits in the spellings people type, with or without the country code; all else takes the long way.
_PLAIN: Final = re.compile(
    r"(\+1[ .-]?|1[ .-]?)?(?:\(([2-9][0-9]{2})\) ?|([2-9][0-9]{2})[ .-]?)([0-9]{3})[ .-]?([0-9]{4})"
)


def normalise_phone(number: str, country: str) -> str | None:
    """Return the number in E.164, or None where it is not valid: an area code, too, must exist.

    `country` is the ISO 3166 alpha-2 code for numbers without country code. Extensions and words are
    dropped. Of several numbers it is the first; one that is said not to be used ("do not call") is none.
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
        # It is one number and nothing else: there is no other in it to look for.
        return _valid(phonenumbers.PhoneNumber(country_code=1, national_number=int(digits)))
    return _thoroughly(number, country)


def _thoroughly(number: str, country: str) -> str | None:
    """Read the field as one number, else the first valid number in it that is not said to be no use."""
    import phonenumbers

    number = _plainly(number)
    if country in _PLAIN_COUNTRIES:
        number = _FROM_ABROAD.sub("+", _BEFORE.sub("", number))
        number = _GLUED.sub(r"\1;", _SOCIAL_SECURITY.sub(";", number))
    number = _OLD_MEXICAN.sub("+52 ", _DAY.sub(";", number.translate(_AS_TYPED)))
    if not _NOT_TO_BE_USED.search(number):
        try:
            whole = _valid(phonenumbers.parse(number, country))
        except phonenumbers.NumberParseException:
            whole = None
        if whole is not None:
            return whole
    found = phonenumbers.PhoneNumberMatcher(
        number, country, leniency=phonenumbers.Leniency.POSSIBLE, max_tries=_MOST_LOOKED_AT
    )
    matches = list(found)
    words = _words_about([(match.start, match.end) for match in matches], number)
    for match, (before, after) in zip(matches, words, strict=True):
        is_part = before.rstrip(" (+.-")[-1:].isdigit()  # of something longer
        e164 = None if is_part else _valid(match.number)
        if e164 is not None and not _NOT_TO_BE_USED.search(before) and not _NOT_TO_BE_USED.search(after):
            return e164
    return None


def _plainly(number: str) -> str:
    """Return it with plain blanks and dashes, and without signs that have no width."""
    if number.isascii() and "&" not in number:
        return number
    return "".join(map(_plain_sign, html.unescape(number)))


def _plain_sign(sign: str) -> str:
    category = unicodedata.category(sign)
    if category[0] == "Z":
        return "\n" if category != "Zs" else " "
    if category == "Pd" or sign in _DASHES:
        return "-"
    return "" if category == "Cf" else sign


def _words_about(places: list[tuple[int, int]], text: str) -> list[tuple[str, str]]:
    """Return what stands before and after each place; between two, the last separator parts it."""
    ends = [0, *(end for _, end in places)]
    starts = [*(start for start, _ in places), len(text)]
    between = [text[end:start] for end, start in zip(ends, starts, strict=True)]
    cuts = [max((gap.rfind(c) for c in _SEPARATORS), default=-1) + 1 for gap in between]
    return [
        (
            between[n] if n == 0 else between[n][cuts[n] :],
            between[n + 1] if n + 1 == len(places) or not cuts[n + 1] else between[n + 1][: cuts[n + 1]],
        )
        for n in range(len(places))
    ]


def _valid(parsed: "phonenumbers.PhoneNumber") -> str | None:
    import phonenumbers

    if not phonenumbers.is_valid_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


@cache
def _united_states_pattern() -> re.Pattern[str]:
    """The library's own rule for geographic numbers of the United States, so that the quick way is exact."""
    import phonenumbers

    metadata: Any = phonenumbers.PhoneMetadata.metadata_for_region("US")
    return re.compile(metadata.fixed_line.national_number_pattern)
