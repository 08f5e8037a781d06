"""The seeded cases of one firm: a fixed number of each quirk, so that tests know what an import must find.

Which case has which quirk follows from its index i in the firm alone (constants below); names, dates and
numbers come from one generator seeded with the sandbox's seed and the firm. Each defective case has exactly
one defect.

| cases with | which i | quirk |
|---|---|---|
| no valid phone | i % 50 == 7 | no telephone at all, or only numbers that cannot be dialled |
| no lead attorney | i % 50 == 17 | no attorney of any rank, staff otherwise present or absent |
| practice area unmapped | i % 50 == 27 | `caseType` that no area names, some wrong in letter case alone |
| stage unmapped | i % 50 == 37 | `caseStatus` that its area does not name, some mapped in another area |
| closed | i % 5 == 4 | a closed status and `caseClosedDate` (its name is UNVERIFIED) |
| changed within 30 days | i % 10 == 0 | all others changed 31 to 3,600 days ago |
| several plaintiffs | i % 10 == 2 | two or three, the primary one not first |
| a removed plaintiff | i % 20 == 5 | listed first, `markedAsRemoved` |
| a company | i % 25 == 9 | its name in `contact.name`, no first or last name |
| no e-mail | i % 15 == 4 | |
| staff without e-mail | i % 12 == 6 | the paralegal |
| several phones | i % 3 == 1 | Fax, Home and Work before Cell |
| renamed status | i % 40 == 11 | the old name of a status whose look-up has the new one |
| shared number prefix | i % 40 == 13 | the number of the case before, with `-2` at its end |
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

from sandbox.dates import MS_PER_DAY, iso, iso_minute
from sandbox.lookups import (
    CASE_MANAGER,
    LEAD_ATTORNEY,
    OFFICES,
    PARALEGAL,
    SECOND_ATTORNEY,
    Lookups,
    StaffMember,
)
from sandbox.people import CITIES, COMPANIES, FIRST_NAMES, LAST_NAMES, phone_digits, written_phone
from sandbox.practice_areas import (
    CLOSED_STATUSES,
    PRACTICE_AREAS,
    RENAMED_OLD,
    STATUS_OF_OTHER_AREA,
    UNMAPPED_CASE_TYPES,
    UNMAPPED_STATUSES,
    PracticeArea,
)

T = TypeVar("T")

NO_PHONE, NO_ATTORNEY = "no_valid_phone", "no_lead_attorney"
AREA_UNMAPPED, STAGE_UNMAPPED = "practice_area_unmapped", "stage_unmapped"
DEFECTS = {7: NO_PHONE, 17: NO_ATTORNEY, 27: AREA_UNMAPPED, 37: STAGE_UNMAPPED}
DEFECT_PERIOD = 50
RECENT_DAYS, OLDEST_DAYS = 28, 3600
SAME_MODIFIED_DAYS = 10
_CLOSED_REMAINDER = 4
_INVALID_PHONES = ("555-0142", "12345", "n/a", "000-000-0000")
_PHONES_PER_CASE = 3
_RENAMING_AREAS = tuple(area for area in PRACTICE_AREAS if area.maps_stage(RENAMED_OLD))
_OPEN_STATUSES = {
    area.name: tuple(name for stage in area.stages[:-1] for name in stage.statuses if name != RENAMED_OLD)
    for area in PRACTICE_AREAS
}


class SeededCase(NamedTuple):
    """A case as SmartAdvocate would answer it, with contacts, and what the sandbox knows about it."""

    row: dict[str, Any]
    modified_ms: int
    defect: str | None


def defect_of(i: int) -> str | None:
    """The one defect of case `i`, None for an importable case."""
    return DEFECTS.get(i % DEFECT_PERIOD)


def is_closed(i: int) -> bool:
    """Whether case `i` is seeded closed."""
    return i % 5 == _CLOSED_REMAINDER


def case_number(i: int) -> str:
    """The case number of case `i`: five or more digits after the year, so that prefixes are shared."""
    return f"{case_number(i - 1)}-2" if i % 40 == 13 else f"{2015 + i % 11}{i:05d}"


class Seeder:
    """Makes the cases of one firm in the order of their index."""

    def __init__(self, lookups: Lookups, seed: int, as_of_ms: int, same_modified: int = 0) -> None:
        self._lookups = lookups
        self._random = random.Random(f"{seed}/{lookups.number}").random
        self._as_of_ms = as_of_ms
        self._same_modified = same_modified

    def cases(self, case_ids: list[int]) -> Iterator[SeededCase]:
        """One case for each id; its index is its place in the list."""
        for i, case_id in enumerate(case_ids):
            yield self.case(i, case_id)

    def case(self, i: int, case_id: int, *, now_ms: int | None = None) -> SeededCase:
        """Case `i`; with `now_ms` it is an importable open case created and changed at that moment."""
        lookups = self._lookups
        defect = defect_of(i) if now_ms is None else None
        closed = is_closed(i) and now_ms is None
        modified = self._modified(i) if now_ms is None else now_ms
        opened = modified - self._between(5 * MS_PER_DAY, 600 * MS_PER_DAY)
        incident = opened - self._between(MS_PER_DAY, 300 * MS_PER_DAY)
        status_from = modified - self._between(60_000, 5 * MS_PER_DAY)
        area, case_type, status = self._kind(i, defect, closed=closed)
        group = lookups.group_of_type[case_type]
        plaintiffs = self._plaintiffs(i, case_id, defect, opened)
        main = next(row for row in plaintiffs if row["primary"])
        row: dict[str, Any] = {
            "caseID": case_id,
            "caseNumber": case_number(i),
            "caseTypeID": lookups.case_types[case_type],
            "caseType": case_type,
            "caseStatusID": lookups.status_id(status),
            "caseStatus": status,
            "modifiedDate": iso(modified),
            "caseStatusFrom": iso_minute(status_from),
            "caseName": f"{main['name'].split(',')[0]} v. {self._pick(LAST_NAMES)}",
            "caseGroupID": lookups.groups[group],
            "caseGroup": group,
            "officeID": 3 + lookups.number + i % 2,
            "officeName": OFFICES[i % 2],
            "caseOpenedDate": iso_minute(opened),
            "createdDate": iso(opened),
            "incident": {
                "incidentDate": iso(incident - incident % MS_PER_DAY),
                "incidentFacts": f"{area.name} in {CITIES[i % 3][0]}.",
                "state": CITIES[i % 3][1],
            },
            "caseStaff": [_staff_row(member, email) for member, email in self._staff(i, defect)],
            "secondStatuses": self._second_statuses(i, status_from),
            "defendant": [{"id": case_id * 4 + 3, "name": self._pick(LAST_NAMES)}],
            "plaintiffs": plaintiffs,
        }
        if closed:
            row["caseClosedDate"] = iso_minute(status_from)
        return SeededCase(row, modified, defect)

    # `Random.choice` and `randrange` take several times as long, and a large firm needs a million of them.

    def _pick(self, values: Sequence[T]) -> T:
        return values[int(self._random() * len(values))]

    def _between(self, low: int, high: int) -> int:
        return low + int(self._random() * (high - low))

    def _modified(self, i: int) -> int:
        if i < self._same_modified:
            return self._as_of_ms - SAME_MODIFIED_DAYS * MS_PER_DAY
        if i % 10 == 0:
            return self._as_of_ms - self._between(1, RECENT_DAYS * MS_PER_DAY)
        return self._as_of_ms - self._between(31 * MS_PER_DAY, OLDEST_DAYS * MS_PER_DAY)

    def _kind(self, i: int, defect: str | None, *, closed: bool) -> tuple[PracticeArea, str, str]:
        area = self._pick(_RENAMING_AREAS if i % 40 == 11 else PRACTICE_AREAS)
        case_type, status = self._pick(area.case_types), self._pick(_OPEN_STATUSES[area.name])
        turn = i // DEFECT_PERIOD
        if defect == AREA_UNMAPPED:
            case_type = UNMAPPED_CASE_TYPES[turn % len(UNMAPPED_CASE_TYPES)]
        elif defect == STAGE_UNMAPPED:
            status = (*UNMAPPED_STATUSES, STATUS_OF_OTHER_AREA[area.name])[
                turn % (len(UNMAPPED_STATUSES) + 1)
            ]
        elif closed:
            status = CLOSED_STATUSES[turn % len(CLOSED_STATUSES)]
        elif i % 40 == 11:
            status = RENAMED_OLD
        return area, case_type, status

    def _staff(self, i: int, defect: str | None) -> list[tuple[StaffMember, str]]:
        leads = [member for member in self._lookups.staff if member.role == LEAD_ATTORNEY]
        seconds = [member for member in self._lookups.staff if member.role == SECOND_ATTORNEY]
        managers = [member for member in self._lookups.staff if member.role == CASE_MANAGER]
        paralegals = [member for member in self._lookups.staff if member.role == PARALEGAL]
        if defect == NO_ATTORNEY:
            return [(paralegals[0], paralegals[0].email)] if i // DEFECT_PERIOD % 2 else []
        manager, lead, paralegal = managers[i % 2], leads[i % len(leads)], paralegals[i // 2 % 2]
        staff = [
            (manager, manager.email),
            (lead, lead.email),
            (paralegal, "" if i % 12 == 6 else paralegal.email),
        ]
        if i % 4 == 1:
            staff.insert(0, (seconds[i % len(seconds)], seconds[i % len(seconds)].email))
        return staff

    def _second_statuses(self, i: int, from_ms: int) -> list[dict[str, Any]]:
        track, name = ("Dialer Status", "Do not dial") if i % 2 else ("Litigation Track", "Written Discovery")
        rows = [
            {
                "statusID": 902 + i % 2,
                "fromDate": iso_minute(from_ms),
                "statusTypeName": track,
                "statusName": name,
            }
        ]
        return rows if i % 3 else []

    def _plaintiffs(self, i: int, case_id: int, defect: str | None, created_ms: int) -> list[dict[str, Any]]:
        serial = i * _PHONES_PER_CASE + self._lookups.number * 37
        main = self._plaintiff(i, case_id, 0, serial, created_ms, defect=defect)
        rows = [main]
        if i % 10 == 2:
            others = [self._plaintiff(i, case_id, 1 + k, None, created_ms) for k in range(1 + i // 10 % 2)]
            rows = [*others, main]
        if i % 20 == 5:
            removed = self._plaintiff(i, case_id, 3, None, created_ms)
            removed["markedAsRemoved"] = True
            rows = [removed, main]
        return rows

    def _plaintiff(
        self,
        i: int,
        case_id: int,
        place: int,
        serial: int | None,
        created_ms: int,
        *,
        defect: str | None = None,
    ) -> dict[str, Any]:
        first, last = self._pick(FIRST_NAMES), self._pick(LAST_NAMES)
        company = COMPANIES[i // 25 % len(COMPANIES)] if i % 25 == 9 and place == 0 else ""
        contact_id = case_id * 4 + place + 1_500_000
        created = iso(created_ms)
        phones = _phones(i, serial, defect) if place == 0 else []
        city, state, postcode = CITIES[(i + place) % len(CITIES)]
        address = f"{first}.{last}.{contact_id}@mail.example".lower().replace("'", "")
        no_email = i % 15 == 4 or place > 0
        contact: dict[str, Any] = {
            "contactId": contact_id,
            "contactCtg": 2 if company else 1,
            "firstName": "" if company else first,
            "lastName": "" if company else last,
            "name": company or None,
            "dateOfBirth": None if company else "1975-04-09T00:00:00Z",
            "ssnNo": None if company else f"900-{i % 90 + 10:02d}-{i % 9000 + 1000:04d}",
            "active": True,
            "preventAutoContact": i % 30 == 8,
            "createdDate": created,
            "modifiedDate": None,
            "phones": [
                {
                    "phoneID": contact_id * 4 + k,
                    "name": label,
                    "phoneNumber": number,
                    "primary": k == 0,
                    "useForTexting": label == "Cell",
                    "createdDate": created,
                }
                for k, (label, number) in enumerate(phones)
            ],
            "emails": [] if no_email else [{"emailID": contact_id * 4, "name": address, "primary": True}],
            "addresses": [
                {
                    "addressID": contact_id * 4,
                    "address1": f"{i % 900 + 10} Mill Road",
                    "city": city,
                    "state": state,
                    "zip": postcode,
                    "primary": True,
                }
            ],
        }
        return {
            "id": case_id * 4 + place,
            "name": company or f"{last}, {first}",
            "role": "(P)-Plaintiff",
            "contactID": contact_id,
            "primary": place == 0,
            "primaryContact": place == 0,
            "markedAsRemoved": False,
            "contact": contact,
        }


def _phones(i: int, serial: int | None, defect: str | None) -> list[tuple[str, str]]:
    """Labels and numbers. Only cases without the phone defect have numbers that can be dialled."""
    if defect == NO_PHONE:
        turn = i // DEFECT_PERIOD
        return [] if turn % 2 else [("Cell", _INVALID_PHONES[turn // 2 % len(_INVALID_PHONES)])]
    if serial is None:
        return []
    cell = ("Cell", written_phone(phone_digits(serial), i % 4))
    if i % 3 != 1:
        return [cell]
    return [
        ("Fax", written_phone(phone_digits(serial + 1), 2)),
        ("Home", "555-0100"),
        ("Work", written_phone(phone_digits(serial + 2), 0)),
        cell,
    ]


def _staff_row(member: StaffMember, email: str) -> dict[str, Any]:
    return {
        "uniqueContactId": member.unique_contact_id,
        "firstName": member.first_name,
        "lastName": member.last_name,
        "email": email,
        "role": member.role,
        "phone": member.phone,
        "userID": member.user_id,
    }
