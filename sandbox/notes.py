"""The notes of one firm: seeded ones made when first asked for, and inserted ones with what the report says
of them.
"""

from __future__ import annotations

import json
import random
from typing import Any, NamedTuple

from sandbox.answer import dump
from sandbox.cases import CaseStore
from sandbox.dates import MS_PER_DAY, iso, iso_minute
from sandbox.lookups import Lookups
from sandbox.marks import last_line

FIRST_SEEDED_ID = 2_000_001
FIRST_INSERTED_ID = 60_000_001
FIRST_STAFF_ID = 90_000_001
_SEEDED_PER_CASE = 4


class InsertedNote(NamedTuple):
    """A note that came in over the API."""

    note_id: int
    received_ms: int
    subject: str
    mark: str
    row: bytes


class NoteStore:
    """Notes by case. Every fourth case has one to four seeded notes."""

    def __init__(self, lookups: Lookups, cases: CaseStore, seed: int) -> None:
        self._lookups = lookups
        self._cases = cases
        self._seed = seed
        self.inserted: dict[int, list[InsertedNote]] = {}
        self._marks: set[tuple[int, str]] = set()
        self._next_id = FIRST_INSERTED_ID
        self.by_staff: dict[int, dict[str, Any]] = {}
        self._next_staff_id = FIRST_STAFF_ID
        self.written = 0
        self.duplicated = 0

    def insert(self, case_id: int, fields: dict[str, Any], received_ms: int) -> InsertedNote:
        """Stores a note; the author is the token's user. `fields` are checked already (see
        `note_routes.py`).
        """
        author = self._lookups.service_user
        text, subject = fields["noteText"], fields["subject"]
        row = {
            "noteID": self._next_id,
            "caseID": case_id,
            "caseNumber": self._cases.number(case_id),
            "noteTypeID": fields["noteTypeID"],
            "noteTypeName": fields["noteTypeName"],
            "noteText": text,
            "uniqueContactId": author.unique_contact_id,
            "uniqueContactName": author.name,
            "priority": fields["priority"],
            "userID": author.user_id,
            "noteDate": iso(fields["note_ms"]),
            "createdDate": iso(received_ms),
            "modifiedDate": None,
            "subject": subject,
            "isSharedinCP": fields["isSharedinCP"],
            "isSharedWithAll": fields["isSharedWithAll"],
        }
        note = InsertedNote(self._next_id, received_ms, subject, last_line(text), dump(row))
        self._next_id += 1
        self.inserted.setdefault(case_id, []).append(note)
        self.written += 1
        if note.mark:
            key = (case_id, note.mark)
            self.duplicated += key in self._marks
            self._marks.add(key)
        return note

    def of_case(self, case_id: int) -> list[bytes]:
        """All notes of a case as JSON rows, newest first: those of staff before inserted and seeded ones."""
        inserted = self.inserted.get(case_id, [])
        by_staff = [dump(row) for row in reversed(self.by_staff.values()) if row["caseID"] == case_id]
        return by_staff + [note.row for note in reversed(inserted)] + self._seeded(case_id)

    def write(self, case_id: int, fields: dict[str, Any], now_ms: int) -> dict[str, Any]:
        """Writes a note as a member of staff; `fields` are those of a row, over invented ones."""
        author = self._lookups.staff[case_id % len(self._lookups.staff)]
        note_id = self._next_staff_id
        self._next_staff_id += 1
        self.by_staff[note_id] = {
            "noteID": note_id,
            "caseID": case_id,
            "caseNumber": self._cases.number(case_id),
            "noteTypeID": self._lookups.note_types["Plaintiff"],
            "noteTypeName": "Plaintiff",
            "noteText": "",
            "uniqueContactId": author.unique_contact_id,
            "uniqueContactName": author.name,
            "priority": "Normal",
            "userID": author.user_id,
            "noteDate": iso_minute(now_ms),
            "createdDate": iso(now_ms),
            "modifiedDate": None,
            "subject": "",
            "isSharedinCP": False,
            "isSharedWithAll": False,
        }
        return self.edit(note_id, fields, None)

    def edit(self, note_id: int, fields: dict[str, Any], now_ms: int | None) -> dict[str, Any]:
        """Changes fields of a note by staff or of an inserted one. KeyError for any other."""
        if "noteTypeName" in fields:
            fields["noteTypeID"] = self._lookups.note_types[fields["noteTypeName"]]
        changes = {**fields, **({"modifiedDate": iso(now_ms)} if now_ms is not None else {})}
        if note_id in self.by_staff:
            self.by_staff[note_id] |= changes
            return self.by_staff[note_id]
        for notes in self.inserted.values():
            for place, note in enumerate(notes):
                if note.note_id == note_id:
                    row: dict[str, Any] = json.loads(note.row) | changes
                    notes[place] = note._replace(row=dump(row))
                    return row
        raise KeyError(note_id)

    def _seeded(self, case_id: int) -> list[bytes]:
        index = self._cases.index_of(case_id)
        if index < 0 or index % 4:
            return []
        rng = random.Random(self._seed * 1_000_003 + self._lookups.number * 8_388_617 + case_id)
        count = 1 + rng.randrange(_SEEDED_PER_CASE)
        moment = self._cases.modified_ms(case_id)
        notes = []
        for place in reversed(range(count)):
            moment -= rng.randrange(60_000, 3 * MS_PER_DAY)
            notes.append(dump(self._seeded_row(case_id, index, place, moment)))
        return notes

    def _seeded_row(self, case_id: int, index: int, place: int, moment: int) -> dict[str, Any]:
        kinds = (
            ("Case", "Spoke with adjuster; waiting for the report.", "", False),
            (
                "eMail",
                "<html><body><p>Records&nbsp;attached.</p><p>Regards</p></body></html>",
                "Records",
                False,
            ),
            ("Plaintiff", "Please call&nbsp;me <strong>today</strong>", "", True),
            ("Call", "Left voicemail.", "Call", False),
        )
        type_name, text, subject, shared = kinds[(index // 4 + place) % len(kinds)]
        author = self._lookups.staff[(index + place) % len(self._lookups.staff)]
        return {
            "noteID": FIRST_SEEDED_ID + index * _SEEDED_PER_CASE + place,
            "caseID": case_id,
            "caseNumber": self._cases.number(case_id),
            "noteTypeID": self._lookups.note_types[type_name],
            "noteTypeName": type_name,
            "noteText": text,
            "uniqueContactId": author.unique_contact_id,
            "uniqueContactName": author.name,
            "priority": ("Normal", "High", "Low")[place % 3],
            "userID": author.user_id,
            "noteDate": iso_minute(moment),
            "createdDate": iso(moment),
            "modifiedDate": iso(moment + 90_000) if place == 1 else None,
            "subject": subject,
            "isSharedinCP": shared,
            "isSharedWithAll": False,
        }
