"""How far a run of the case sync has come, for somebody who watches it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.cursor import Cursor
from core.run import OneByOne, Phase, Run, RunState

# Below this part of the window's time an estimate by time says nothing yet.
_LEAST_SHARE: Final = 0.02


@dataclass(frozen=True, slots=True)
class Progress:
    """Pages and cases so far, cases a second, and what is left: None where nobody can tell.

    `estimated` says that `cases_left` follows from how far the window's time has been read, not from a count
    of the server's.
    """

    doing: str
    pages: int
    cases: int
    per_second: float
    cases_left: int | None = None
    time_left: timedelta | None = None
    estimated: bool = False

    @property
    def cases_whole(self) -> int | None:
        """How many cases there are in all, None where nobody can tell."""
        return None if self.cases_left is None else self.cases + self.cases_left


def progress_of(run: Run, cases: int, now: datetime) -> Progress:
    """Tell the progress of a run that has seen `cases`; `now` in UTC."""
    elapsed = ((run.ended_at or now) - run.started_at).total_seconds()
    per_second = cases / elapsed if elapsed > 0 else 0.0
    left, estimated = _left(run, cases)
    time_left = timedelta(seconds=left / per_second) if left is not None and per_second > 0 else None
    return Progress(_doing(run), run.pages, cases, per_second, left, time_left, estimated)


def _left(run: Run, cases: int) -> tuple[int | None, bool]:
    if run.state is not RunState.WAITING:
        return 0, False
    if not isinstance(run.cursor, Cursor):
        return None, False
    if run.cases_left is not None:
        return run.cases_left, False
    start = run.cursor.start or run.window.since
    whole = (run.started_at - start).total_seconds()
    share = (run.cursor.since - start).total_seconds() / whole if whole > 0 else 0.0
    if run.cursor.halves or not _LEAST_SHARE <= share <= 1:
        return None, False
    return round(cases * (1 - share) / share), True


def _doing(run: Run) -> str:
    if run.state is not RunState.WAITING:
        return run.state.value
    if isinstance(run.cursor, OneByOne):
        if run.cursor.phase is Phase.SKIPPED:
            return "trying cases with a problem again"
        if run.cursor.phase is Phase.CLOSING:
            return "looking at cases whose closing date has come"
        return "looking for cases that were not met"
    return "reading cases" if run.cursor else "waiting to begin"
