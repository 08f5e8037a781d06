"""Runs of the case sync: how far each has come, and what it did with every case."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core.actor import Actor, Power
from core.case import Outcome, SkipReason
from core.paging import Page, Place, bounded, number_in, page_of
from core.pause import Pause
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.progress import Progress, progress_of
from core.run import CaseResult, Run, RunState
from core.usecases.steps.known_firm import must_be_known
from core.usecases.steps.known_run import known_run

_SKIPPED: Final = "skipped:"
_PIECE: Final = 2_000  # result rows read at a time: a run may have hundreds of thousands


@dataclass(frozen=True, slots=True)
class RunView:
    """A run, its number of cases by outcome (and by `skipped:<reason>`), and how far it has come.

    `pause` is that of its firm, for which an open run waits.
    """

    run: Run
    counts: Mapping[str, int]
    progress: Progress
    pause: Pause | None = None

    @property
    def skipped_by_reason(self) -> Mapping[str, int]:
        """How many cases were skipped, by reason: also by one that only another release knows."""
        return {key[len(_SKIPPED) :]: n for key, n in self.counts.items() if key.startswith(_SKIPPED)}


class RunQueries:
    """Looks at runs of the actor's firms. One of another firm is as unknown as one that never was."""

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    def all(self, actor: Actor, firm_id: str | None, limit: int) -> Sequence[Run]:
        """Return runs of the firm, or of all the actor's firms, newest first.

        Raises NotAllowedError, UnknownFirmError.
        """
        firms = actor.within(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            found = uow.runs.list(firms, limit)
            pauses = self._pauses(uow, found)
            return [_at_rest(run, pauses.get(run.firm_id)) for run in found]

    def page(self, actor: Actor, firm_id: str | None, before: Place | None, limit: int) -> Page[Run]:
        """Return a page of `all`. Raises NotAllowedError, UnknownFirmError."""
        firms, limit = actor.within(Power.LOOK, firm_id), bounded(limit)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            found = uow.runs.list(firms, limit + 1, before=number_in(before))
            pauses = self._pauses(uow, found)
        shown = [_at_rest(run, pauses.get(run.firm_id)) for run in found]
        return page_of(shown, limit, lambda run: (run.run_id,))

    def result_page(
        self,
        actor: Actor,
        run_id: int,
        after: Place | None,
        limit: int,
        outcome: Outcome | None = None,
        skip: SkipReason | None = None,
    ) -> Page[CaseResult]:
        """Return a page of `results`, of this outcome and reason where given. Raises UnknownThingError."""
        limit = bounded(limit)
        with self._units_of_work(actor) as uow:
            known_run(uow, actor, run_id, Power.LOOK)
            behind = str(after[0]) if after else None
            found = uow.runs.results(run_id, outcome=outcome, skip=skip, after=behind, limit=limit + 1)
        return page_of(found, limit, lambda result: (result.integration_id,))

    def view(self, actor: Actor, run_id: int) -> RunView:
        """Return one run as it stands. Raises UnknownThingError."""
        with self._units_of_work(actor) as uow:
            run = known_run(uow, actor, run_id, Power.LOOK)
            counts = dict(uow.runs.counts(run_id))
            pause = self._pauses(uow, [run]).get(run.firm_id)
            run = _at_rest(run, pause)
        cases = sum(number for outcome, number in counts.items() if ":" not in outcome)
        return RunView(run, counts, progress_of(run, cases, self._clock.now()), pause)

    def results(self, actor: Actor, run_id: int) -> Iterator[CaseResult]:
        """Return a row a case, by integration id, read piece by piece. Raises UnknownThingError at once."""
        with self._units_of_work(actor) as uow:
            known_run(uow, actor, run_id, Power.LOOK)
        return self._pieces(actor, run_id)

    def _pauses(self, uow: UnitOfWork, runs: Sequence[Run]) -> dict[str, Pause]:
        """Return the pauses of firms that have an open run."""
        waiting = frozenset(run.firm_id for run in runs if run.state is RunState.WAITING)
        firms, now = uow.firms.all(waiting) if waiting else [], self._clock.now()
        return {firm.firm_id: pause for firm in firms if (pause := firm.pause(now)) is not None}

    def _pieces(self, actor: Actor, run_id: int) -> Iterator[CaseResult]:
        after: str | None = None
        while True:
            with self._units_of_work(actor) as uow:
                piece = uow.runs.results(run_id, after=after, limit=_PIECE)
            yield from piece
            if len(piece) < _PIECE:
                return
            after = piece[-1].integration_id


def _at_rest(run: Run, pause: Pause | None) -> Run:
    """Return an open run of a paused firm with the pause as the reason why it rests."""
    if pause is None or run.state is not RunState.WAITING:
        return run
    return replace(run, reason=pause.reason, detail=str(pause))
