"""What people see of a firm: problems by cause, cases in a list, names of SmartAdvocate."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.case import Outcome, SkipReason
from core.problem import CURED_BY_STAGES, Scoped


@dataclass(frozen=True, slots=True)
class ProblemGroup(Scoped):
    """Cases with one and the same problem.

    `skipped` of them are not here at all; the others keep what they had. `since` (UTC) is when the first of
    them came up; `example` is the integration id of one.
    """

    reason: SkipReason
    scope: str
    name: str
    cases: int
    skipped: int
    since: datetime
    example: str

    @property
    def is_unmatched(self) -> bool:
        """Whether a stage or a practice area to choose mends it."""
        return self.reason in CURED_BY_STAGES


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases; what is None or empty does not matter.

    `words` are an integration id, the beginning of a case number, or of a client's name: the last name, first
    and last name, or a company's.
    """

    words: str = ""
    practice_area: str | None = None
    stage: str | None = None
    closed: bool | None = None


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case in a list. Times are UTC: SmartAdvocate's own time of change, and when it was stored here."""

    integration_id: str
    readable_id: str
    client: str
    practice_area: str | None
    stage: str | None
    closed: bool
    modified_at: datetime
    updated_at: datetime

    def __repr__(self) -> str:
        return f"CaseLine({self.integration_id!r})"


@dataclass(frozen=True, slots=True)
class Seen:
    """When a run last met a case (UTC), and what it did with it."""

    run_id: int
    at: datetime
    outcome: Outcome
    skip: SkipReason | None = None
    detail: str = ""


class NameKind(StrEnum):
    """What SmartAdvocate has names for. The words are stored."""

    STATUS = "status"
    CASE_TYPE = "case_type"
    ROLE = "role"
    TRACK = "track"


@dataclass(frozen=True, slots=True)
class SourceName:
    """A name that the firm's SmartAdvocate uses.

    `within` is the stage of SmartAdvocate that a status belongs to, "" where it is not told. `cases` is on
    how many of the cases that were looked at it stands.
    """

    kind: NameKind
    name: str
    within: str = ""
    cases: int = 0
