"""Case rows (API sheet, sections 6 and 7) to `SourceCase`. Social security numbers and the like end here."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from adapters.smartadvocate.profile import Profile
from adapters.smartadvocate.wire import (
    BrokenRow,
    Rows,
    calendar_date,
    field,
    identifier,
    instant,
    text,
    truth,
)
from core.case import Phone, Plaintiff, SourceCase, StaffMember, UnreadableCase
from core.field_mapping import Asked

CLOSED_DATE_FIELDS: Final = (
    *("caseClosedDate", "closedDate", "caseCloseDate", "dateClosed"),
    *("caseClosingDate", "closingDate", "closeDate"),
)
"""UNVERIFIED: a closed or closing date exists, its name is UNKNOWN (API sheet, sections 6 and 15, 3)."""
STAGE_FIELDS: Final = ("caseStage", "caseStageName", "stageName", "stage")
"""UNVERIFIED: `caseStage` is its name in another interface of SmartAdvocate (API sheet, section 15, 3)."""

# What one case may bring at most; the rest is left out. Far above any real case, so that one absurd row
# (a class action with 10,000 plaintiffs, a mail pasted into a name) cannot fill a worker or a table.
MAX_PLAINTIFFS: Final = 100  # and the primary ones, wherever they stand
MAX_STAFF: Final = 200
MAX_PHONES: Final = 20
MAX_EMAILS: Final = 20
MAX_CAPTION: Final = 1000  # characters
MAX_NAME: Final = 200  # characters: names, roles, types, statuses, labels, case numbers
MAX_EMAIL: Final = 254  # characters, RFC 5321
MAX_TRACKS: Final = 100
NO_VALUES: Final[Mapping[str, str]] = {}
NOTHING_ELSE: Final = Asked()
_COMPANY: Final = (2, "2")  # contactCtg

# In a row that cannot be parsed, so that it can be named, and read again by its id.
_ID_IN_WORDS: Final = re.compile(r'"caseID"\s*:\s*"?([0-9]{1,18})(?![0-9.eE])', re.IGNORECASE)
_DATE_IN_WORDS: Final = re.compile(r'"modifiedDate"\s*:\s*"([^"\\]{1,40})"', re.IGNORECASE)
_OF_CLOSING: Final = frozenset(name.lower() for name in (*CLOSED_DATE_FIELDS, *STAGE_FIELDS))

_SPELLINGS: Final = {
    name.lower(): name
    for name in (
        *("caseID", "caseNumber", "caseType", "caseStatus", "caseName", "createdDate", "modifiedDate"),
        *("incident", "incidentDate", "caseStaff", "firstName", "lastName", "email", "role", "plaintiffs"),
        *("name", "primary", "primaryContact", "markedAsRemoved", "contact", "contactCtg", "phones"),
        *("phoneNumber", "emails", "emailAddress"),
    )
}


def read_case(row: Any, profile: Profile, asked: Asked = NOTHING_ELSE) -> SourceCase | UnreadableCase:
    """Read one row, with what the firm's mapping asks for beside the standard fields.

    Never raises: what cannot be understood says which field is to blame, and no value.
    """
    if isinstance(row, BrokenRow):
        return _broken(row, profile.zone)
    if not isinstance(row, dict):
        return UnreadableCase("", "the row is no object")
    if "caseID" not in row or "caseNumber" not in row or "modifiedDate" not in row:
        row = _respelled(row)
    zone = profile.zone
    created_at = instant(row.get("createdDate"), zone)
    # A row that was never edited may have no modification date, as notes do (API sheet, section 5).
    modified_at = instant(row.get("modifiedDate"), zone) or created_at
    integration_id = identifier(row.get("caseID"))
    if integration_id is None:
        return UnreadableCase("", "caseID is not a positive whole number", modified_at)
    if modified_at is None:
        return UnreadableCase(integration_id, "modifiedDate is not a date")
    plaintiffs = row.get("plaintiffs")
    if plaintiffs is not None and not isinstance(plaintiffs, list | Rows):
        return UnreadableCase(integration_id, "plaintiffs is not a list", modified_at)
    people, complete = _plaintiffs(plaintiffs or [])
    said = {name: value for key, value in row.items() if (name := key.lower()) in _OF_CLOSING}
    incident = row.get("incident")
    return SourceCase(
        integration_id,
        text(row.get("caseNumber"), MAX_NAME).strip(),
        text(row.get("caseType"), MAX_NAME) or None,
        text(row.get("caseStatus"), MAX_NAME) or None,
        text(row.get("caseName"), MAX_CAPTION) or None,
        calendar_date(incident.get("incidentDate")) if isinstance(incident, dict) else None,
        modified_at,
        created_at,
        _closed_at(row, said, profile.closed_date_field, zone),
        _staff(row.get("caseStaff")),
        people,
        complete and plaintiffs is not None,
        _tracks(field(row, "secondStatuses")) if asked.tracks else (),
        _values(row, asked) if asked.paths else NO_VALUES,
        _stage(row, said, profile.stage_field),
    )


def _broken(row: BrokenRow, zone: ZoneInfo | None) -> UnreadableCase:
    words = row.words
    named, dated = _ID_IN_WORDS.search(words), _DATE_IN_WORDS.search(words)
    return UnreadableCase(
        identifier(named[1]) or "" if named else "",
        f"the row cannot be parsed: {row.problem}",
        instant(dated[1], zone) if dated else None,
    )


def _respelled(value: Any, depth: int = 8) -> Any:
    """Return the row with field names as this module spells them, whatever their letter case was."""
    if depth and isinstance(value, dict):
        # A correctly spelled field wins over another spelling of it.
        ordered = sorted(value.items(), key=lambda item: item[0] in _SPELLINGS.values())
        return {_SPELLINGS.get(key.lower(), key): _respelled(inner, depth - 1) for key, inner in ordered}
    if depth and isinstance(value, list):
        return [_respelled(inner, depth - 1) for inner in value]
    if depth and isinstance(value, Rows):
        return value.changed(lambda inner: _respelled(inner, depth - 1))
    return value


def _closed_at(
    row: dict[str, Any], said: Mapping[str, Any], configured: str | None, zone: ZoneInfo | None
) -> datetime | None:
    """Return what the first of the fields holds that holds a date at all."""
    if configured is not None and configured in row:
        return instant(row[configured], zone)
    dates = (instant(said[name.lower()], zone) for name in CLOSED_DATE_FIELDS if name.lower() in said)
    return next((moment for moment in dates if moment is not None), None)


def _stage(row: dict[str, Any], said: Mapping[str, Any], configured: str | None) -> str | None:
    if configured is not None and configured in row:
        return text(row[configured], MAX_NAME) or None
    names = (text(said[name.lower()], MAX_NAME) for name in STAGE_FIELDS if name.lower() in said)
    return next((name for name in names if name), None)


def _tracks(entries: Any) -> tuple[tuple[str, str], ...]:
    """Return (track, status), of several rows of a track the latest (API sheet, quirk 10)."""
    latest: dict[str, tuple[str, str]] = {}
    for entry in islice(entries, MAX_TRACKS) if isinstance(entries, list | Rows) else ():
        if not isinstance(entry, dict):
            continue
        track, status = (text(field(entry, name), MAX_NAME) for name in ("statusTypeName", "statusName"))
        moment = instant(field(entry, "fromDate"))
        since = moment.isoformat() if moment else ""
        if track and (track not in latest or since >= latest[track][0]):
            latest[track] = (since, status)
    return tuple((track, status) for track, (_, status) in latest.items())


def _values(row: dict[str, Any], asked: Asked) -> dict[str, str]:
    """Return what stands at the paths: words, numbers and days; nothing of lists or of objects as a whole."""
    values = {}
    for path in asked.paths:
        value: Any = row
        for name in path.split("."):
            value = field(value, name) if isinstance(value, dict) else None
        if path == asked.date_path:
            day = calendar_date(value)
            value = day.isoformat() if day else None
        if words := text(value, MAX_CAPTION).strip():
            values[path] = words
    return values


def _staff(members: Any) -> tuple[StaffMember, ...]:
    if not isinstance(members, list | Rows):
        return ()
    return tuple(
        [
            StaffMember(
                text(member.get("firstName"), MAX_NAME),
                text(member.get("lastName"), MAX_NAME),
                _address(member.get("email")),
                text(member.get("role"), MAX_NAME),
            )
            for member in islice(members, MAX_STAFF)
            if type(member) is dict
        ]
    )


def _live(entries: Iterable[Any]) -> list[dict[str, Any]]:
    """Return those who were not removed: of a crowd the first, and who is primary wherever that stands."""
    live: list[dict[str, Any]] = []
    primary = dict.fromkeys(("primary", "primaryContact"), 0)
    for entry in entries:
        if type(entry) is not dict or _yes(entry.get("markedAsRemoved")):
            continue
        marks = [key for key in primary if _yes(entry.get(key))]
        if len(live) <= MAX_PLAINTIFFS or any(primary[key] < MAX_PLAINTIFFS for key in marks):
            live.append(entry)
            for key in marks:
                primary[key] += 1
    return live


def _plaintiffs(entries: Iterable[Any]) -> tuple[tuple[Plaintiff, ...], bool]:
    """Return those who were not removed, and whether contact details came with them."""
    live = _live(entries)
    if not live:
        return (), True
    key = "primary"
    if len(live) > 1 and not any(_yes(entry.get(key)) for entry in live):
        key = "primaryContact"
    if len(live) > MAX_PLAINTIFFS:
        first = [entry for entry in live if _yes(entry.get(key))][:MAX_PLAINTIFFS]
        live = first + [entry for entry in live if not _yes(entry.get(key))][: MAX_PLAINTIFFS - len(first)]
    complete = False
    people = []
    for entry in live:
        contact = entry.get("contact")
        if type(contact) is dict:
            complete = True
            people.append(_with_contact(entry, contact, _yes(entry.get(key))))
        else:
            first_name, last_name = split_name(text(entry.get("name"), MAX_NAME))
            people.append(Plaintiff(first_name, last_name, False, _yes(entry.get(key))))
    return tuple(people), complete


def _with_contact(entry: dict[str, Any], contact: dict[str, Any], primary: bool) -> Plaintiff:
    first = text(contact.get("firstName"), MAX_NAME).strip()
    last = text(contact.get("lastName"), MAX_NAME).strip()
    category = contact.get("contactCtg")
    named = text(contact.get("name"), MAX_NAME).strip()  # of companies only
    company = category in _COMPANY or (category is None and bool(named) and not first and not last)
    if company:
        first, last = "", named or text(entry.get("name"), MAX_NAME).strip() or last
    elif not first and not last:
        first, last = split_name(text(entry.get("name"), MAX_NAME))
    return Plaintiff(
        first, last, company, primary, _phones(contact.get("phones")), _email(contact.get("emails"))
    )


def split_name(name: str) -> tuple[str, str]:
    """Split "Last, First" into first and last name; without a comma all of it is the last name."""
    last, _, first = name.partition(",")
    return first.strip(), last.strip()


def _phones(entries: Any) -> tuple[Phone, ...]:
    if type(entries) is not list:
        return ()
    return tuple(
        [
            Phone(text(entry.get("name"), MAX_NAME), number)
            for entry in entries[:MAX_PHONES]
            if type(entry) is dict and (number := text(entry.get("phoneNumber"), MAX_NAME))
        ]
    )


def _email(entries: Any) -> str | None:
    """Return the primary address, else the first. Only `name` is known to hold it (API sheet, section 7)."""
    if type(entries) is not list:
        return None
    first = None
    for entry in entries[:MAX_EMAILS]:
        if type(entry) is dict:
            address = (
                _address(entry.get("email"))
                or _address(entry.get("emailAddress"))
                or _address(entry.get("name"))
            )
            if address and _yes(entry.get("primary")):
                return address
            first = first or address
    return first


def _address(value: Any) -> str | None:
    if type(value) is not str or "@" not in value:
        return None
    address = value.strip()
    return address if len(address) <= MAX_EMAIL and address.isprintable() and " " not in address else None


def _yes(value: Any) -> bool:
    return value is True or (value is not False and value is not None and truth(value) is True)
