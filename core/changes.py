"""What changed about a case, and what is announced of it: each change once, nothing when nothing changed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.announcement import Announcement, AnnouncementKind
from core.case import Case, Outcome, StaffMember, changed_fields


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of one case: what it was and what it became, as announcements show it."""

    integration_id: str
    field: str
    old: Any
    new: Any

    def __repr__(self) -> str:
        return f"FieldChange({self.integration_id!r}, {self.field!r})"


@dataclass(frozen=True, slots=True)
class PastChange:
    """A change as it was recorded; `at` is UTC. A later one has a higher `number`."""

    run_id: int
    at: datetime
    change: FieldChange
    number: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class CaseAsOf:
    """A firm's case, and when it was last stored here (UTC)."""

    firm_id: str
    case: Case
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """The step from the stored case (`old`, None for a new one) to the case as it is in SmartAdvocate."""

    firm_id: str
    old: Case | None
    new: Case

    @property
    def changed(self) -> tuple[str, ...]:
        """The synced fields that differ; empty for a new case."""
        return changed_fields(self.old, self.new) if self.old else ()

    @property
    def outcome(self) -> Outcome:
        """What a run's result row says."""
        if self.old is None:
            return Outcome.CREATED
        changed = self.changed
        if "closed" in changed:
            return Outcome.CLOSED if self.new.closed else Outcome.REOPENED
        return Outcome.UPDATED if changed else Outcome.UNCHANGED

    @property
    def needs_saving(self) -> bool:
        """True where the stored case differs, if only by the time it was modified or is to close."""
        if self.old is None or self.old.modified_at != self.new.modified_at:
            return True
        return self.old.closes_at != self.new.closes_at or bool(self.changed)

    def fields(self) -> list[FieldChange]:
        """Return the changed fields with their old and new values; none for a new case."""
        changed = self.changed
        if self.old is None or not changed:
            return []
        old, new = case_data(self.old), case_data(self.new)
        return [FieldChange(self.new.integration_id, name, old[name], new[name]) for name in changed]

    def announcements(self) -> list[Announcement]:
        """Return what is to be announced, in order. The stage is told apart: clients are surveyed at each."""
        if self.old is None:
            return [self._tell(AnnouncementKind.CASE_IMPORTED, case_data(self.new))]
        changed = self.changed
        announcements = []
        if plain := [name for name in changed if name not in {"stage", "closed"}]:
            data = case_data(self.new)
            fields = {"changed": {name: data[name] for name in plain}}
            announcements.append(self._tell(AnnouncementKind.CASE_UPDATED, fields))
        if "stage" in changed:
            stages = {"old": self.old.stage, "new": self.new.stage}
            announcements.append(self._tell(AnnouncementKind.STAGE_CHANGED, stages))
        if "closed" in changed:
            kind = AnnouncementKind.CASE_CLOSED if self.new.closed else AnnouncementKind.CASE_REOPENED
            announcements.append(self._tell(kind, {}))
        return announcements

    def _tell(self, kind: AnnouncementKind, data: dict[str, Any]) -> Announcement:
        ids = {"case_integration_id": self.new.integration_id, "readable_id": self.new.readable_id}
        return Announcement(kind, self.firm_id, self.new.integration_id, {**ids, **data})


def case_data(case: Case) -> dict[str, Any]:
    """Return a case as announcements carry it: JSON-ready, dates in ISO 8601."""

    def people(members: Iterable[StaffMember]) -> list[dict[str, Any]]:
        return [member.to_data() for member in members]

    return {
        "readable_id": case.readable_id,
        "practice_area": case.practice_area,
        "stage": case.stage,
        "lead_attorney": case.lead_attorney.to_data(),
        "attorneys": people(case.attorneys),
        "paralegals": people(case.paralegals),
        "description": case.description,
        "case_date": case.case_date.isoformat() if case.case_date else None,
        "closed": case.closed,
        "client": {
            "first_name": case.client.first_name,
            "last_name": case.client.last_name,
            "phone": case.client.phone,
            "email": case.client.email,
        },
    }
