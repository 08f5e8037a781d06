"""A run of the case sync, and its result row for every case it saw (design, section 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.case import Outcome, SkipReason
from core.reason import Reason
from core.window import Cursor, Window


class Trigger(StrEnum):
    """Why a run was started."""

    NIGHTLY = "nightly"
    MANUAL = "manual"
    RESET = "reset"
    SINGLE = "single"
    RETRY = "retry"


class RunState(StrEnum):
    """Where a run stands. `waiting` also means: between two slices."""

    WAITING = "waiting"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Phase(StrEnum):
    """What a run does after its window: cases are read one by one, and each leaves a result row."""

    SKIPPED = "skipped"  # cases with a problem, apart from the window, are tried again
    MISSING = "missing"  # cases that a run over ten years did not meet: are they still there?


@dataclass(frozen=True, slots=True)
class OneByOne:
    """A run stands in this phase. What is left to do follows from the result rows and the problems."""

    phase: Phase

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form."""
        return {"phase": self.phase.value}


def position_from_data(data: Mapping[str, Any]) -> "Cursor | OneByOne":
    """Read what the `to_data` of either wrote."""
    return OneByOne(Phase(data["phase"])) if "phase" in data else Cursor.from_data(data)


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one firm. All times are UTC; `cursor` is where it stands, None before the first page.

    `version` counts its stored steps, so that of two workers only one can take the next. `reason` and
    `detail` say why it rests or has ended.
    """

    run_id: int
    firm_id: str
    trigger: Trigger
    window: Window
    state: RunState
    started_at: datetime
    cursor: Cursor | OneByOne | None = None
    pages: int = 0
    failures: int = 0  # slices that failed one after the other
    reason: Reason | None = None
    detail: str | None = None
    version: int = 0
    cases_left: int | None = None  # as the server told at the last page, where it tells
    ended_at: datetime | None = None
    then: Trigger | None = None  # the run that waits for this one to end
    cut_short: int = 0  # slices one after the other that no worker came back from


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What a run did with one case.

    `client` is the client's name where the case is stored nowhere else; `detail` is what matches nothing,
    what is missing or what cannot be read.
    """

    integration_id: str
    outcome: Outcome
    readable_id: str = ""
    skip: SkipReason | None = None
    changed: tuple[str, ...] = ()
    client: str = ""
    detail: str = ""

    def __repr__(self) -> str:
        return f"CaseResult({self.integration_id!r}, {self.outcome}, {self.skip})"
