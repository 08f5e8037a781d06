"""A run of the case sync, and its result row for every case it saw (design, section 7)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from core.case import Outcome, SkipReason
from core.cursor import Cursor, Window
from core.reason import Reason


class Trigger(StrEnum):
    """Why a run was started."""

    NIGHTLY = "nightly"
    MANUAL = "manual"
    RESET = "reset"
    SINGLE = "single"
    RETRY = "retry"


# Those that look at all that changed in a window. After one that ended well a night was good.
OVER_A_WINDOW: Final = (Trigger.NIGHTLY, Trigger.MANUAL, Trigger.RESET)


class RunState(StrEnum):
    """Where a run stands. `waiting` also means: between two slices."""

    WAITING = "waiting"
    FINISHED = "finished"
    INCOMPLETE = "incomplete"  # it read all it could, and there may be cases that it did not meet
    FAILED = "failed"
    CANCELLED = "cancelled"


class Phase(StrEnum):
    """What a run does after its window: cases are tried or looked for, and each leaves a result row."""

    SKIPPED = "skipped"  # cases with a problem, apart from the window, are tried again
    CLOSING = "closing"  # open cases whose closing date has come, apart from the window
    MISSING = "missing"  # cases that a run over ten years, or an incomplete one, did not meet


@dataclass(frozen=True, slots=True)
class Sweep:
    """How far cases with a problem were read by pages: those first whose own time is the earliest.

    Page `page` of what changed at `since` (UTC) or later comes next. `tried` tells that some were met.
    """

    since: datetime
    page: int = 0
    tried: bool = False


@dataclass(frozen=True, slots=True)
class OneByOne:
    """A run stands in this phase. What is left to do follows from the result rows and the problems.

    `sweep` is set while there are more cases with a problem than fit a page: they are read by pages.
    `unproven` counts the groups of which nobody can say that the window's reading met them whole.
    """

    phase: Phase
    sweep: Sweep | None = None
    unproven: int = 0

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form."""
        sweep = self.sweep
        stored = [sweep.since.isoformat(), sweep.page, sweep.tried] if sweep else None
        return {"phase": self.phase.value, "sweep": stored, "unproven": self.unproven}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "OneByOne":
        """Read what `to_data` wrote, in an older release too."""
        stored = data.get("sweep")
        sweep = Sweep(datetime.fromisoformat(stored[0]), *stored[1:]) if stored else None
        return cls(Phase(data["phase"]), sweep, data.get("unproven", 0))


def position_from_data(data: Mapping[str, Any]) -> "Cursor | OneByOne":
    """Read what the `to_data` of either wrote."""
    return OneByOne.from_data(data) if "phase" in data else Cursor.from_data(data)


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
