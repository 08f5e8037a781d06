"""Port: runs of the case sync and their results."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.actor import Reach
from core.case import Outcome, SkipReason
from core.cursor import Cursor, Window
from core.firm_view import Seen
from core.reason import Reason
from core.run import CaseResult, OneByOne, Run, RunState, Trigger


class Runs(Protocol):
    """Runs; at most one of a firm is waiting or under way at a time."""

    def start(self, firm_id: str, trigger: Trigger, window: Window) -> tuple[Run, bool]:
        """Start a run, or join the firm's open one. The flag is True if it is new."""
        ...

    def start_many(self, trigger: Trigger, windows: Mapping[str, Window]) -> dict[str, int]:
        """Start a run for each of these firms that has no open one. Their numbers, by firm."""
        ...

    def follow_with(self, run_id: int, trigger: Trigger) -> bool:
        """Note that another run is to follow an open one; a reset stays noted. False if the run has ended."""
        ...

    def record(self, firm_id: str, trigger: Trigger, at: datetime, results: Sequence[CaseResult]) -> Run:
        """Store a run that began and finished at `at` (UTC) with these results, beside any open one."""
        ...

    def get(self, run_id: int) -> Run | None:
        """Return the run, or None."""
        ...

    def open(self, firm_id: str) -> Run | None:
        """Return the firm's open run, or None."""
        ...

    def list(self, firms: Reach, limit: int = 50, *, before: int | None = None) -> Sequence[Run]:
        """Return these firms' runs, newest first; only those with a lower number than `before`."""
        ...

    def advance(
        self,
        run: Run,
        cursor: Cursor | OneByOne | None,
        results: Sequence[CaseResult],
        cases_left: int | None = None,
    ) -> bool:
        """Store one page's results and where to read next (None: nothing is left).

        False, and nothing stored, if the run is no longer open or another worker has advanced it since
        `run` was read. A case that has a row in this run keeps it unless it was `unchanged`.
        """
        ...

    def put_off(self, run: Run, until: datetime, reason: Reason, detail: str) -> None:
        """Count a failed slice and let the run rest until then (UTC). `advance` sets the count back to 0.

        Both set back `Run.cut_short`, which `Jobs.requeue_lost` counts up.
        """
        ...

    def due_without_job(self) -> Sequence[tuple[int, str]]:
        """Return (run id, firm id) of open runs that rest no longer and have no job, by the store's clock.

        Those of a paused firm wait for the end of its pause.
        """
        ...

    def finish(self, run_id: int, state: RunState, reason: Reason | None = None, detail: str = "") -> bool:
        """End an open run; False if it had ended. `detail` is for people, without privileged content."""
        ...

    def counts(self, run_id: int) -> Mapping[str, int]:
        """Return the number of cases by outcome, and by `skipped:<reason>`."""
        ...

    def results(
        self,
        run_id: int,
        *,
        outcome: Outcome | None = None,
        skip: SkipReason | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> Sequence[CaseResult]:
        """Return a row a case, by integration id (byte order) behind `after`.

        Only those with this outcome and reason, where given. With the client's name where the case is stored.
        """
        ...

    def last_seen(self, firm_id: str, integration_id: str) -> Seen | None:
        """Return what the last run that met the case did; None where none of the firm's newest 60 did."""
        ...

    def meet(self, run: Run, integration_ids: Sequence[str], *, anew: bool) -> int:
        """Remember cases of the set that the run is reading, and return how many different ones there are.

        `anew` forgets those of the set before; the end of the run forgets all.
        """
        ...

    def closing(self, run: Run, now: datetime, limit: int) -> Sequence[str]:
        """Return open cases that were to close by `now` (UTC), without a row in this run, by id."""
        ...

    def unseen(self, run: Run, limit: int) -> Sequence[str]:
        """Return open cases of the firm without a row in this run, by integration id."""
        ...
