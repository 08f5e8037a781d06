"""Runs of the case sync: how far each has come, and what it did with every case."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from core.actor import Actor, Power
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork
from core.progress import Progress, progress_of
from core.run import CaseResult, Run
from core.usecases.steps.known_firm import must_be_known
from core.usecases.steps.known_run import known_run

_PIECE: Final = 2_000  # result rows read at a time: a run may have hundreds of thousands


@dataclass(frozen=True, slots=True)
class RunView:
    """A run, its number of cases by outcome (and by `skipped:<reason>`), and how far it has come."""

    run: Run
    counts: Mapping[str, int]
    progress: Progress


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
            return uow.runs.list(firms, limit)

    def view(self, actor: Actor, run_id: int) -> RunView:
        """Return one run as it stands. Raises UnknownThingError."""
        with self._units_of_work(actor) as uow:
            run = known_run(uow, actor, run_id, Power.LOOK)
            counts = dict(uow.runs.counts(run_id))
        cases = sum(number for outcome, number in counts.items() if ":" not in outcome)
        return RunView(run, counts, progress_of(run, cases, self._clock.now()))

    def results(self, actor: Actor, run_id: int) -> Iterator[CaseResult]:
        """Return a row a case, by integration id, read piece by piece. Raises UnknownThingError at once."""
        with self._units_of_work(actor) as uow:
            known_run(uow, actor, run_id, Power.LOOK)
        return self._pieces(actor, run_id)

    def _pieces(self, actor: Actor, run_id: int) -> Iterator[CaseResult]:
        after: str | None = None
        while True:
            with self._units_of_work(actor) as uow:
                piece = uow.runs.results(run_id, after=after, limit=_PIECE)
            yield from piece
            if len(piece) < _PIECE:
                return
            after = piece[-1].integration_id
