"""The cases of one firm: rows ready to send, and an index by modification that stays sorted as cases
change.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterator
from typing import Any

from sandbox import rows
from sandbox.dates import MS_PER_DAY, iso, iso_minute, parse_ms
from sandbox.lookups import LEAD_ATTORNEY, MANAGING_ATTORNEY, SECOND_ATTORNEY, Lookups
from sandbox.practice_areas import CLOSED_STATUSES, area_of
from sandbox.seed import AREA_UNMAPPED, DEFECTS, NO_ATTORNEY, NO_PHONE, STAGE_UNMAPPED, Seeder

FIRST_CASE_ID = 300_001
_ID_BITS = 23
_ID_MASK = (1 << _ID_BITS) - 1
# 23 bits of case id below 41 bits of milliseconds (until 2039) make one unsigned 64-bit key.
_ATTORNEYS = (LEAD_ATTORNEY, SECOND_ATTORNEY, MANAGING_ATTORNEY)
_MIN_DIGITS = 10
_HIDDEN_SHARE = 100


class CaseStore:
    """Cases by id, by number and by modification.

    Order of the window search: `modifiedDate`, then `caseID`, both ascending. Hidden cases are those that
    the log-in's user may not see: in no list, 404 by id.
    """

    def __init__(
        self, lookups: Lookups, *, seed: int, cases: int, as_of_ms: int, same_modified: int = 0
    ) -> None:
        self.lookups = lookups
        self._seeder = Seeder(lookups, seed, as_of_ms, same_modified)
        self._rows: dict[int, bytes] = {}
        self._modified: dict[int, int] = {}
        self._numbers: dict[str, int] = {}
        self._defects: dict[int, str] = {}
        self._hidden: set[int] = set()
        # Ids of two firms overlap, as in two databases: an id alone names no case.
        self._first_id = FIRST_CASE_ID + lookups.number % 1000 * 10
        self._made = cases + cases // _HIDDEN_SHARE
        ids = [self._id(i) for i in range(self._made)]
        for i, seeded in enumerate(self._seeder.cases(ids)):
            case_id = ids[i]
            self._rows[case_id] = rows.pack(seeded.row)
            self._modified[case_id] = seeded.modified_ms
            self._numbers[seeded.row["caseNumber"]] = case_id
            if seeded.defect:
                self._defects[case_id] = seeded.defect
            if i >= cases:
                self._hidden.add(case_id)
        self._order = array("Q", sorted(self._key(i) for i in self._rows if i not in self._hidden))

    def _id(self, i: int) -> int:
        return self._first_id + i * 2

    def _key(self, case_id: int) -> int:
        return self._modified[case_id] << _ID_BITS | case_id

    def index_of(self, case_id: int) -> int:
        """The case's place in the seed; meaningful for seeded and created cases."""
        return (case_id - self._first_id) // 2

    def __contains__(self, case_id: int) -> bool:
        return case_id in self._rows and case_id not in self._hidden

    def __len__(self) -> int:
        return len(self._order)

    def row(self, case_id: int) -> bytes | None:
        """The stored row (see `rows.py`), None for an unknown or hidden case."""
        return None if case_id in self._hidden else self._rows.get(case_id)

    def number(self, case_id: int) -> str:
        """The case number as the row has it; empty for a raw row without one."""
        _, found, rest = self._rows[case_id].partition(b'"caseNumber":"')
        return rest.partition(b'"')[0].decode(errors="replace") if found else ""

    def by_number(self, pattern: str) -> list[int]:
        """Visible ids with that number, or with that prefix where the pattern ends in `%`; by number.

        Of several cases with one number the one changed last.
        """
        if pattern.endswith("%"):
            prefix = pattern[:-1]
            found = ((number, i) for number, i in self._numbers.items() if number.startswith(prefix))
            return [i for _, i in sorted(found) if i in self]
        case_id = self._numbers.get(pattern)
        return [case_id] if case_id is not None and case_id in self else []

    def changed(self, from_ms: int, to_ms: int, page: int, size: int) -> tuple[list[int], int]:
        """Ids on page `page` (from 0) of the window, both ends inclusive, and the count of the whole
        window.
        """
        low = bisect_left(self._order, max(from_ms, 0) << _ID_BITS)
        high = bisect_right(self._order, (max(to_ms, 0) << _ID_BITS) | _ID_MASK)
        start = min(low + page * size, high)
        return [key & _ID_MASK for key in self._order[start : min(start + size, high)]], max(high - low, 0)

    def joined(self, case_ids: list[int]) -> bytes:
        """Stored rows joined by commas."""
        return b",".join([self._rows[case_id] for case_id in case_ids])

    def ids(self) -> list[int]:
        """All ids, hidden ones included, in the order of their making."""
        return list(self._rows)

    def knows(self, case_id: int) -> bool:
        """Whether the case exists, hidden or not."""
        return case_id in self._rows

    def visible_ids(self) -> list[int]:
        """Ids that lists show, in the order of their making."""
        return [case_id for case_id in self._rows if case_id not in self._hidden]

    def defect(self, case_id: int) -> str | None:
        """The reason why the case cannot be imported, None where it can."""
        return self._defects.get(case_id)

    def modified_ms(self, case_id: int) -> int:
        """When the case was last changed."""
        return self._modified[case_id]

    # Changes, as people in SmartAdvocate make them.

    def create(self, now_ms: int) -> int:
        """A new importable case; returns its id."""
        while (case_id := self._id(self._made)) in self._rows:
            self._made += 1
        row = self._seeder.case(self._made, case_id, now_ms=now_ms).row
        self._made += 1
        self._store(case_id, row, now_ms)
        return case_id

    def put_raw(self, case_id: int, body: bytes, modified_ms: int) -> None:
        """Stores any bytes as the row of a case. Raises ValueError for an id out of range."""
        if not 0 < case_id <= _ID_MASK:
            raise ValueError(f"case id {case_id} must be from 1 to {_ID_MASK}")
        self._drop_key(case_id)
        self._rows[case_id] = body
        self._modified[case_id] = modified_ms
        self._defects[case_id] = "raw"
        insort(self._order, self._key(case_id))

    def change(self, case_id: int, fields: dict[str, Any], now_ms: int, *, bump: bool = True) -> None:
        """Overwrites fields of a case. Names of types and statuses bring their ids along. Raises KeyError,
        ValueError.
        """
        row = rows.unpack(self._rows[case_id])
        row.update(fields)
        self._name_ids(row, fields)
        if "caseStatus" in fields and "caseStatusFrom" not in fields:
            row["caseStatusFrom"] = iso_minute(now_ms)
        if "modifiedDate" in fields:
            modified = _given_ms(row, now_ms)
        else:
            modified = now_ms if bump else self._modified[case_id]
            row["modifiedDate"] = iso(modified)
        self._store(case_id, row, modified)

    def close(self, case_id: int, now_ms: int) -> None:
        """Gives the case the first closed status and a closed date."""
        self.change(case_id, {"caseStatus": CLOSED_STATUSES[0], "caseClosedDate": iso_minute(now_ms)}, now_ms)

    def advance(self, case_id: int, now_ms: int) -> None:
        """Gives the case a status of its area's next stage; after the last the first comes. Raises ValueError
        for a case whose type has no area.
        """
        row = rows.unpack(self._rows[case_id])
        area = area_of(row["caseType"])
        if area is None:
            raise ValueError(f"no practice area has the type {row['caseType']!r}")
        names = [stage.statuses for stage in area.stages]
        place = next((n for n, statuses in enumerate(names) if row["caseStatus"] in statuses), -1)
        following = names[(place + 1) % len(names)]
        if following == names[-1]:
            self.close(case_id, now_ms)
        elif "caseClosedDate" in row:
            self.reopen(case_id, now_ms)
        else:
            self.change(case_id, {"caseStatus": following[-1]}, now_ms)

    def reopen(self, case_id: int, now_ms: int, status: str | None = None) -> None:
        """Gives the case an open status again (its area's first stage by default) and takes the closed date
        away.
        """
        row = rows.unpack(self._rows[case_id])
        area = area_of(row["caseType"])
        first = area.stages[0].statuses[-1] if area else row["caseStatus"]
        row.pop("caseClosedDate", None)
        self._rows[case_id] = rows.pack(row)
        self.change(case_id, {"caseStatus": status or first}, now_ms)

    def touch(self, case_id: int, now_ms: int) -> None:
        """Changes the modification date and nothing else."""
        self.change(case_id, {}, now_ms)

    def hide(self, case_id: int, *, hidden: bool) -> None:
        """Takes a case out of the user's sight, or gives it back. Raises KeyError."""
        if case_id not in self._rows:
            raise KeyError(case_id)
        self._drop_key(case_id)
        if hidden:
            self._hidden.add(case_id)
        else:
            self._hidden.discard(case_id)
            insort(self._order, self._key(case_id))

    def delete(self, case_id: int) -> None:
        """Makes the case vanish for good. Raises KeyError."""
        self._drop_key(case_id)
        self._drop_number(case_id)
        del self._rows[case_id], self._modified[case_id]
        self._hidden.discard(case_id)
        self._defects.pop(case_id, None)

    def _name_ids(self, row: dict[str, Any], fields: dict[str, Any]) -> None:
        status, case_type = fields.get("caseStatus"), fields.get("caseType")
        if isinstance(status, str) and "caseStatusID" not in fields:
            row["caseStatusID"] = self.lookups.status_id(status)
        if isinstance(case_type, str) and "caseTypeID" not in fields:
            row["caseTypeID"] = self.lookups.case_type_id(case_type)

    def _store(self, case_id: int, row: dict[str, Any], modified_ms: int) -> None:
        self._drop_key(case_id)
        if case_id in self._rows:
            self._drop_number(case_id)
        self._rows[case_id] = rows.pack(row)
        self._modified[case_id] = modified_ms
        number = row.get("caseNumber")
        if isinstance(number, str):
            self._numbers[number] = case_id
        reason = defect_in(row)
        if reason:
            self._defects[case_id] = reason
        else:
            self._defects.pop(case_id, None)
        if case_id not in self._hidden:
            insort(self._order, self._key(case_id))

    def _drop_number(self, case_id: int) -> None:
        number = self.number(case_id)
        if self._numbers.get(number) == case_id:
            del self._numbers[number]

    def _drop_key(self, case_id: int) -> None:
        if case_id in self._rows and case_id not in self._hidden:
            self._order.pop(bisect_left(self._order, self._key(case_id)))

    # What an import must find.

    def expected(self, now_ms: int) -> dict[str, int]:
        """Counts by kind over what lists show now: `cases` = `importable` + the reasons."""
        reasons = Counter(self._defects[i] for i in self._defects if i not in self._hidden)
        recent = self.changed(now_ms - 30 * MS_PER_DAY, now_ms, 0, 0)[1]
        counts = {"cases": len(self), "importable": len(self) - reasons.total()}
        counts.update({kind: reasons.pop(kind, 0) for kind in DEFECTS.values()})
        counts.update(reasons)
        closed = sum(1 for i in self._closed() if i not in self._defects)
        return {
            **counts,
            "importable_closed": closed,
            "changed_within_30_days": recent,
            "hidden": len(self._hidden),
        }

    def _closed(self) -> Iterator[int]:
        marks = [f'"caseStatus":"{status}"'.encode() for status in CLOSED_STATUSES]
        for case_id in self.visible_ids():
            head = self._rows[case_id].partition(rows.SUMMARY)[0]
            if any(mark in head for mark in marks):
                yield case_id


def _given_ms(row: dict[str, Any], now_ms: int) -> int:
    given = row.get("modifiedDate")
    try:
        return max(parse_ms(given), 0) if isinstance(given, str) else now_ms
    except (ValueError, OverflowError):
        return now_ms


def defect_in(row: dict[str, Any]) -> str | None:
    """Why a case with this row cannot be imported under the set-up of `practice_areas.py`, None where it
    can.

    An independent reading of the Case Status sheet, sections 4 and 5. Used for changed cases and to check
    the seed.
    """
    try:
        area = area_of(row["caseType"])
        if area is None:
            return AREA_UNMAPPED
        if not area.maps_stage(row["caseStatus"]):
            return STAGE_UNMAPPED
        if not any(member["role"] in _ATTORNEYS for member in row["caseStaff"]):
            return NO_ATTORNEY
        people = [person for person in row["plaintiffs"] if not person.get("markedAsRemoved")]
        main = next((person for person in people if person.get("primary")), people[0] if people else None)
        if main is None:
            return "no_client"
        if not any(_can_be_dialled(phone["phoneNumber"]) for phone in main["contact"]["phones"]):
            return NO_PHONE
    except (KeyError, TypeError, AttributeError):
        return "malformed"
    return None


def _can_be_dialled(number: str) -> bool:
    digits = "".join(filter(str.isdigit, number))
    return len(digits.removeprefix("1")) == _MIN_DIGITS and digits.removeprefix("1")[0] not in "01"
