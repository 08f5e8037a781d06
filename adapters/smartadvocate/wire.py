"""What all answers share: JSON, lists in their envelopes, ids, texts, instants (API sheet, sections 4 and 5).

Reading is tolerant: what cannot be used becomes None, and the caller decides whether it can do without.
"""

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo

from adapters.smartadvocate.answer_json import BrokenRow, Rows, UnreadableError, load, load_list
from adapters.smartadvocate.profile import ARRAY, AUTO
from core.storable import whole_characters

__all__ = ["BrokenRow", "Rows", "UnreadableError", "load", "load_list"]  # beside what is defined here

RECORDS: Final = "records"
TOTALS: Final = ("totalRecords", "totalCount")
# What stands for "no date": the years 1 and 1753, 1899-12-30, 1900-01-01, 1904-01-01 and 1970-01-01, from
# which databases and programs count, and the ends of what they can hold, 2079-06-06, 2099-12-31 and
# 9999-12-31 (API sheet, section 15, 8). Days of old incidents are real; instants before 1970 are not.
_FIRST_DAY: Final = date(1904, 1, 2)
_NO_MORE_DAYS: Final = date(2079, 6, 6)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_INSTANT: Final = datetime(1970, 1, 2, 12, tzinfo=UTC)  # behind the epoch of any zone
_NO_MORE_INSTANTS: Final = datetime(2079, 6, 5, 10, tzinfo=UTC)  # before the end of any zone
_MAX_ID_DIGITS: Final = 18
_LAST_EXACT: Final = 2.0**53  # larger whole numbers may be another one, as a fraction
_MAX_TOTAL: Final = 10**9
_MAX_DATE: Final = 80  # characters
_BITS: Final = (0, 1, -1)  # the last is yes in Visual Basic, and so in Access
_YES: Final = frozenset({"true", "1", "-1", "yes", "y", "t"})
_NO: Final = frozenset({"", "false", "0", "no", "n", "f", "null"})
_DIGITS: Final = re.compile(r"[0-9]{1,18}")
_NET_DATE: Final = re.compile(r"\\?/Date\((-?[0-9]{1,15})(?:([+-])([0-9]{2})([0-9]{2}))?\)\\?/")
_YEAR_FIRST: Final = re.compile(r"[0-9]{4}/[0-9]{2}/[0-9]{2}(?![0-9/])")
_ZONE_NAME: Final = re.compile(r"\[[A-Za-z_/+-]{1,40}\]\Z")
_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
# As HTTP, JavaScript's Date and SQL Server's own styles write them.
_NAMED_MONTH: Final = re.compile(
    r"(?:[a-z]{3,9},? +)?"
    r"(?:(?P<d1>[0-9]{1,2})[ -](?P<m1>[a-z]{3,9})[ -](?P<y1>[0-9]{4})"
    r"|(?P<m2>[a-z]{3,9}) +(?P<d2>[0-9]{1,2}),? (?P<y2>[0-9]{4}))"
    r"(?:,? +(?P<h>[0-9]{1,2}):(?P<min>[0-9]{2})(?::(?P<s>[0-9]{2})(?:[.:](?P<part>[0-9]{1,9}))?)?"
    r" ?(?P<half>[ap]m)?(?: ?(?P<zone>gmt|utc|z))?(?: ?(?P<away>[+-][0-9]{2}:?[0-9]{2}))?(?: \([^()]*\))?)?",
    re.IGNORECASE | re.ASCII,
)
# NUL cannot be stored, lone surrogates cannot be sent, and no control character belongs in a name.
_CONTROLS: Final = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), " ")
_ZONES: Final = timedelta(hours=14)  # from UTC, at most
_MILLISECOND: Final = timedelta(milliseconds=1)
_SECOND: Final = timedelta(seconds=1)


def rows(answer: Any, plural: str, envelope: str = AUTO) -> Iterable[Any]:
    """Return the rows of the list that an answer holds: bare, or under `records` or its plural name.

    Letter case does not matter. With an `envelope` set in the firm's profile only that one is accepted.
    Raises UnreadableError.
    """
    if answer is None:
        return []
    if isinstance(answer, list | Rows):
        if envelope in {AUTO, ARRAY}:
            return answer
        raise UnreadableError(f"a bare list, but the firm's profile expects the envelope {envelope!r}")
    if not isinstance(answer, dict):
        raise UnreadableError("neither a list nor an object")
    names = (RECORDS, plural) if envelope == AUTO else (envelope,)
    found = [
        value
        for name in names
        for key, value in answer.items()
        if key.lower() == name.lower() and (value is None or isinstance(value, list | Rows))
    ]
    if found:  # a null, or an empty one, beside the list that has the rows hides none of them
        return next(filter(None, found), [])
    if total(answer) == 0:  # no list where there is nothing to list
        return []
    raise UnreadableError(f"an object without a list under {' or '.join(names)}")


def total(answer: Any) -> int | None:
    """Return the number of all rows that a paged answer tells beside its list, or None.

    Its name is UNKNOWN; `pageRequest.totalRecords` stands in client code (API sheet, section 4).
    """
    if not isinstance(answer, dict):
        return None
    paging = field(answer, "pageRequest")
    for holder in (paging if isinstance(paging, dict) else {}, answer):
        for name in TOTALS:
            number = field(holder, name)
            if isinstance(number, int) and not isinstance(number, bool) and 0 <= number <= _MAX_TOTAL:
                return number
    return None


def identifier(value: Any) -> str | None:
    """Read an id, a positive whole number, also where it comes as digits in a string. None otherwise.

    Blanks are around it where a column has a fixed width. A fraction too large to be exact is no id.
    """
    if isinstance(value, str):
        digits = _DIGITS.fullmatch(value.strip(" \t\r\n") if len(value) <= _MAX_DATE else value)
        value = int(digits[0]) if digits else None
    elif isinstance(value, float) and value.is_integer() and value <= _LAST_EXACT:
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**_MAX_ID_DIGITS:
        return str(value)
    return None


def field(row: dict[str, Any], name: str) -> Any:
    """Return a field, its name in any letter case (API sheet, quirk 4), or None."""
    value = row.get(name)
    if value is None and name not in row:
        wanted = name.lower()
        return next((value for key, value in row.items() if key.lower() == wanted), None)
    return value


def text(value: Any, limit: int) -> str:
    """Return a text without control characters, cut to `limit`; "" for anything but text or whole number."""
    if isinstance(value, str):
        words = value if len(value) <= limit else value[:limit]
        if words.isprintable():
            return words
        return whole_characters(words).translate(_CONTROLS)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**_MAX_ID_DIGITS:
        return str(value)
    return ""


def truth(value: Any) -> bool | None:
    """Read yes or no, also as databases and languages without such a type write it; None for anything else.

    Null and an empty text are no.
    """
    if value is None or isinstance(value, bool):
        return bool(value)
    if isinstance(value, int | float):
        return None if value not in _BITS else value != 0
    if isinstance(value, str) and len(value) <= _MAX_DATE:
        word = value.strip().lower()
        return True if word in _YES else False if word in _NO else None
    return None


def instant(value: Any, zone: ZoneInfo | None = None) -> datetime | None:
    """Read any ISO 8601 instant into UTC. Without offset it is in `zone` (None: UTC).

    None for nonsense, and for what stands for "no date".
    """
    moment = _parsed(value)
    if moment is None:
        return None
    offset = moment.tzinfo
    if offset is not UTC:
        if offset is None:
            moment = moment.replace(tzinfo=zone or UTC)
        moment = moment.astimezone(UTC)
    return moment if _FIRST_INSTANT <= moment < _NO_MORE_INSTANTS else None


def calendar_date(value: Any) -> date | None:
    """Read the day of an instant that stands for a day, as written; in any deployment's offset the same day.

    SmartAdvocate writes days as midnights. A midnight of UTC that a deployment shows in its own offset
    (2024-04-30T17:00:00-07:00) is that UTC day again (INFERRED from API sheet, section 5). None for nonsense,
    and for what stands for "no date".
    """
    moment = _parsed(value)
    if moment is None:
        return None
    written = moment.replace(tzinfo=UTC)
    there = moment.astimezone(UTC) if moment.tzinfo is not None else written
    if min(abs(written - _EPOCH), abs(there - _EPOCH)) <= _SECOND:
        return None
    if abs(written - _EPOCH) <= _ZONES and moment.time() != time.min:  # the epoch, as another zone shows it
        return None
    if max(written, there).date() >= _NO_MORE_DAYS:
        return None
    as_midnight = (moment.hour or moment.minute) and not (there.hour or there.minute or there.second)
    day = there.date() if as_midnight else written.date()
    return day if day >= _FIRST_DAY else None


def _parsed(value: Any) -> datetime | None:
    """Read a moment as it is written, from a time of which any zone can be told."""
    if type(value) is not str or len(value) > _MAX_DATE:
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        written = _otherwise_written(value.strip())
        if written is None:
            return None
        moment = written
    return moment if _FIRST_DAY.year <= moment.year <= _NO_MORE_DAYS.year else None


def _otherwise_written(value: str) -> datetime | None:
    """Read a time that is not as ISO 8601 has it, where nobody could read another one.

    In small letters (RFC 3339, 5.6) or between blanks, with slashes behind the year, with Java's name of its
    zone, with its month in letters, as .NET's /Date(…+hhmm)/. Nothing else: of 05/01/2026 nobody can tell the
    month.
    """
    try:
        if found := _NET_DATE.fullmatch(value):
            since, sign, hours, minutes = found.groups()
            away = timedelta(hours=int(hours or 0), minutes=int(minutes or 0))
            zone = timezone(-away if sign == "-" else away)
            return (_EPOCH + timedelta(milliseconds=int(since))).astimezone(zone)
        if named := _NAMED_MONTH.fullmatch(value):
            return _with_named_month(named)
        value = _ZONE_NAME.sub("", value)
        if _YEAR_FIRST.match(value):
            value = value.replace("/", "-", 2)
        return datetime.fromisoformat(value.upper())
    except (ValueError, OverflowError):
        return None


def _with_named_month(found: re.Match[str]) -> datetime | None:
    said = found.groupdict()
    word = (said["m1"] or said["m2"]).lower()
    month = next((number for number, name in enumerate(_MONTHS, 1) if name.startswith(word)), 0)
    hour, half = int(said["h"] or 0), (said["half"] or "").lower()
    if month == 0 or (half and not 1 <= hour <= 12):
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    part = (said["part"] or "")[:6].ljust(6, "0")
    day = f"{said['y1'] or said['y2']}-{month:02}-{int(said['d1'] or said['d2']):02}"
    zone = said["away"] or ("+00:00" if said["zone"] else "")
    return datetime.fromisoformat(f"{day}T{hour:02}:{said['min'] or '00'}:{said['s'] or '00'}.{part}{zone}")


def moment_from(moment: datetime) -> str:
    """Write the beginning of a window: `…Z` with milliseconds, rounded down so that it excludes nothing."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def moment_until(moment: datetime) -> str:
    """Write the end of a window: `…Z` with milliseconds, rounded up so that it excludes nothing."""
    over = moment.microsecond % 1000
    return moment_from(moment + _MILLISECOND if over else moment)
