"""A run of the case sync, and its result row for every case it saw (design, section 7)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.case import Outcome, SkipReason
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


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one firm. All times are UTC; `cursor` is None before the first page.

    `version` counts its stored steps, so that of two workers only one can take the next.
    """

    run_id: int
    firm_id: str
    trigger: Trigger
    window: Window
    state: RunState
    started_at: datetime
    cursor: Cursor | None = None
    pages: int = 0
    failures: int = 0  # slices that failed one after the other
    reason: str | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What a run did with one case."""

    integration_id: str
    outcome: Outcome
    readable_id: str = ""
    skip: SkipReason | None = None
    changed: tuple[str, ...] = ()
