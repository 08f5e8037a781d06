"""Shapes of issues."""

from datetime import datetime
from typing import Self

from pydantic import Field

from adapters.web.api.v1.schemas import Asked, Shape, Text, Time
from core.issue import Issue as CoreIssue
from core.issue import IssueKind


class Issue(Shape):
    """An open issue; `kind` is one of docs/reference.md."""

    firm_id: str
    kind: str = Field(examples=["stage_unmapped"])
    key: str
    message: str
    opened_at: datetime
    last_seen_at: datetime
    times: int
    muted_until: datetime | None

    @classmethod
    def of(cls, found: CoreIssue) -> Self:
        """Return the issue's."""
        return cls(
            firm_id=found.firm_id,
            kind=found.kind,
            key=found.key,
            message=found.message,
            opened_at=found.opened_at,
            last_seen_at=found.last_seen_at,
            times=found.times,
            muted_until=found.muted_until,
        )


class UnmuteWanted(Asked):
    """An issue by its kind and key; without a key all of the kind."""

    kind: IssueKind
    key: Text | None = None


class MuteWanted(UnmuteWanted):
    """Until when."""

    until: Time = Field(examples=["2030-01-01T00:00:00Z"])


class CloseWanted(Asked):
    """An issue by its kind and key."""

    kind: IssueKind = Field(examples=[IssueKind.WRITTEN_TWICE])
    key: Text


class Closed(Shape):
    """What is closed."""

    kind: IssueKind
    key: str


class Unmuted(Shape):
    """What is shown again."""

    kind: IssueKind
    key: str | None


class Muted(Unmuted):
    """What is muted, and until when."""

    until: datetime
