"""Shapes of what implementation managers do."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import Field

from adapters.web.api.v1.schemas import Asked, Shape, Text
from core.queries.estimate_reset import ResetEstimate as CoreEstimate
from core.setting_version import SettingKind
from core.usecases.copy_mapping import COPIED


class ResetEstimate(Shape):
    """What ten years again would take. Nothing is begun by asking."""

    cases: int | None = Field(
        description="How many SmartAdvocate says there are; null where it does not tell."
    )
    here: int = Field(description="How many cases are here.")
    requests: int = Field(description="At least so many go to SmartAdvocate.")
    requests_per_second: float | None = Field(description="The firm's own limit; null without one.")
    takes_s: int | None = Field(description="How long they need at that limit; null without one.")
    one_by_one: bool = Field(description="Whether each case is read by itself.")
    since: datetime
    open_run_id: str | None = Field(description="A run under way, which the reset would follow.")

    @classmethod
    def of(cls, found: CoreEstimate) -> Self:
        """Return the estimate's."""
        return cls(
            cases=found.cases,
            here=found.here,
            requests=found.requests,
            requests_per_second=found.requests_per_second,
            takes_s=None if found.takes is None else round(found.takes.total_seconds()),
            one_by_one=found.one_by_one,
            since=found.since,
            open_run_id=None if found.open_run is None else str(found.open_run.run_id),
        )


class CopyWanted(Asked):
    """From which firm, and which settings: all that can be copied unless some are named."""

    source: Text = Field(examples=["east"], description="The id of the firm whose mapping is taken over.")
    settings: Annotated[list[SettingKind], Field(max_length=10)] = Field(default=[*COPIED])


class CopyTrial(Shape):
    """What would differ of each setting, place by place (`old → new`)."""

    changed: dict[SettingKind, dict[str, str]]


class Copied(Shape):
    """Which settings were taken over, with the version that each became."""

    versions: dict[SettingKind, int]
