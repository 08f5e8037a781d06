"""What is wrong with a case that was skipped, or that keeps what it had, until it is cured.

Problems live apart from the window (Case Status sheet, section 6, "Trap"): a case that fails for a missing
mapping and is then untouched for thirty days would else never come back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.case import SkipReason

# Which problems a change of a setting may cure, so that it tries them again at once.
CURED_BY_MAPPING: Final = frozenset(
    {
        SkipReason.NO_LEAD_ATTORNEY,
        SkipReason.NO_VALID_PHONE,
        SkipReason.NO_CLIENT_NAME,
        SkipReason.NO_READABLE_ID,
        SkipReason.PRACTICE_AREA_UNMAPPED,
        SkipReason.STAGE_UNMAPPED,
        SkipReason.REQUIRED_FIELD_MISSING,
    }
)
CURED_BY_PROFILE: Final = frozenset({SkipReason.UNREADABLE, SkipReason.NOT_FOUND})
CURED_BY_STAGES: Final = frozenset({SkipReason.PRACTICE_AREA_UNMAPPED, SkipReason.STAGE_UNMAPPED})


class Scoped:
    """What has a `name` within a `scope`, either of which may be empty."""

    __slots__ = ()
    scope: str
    name: str

    @property
    def label(self) -> str:
        """Both for people, "scope / name", as far as they are there."""
        return " / ".join(filter(None, (self.scope, self.name)))


@dataclass(frozen=True, slots=True)
class CaseProblem(Scoped):
    """What is wrong with one case. `skipped` says that it is not imported; else it keeps what it had.

    `scope` and `name` tell what matches nothing: the practice area and the status for a stage, "" and the
    case type for a practice area, "" and the field for one that is required. `modified_at` (UTC) is the
    case's own time when it was last tried.
    """

    integration_id: str
    reason: SkipReason
    skipped: bool = True
    readable_id: str = ""
    client: str = ""
    scope: str = ""
    name: str = ""
    modified_at: datetime | None = None

    def __repr__(self) -> str:
        return f"CaseProblem({self.integration_id!r}, {self.reason})"


@dataclass(frozen=True, slots=True)
class UnmatchedName(Scoped):
    """A name that SmartAdvocate uses and nothing matches, and on how many cases it was last seen."""

    reason: SkipReason
    scope: str
    name: str
    cases: int
