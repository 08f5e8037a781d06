"""A case as SmartAdvocate tells it, and as Case Status keeps it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class StaffMember:
    """A person of the firm on the case. `role` is a name the firm chose; `email` is the matching key."""

    first_name: str
    last_name: str
    email: str | None
    role: str

    def to_data(self) -> dict[str, Any]:
        """Return the shape used in events and storage."""
        return {
            "first_name": self.first_name,
            "last_name": self.last_name,
            "email": self.email,
            "role": self.role,
        }


@dataclass(frozen=True, slots=True)
class Phone:
    """A telephone number as SmartAdvocate holds it, with its label ("Cell", "Home", …)."""

    label: str
    number: str

    def __repr__(self) -> str:
        return f"Phone({self.label!r})"


@dataclass(frozen=True, slots=True)
class Plaintiff:
    """A party the firm acts for. A company has its name in `last_name` and `is_company` set."""

    first_name: str
    last_name: str
    is_company: bool
    is_primary: bool
    phones: tuple[Phone, ...] = ()
    email: str | None = None

    def __repr__(self) -> str:
        return f"Plaintiff(primary={self.is_primary})"


@dataclass(frozen=True, slots=True)
class SourceCase:
    """One case as read from SmartAdvocate, freed of its wire quirks. Times are UTC.

    `plaintiffs` leaves out removed ones. `complete` is False for a summary row, which must be read again
    by number before it can be imported. `tracks` are secondary statuses as (track, status), `values` what the
    firm's mapping asks for beside these fields, by path; days in ISO 8601. Both only where a mapping asks.
    `source_stage` is SmartAdvocate's own stage, a named set of its statuses, where it tells one.
    """

    integration_id: str
    case_number: str
    case_type: str | None
    status: str | None
    name: str | None
    incident_date: date | None
    modified_at: datetime
    created_at: datetime | None = None
    closed_at: datetime | None = None
    staff: tuple[StaffMember, ...] = ()
    plaintiffs: tuple[Plaintiff, ...] = ()
    complete: bool = True
    tracks: tuple[tuple[str, str], ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    source_stage: str | None = None

    def __repr__(self) -> str:
        return f"SourceCase({self.integration_id!r}, number={self.case_number!r})"


@dataclass(frozen=True, slots=True)
class UnreadableCase:
    """A search row that cannot be understood; the run reports it and goes on."""

    integration_id: str
    problem: str
    modified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Client:
    """The client of a case: set when the case is imported and not overwritten afterwards."""

    first_name: str
    last_name: str
    phone: str
    email: str | None

    def __repr__(self) -> str:
        return "Client(…)"


@dataclass(frozen=True, slots=True)
class Case:
    """A case as Case Status keeps it. `integration_id` is its only key (Case Status sheet, section 6).

    `closes_at` (UTC) is a closing date that has not come yet.
    """

    integration_id: str
    readable_id: str
    practice_area: str | None
    stage: str | None
    lead_attorney: StaffMember
    attorneys: tuple[StaffMember, ...]
    paralegals: tuple[StaffMember, ...]
    description: str
    case_date: date | None
    closed: bool
    client: Client
    modified_at: datetime
    closes_at: datetime | None = None


# SmartAdvocate wins on exactly these (design, section 7); the client's data is set once.
SYNCED_FIELDS: Final = (
    "readable_id",
    "practice_area",
    "stage",
    "lead_attorney",
    "attorneys",
    "paralegals",
    "description",
    "case_date",
    "closed",
)
assert set(SYNCED_FIELDS) < {f.name for f in fields(Case)}  # noqa: S101 - a slip here would silence a field


def changed_fields(old: Case, new: Case) -> tuple[str, ...]:
    """Name the synced fields in which the two differ, in the order of SYNCED_FIELDS."""
    return tuple(name for name in SYNCED_FIELDS if getattr(old, name) != getattr(new, name))


class SkipReason(StrEnum):
    """Why a case could not be imported, as reports state it (Case Status sheet, section 6)."""

    NO_LEAD_ATTORNEY = "no_lead_attorney"
    NO_CLIENT = "no_client"
    NO_VALID_PHONE = "no_valid_phone"
    NO_CLIENT_NAME = "no_client_name"
    NO_READABLE_ID = "no_readable_id"
    PRACTICE_AREA_UNMAPPED = "practice_area_unmapped"
    STAGE_UNMAPPED = "stage_unmapped"
    REQUIRED_FIELD_MISSING = "required_field_missing"
    UNREADABLE = "unreadable"
    NOT_FOUND = "integration_id_not_found"
    PERMISSION_MISSING = "permission_missing"


class Outcome(StrEnum):
    """What a run did with a case."""

    CREATED = "created"
    UPDATED = "updated"
    CLOSED = "closed"
    REOPENED = "reopened"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
