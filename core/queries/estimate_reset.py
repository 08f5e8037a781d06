"""What a reset to ten years would take, before anybody begins it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from math import ceil
from typing import Final

from core.actor import Actor, Power
from core.case import SourceCase
from core.firm import Firm
from core.ports.case_management import CaseManagement
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.run import Run, RunState
from core.usecases.steps.connected import must_be_connected
from core.usecases.steps.known_firm import known_firm
from core.window import covers_everything, window_for

SAMPLE_ROWS: Final = 10
_RUNS_LOOKED_AT: Final = 100

Seat = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class PastRun:
    """How long an earlier run over ten years took, and for how many cases."""

    run_id: int
    cases: int
    took: timedelta


@dataclass(frozen=True, slots=True)
class ResetEstimate:
    """What a reset comes to.

    `cases` is how many SmartAdvocate says that there are, None where it does not tell; `here` how many are
    stored. `requests` are at least as many as said, and `takes` is how long they need at the firm's own
    limit: None without one. `one_by_one`: each case is read by itself.
    """

    firm_id: str
    cases: int | None
    here: int
    page_size: int
    one_by_one: bool
    requests: int
    requests_per_second: float | None
    takes: timedelta | None
    before: PastRun | None
    open_run: Run | None
    since: datetime


class EstimateReset:
    """Asks SmartAdvocate for one small page, which tells how many cases there are, and starts nothing."""

    def __init__(
        self, units_of_work: UnitsOfWork, case_management: CaseManagement, clock: Clock, seat: Seat
    ) -> None:
        self._units_of_work = units_of_work
        self._case_management = case_management
        self._clock = clock
        self._seat = seat

    def firm(self, actor: Actor, firm_id: str) -> Firm:
        """Return the firm, for whom it may be estimated. Raises NotAllowedError, UnknownFirmError."""
        actor.must(Power.MANAGE, firm_id)
        with self._units_of_work(actor) as uow:
            return known_firm(uow, actor, firm_id)

    def __call__(self, actor: Actor, firm_id: str) -> ResetEstimate:
        """Return the estimate. Raises NotAllowedError, UnknownFirmError, what `CaseManagement` raises.

        Raises NeedsPersonError for a firm that is not connected.
        """
        actor.must(Power.MANAGE, firm_id)
        with self._units_of_work(actor) as uow:
            firm = known_firm(uow, actor, firm_id)
            must_be_connected(firm)
            here = uow.cases.number(firm_id)
            before, open_run = _before(uow, firm_id), uow.runs.open(firm_id)
        window = window_for(self._clock.now(), first=True)
        with self._seat(firm_id):
            small = replace(firm, page_size=min(firm.page_size, SAMPLE_ROWS))
            page = self._case_management.search_cases(small, window.since, window.until, 0)
        whole = all(isinstance(row, SourceCase) and row.complete for row in page.rows)
        one_by_one = not (whole and firm.search_rows_complete)
        cases = page.total
        if cases is None and len(page.rows) < small.page_size:
            cases = len(page.rows)  # all of them
        counted = max(here, len(page.rows)) if cases is None else cases
        requests = ceil(counted / firm.page_size) + 1 + (counted if one_by_one else 0)
        rate = firm.requests_per_second or None
        return ResetEstimate(
            firm_id,
            cases,
            here,
            firm.page_size,
            one_by_one,
            requests,
            rate,
            timedelta(seconds=ceil(requests / rate)) if rate else None,
            before,
            open_run,
            window.since,
        )


def _before(uow: UnitOfWork, firm_id: str) -> PastRun | None:
    for run in uow.runs.list(frozenset({firm_id}), _RUNS_LOOKED_AT):
        if run.state is RunState.FINISHED and run.ended_at is not None and covers_everything(run.window):
            counts = uow.runs.counts(run.run_id)
            cases = sum(number for outcome, number in counts.items() if ":" not in outcome)
            return PastRun(run.run_id, cases, run.ended_at - run.started_at)
    return None
