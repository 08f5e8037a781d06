"""A firm at a glance: what is true of it now, and the one thing to do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from core.actor import Actor, Power
from core.delivery import DeliveryState
from core.delivery_selection import Waiting
from core.firm import ConnectionState, Firm
from core.firm_view import ProblemGroup
from core.go_live import Checklist, GoLiveStep, StepState
from core.ports.unit_of_work import UnitsOfWork
from core.queries.go_live import GoLive
from core.queries.runs import RunQueries, RunView
from core.queries.show_connection import ShowConnection, Standing
from core.run import RunState
from core.usecases.steps.known_firm import known_firm


class NextStep(StrEnum):
    """What somebody of the firm does next; the first that applies."""

    CONNECT = "connect"
    RECONNECT = "reconnect"
    GRANT_RIGHTS = "grant_rights"
    SET_UP_STAGES = "set_up_stages"
    VERIFY = "verify"
    FIRST_IMPORT = "first_import"
    MEND = "mend"
    LOOK_AT_DELIVERIES = "look_at_deliveries"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Glance:
    """The last finished run and the one under way are two things; either may be missing.

    `waiting` is what is not delivered, `problems` the cases with a problem by cause: both the oldest first.
    """

    firm: Firm
    standing: Standing
    last: RunView | None
    under_way: RunView | None
    waiting: Sequence[Waiting]
    problems: Sequence[ProblemGroup]
    checklist: Checklist
    next_step: NextStep


class FirmHome:
    """Answers from what is stored; asks SmartAdvocate nothing."""

    def __init__(
        self, units_of_work: UnitsOfWork, show_connection: ShowConnection, go_live: GoLive, runs: RunQueries
    ) -> None:
        self._units_of_work = units_of_work
        self._show_connection = show_connection
        self._go_live = go_live
        self._runs = runs

    def __call__(self, actor: Actor, firm_id: str) -> Glance:
        """Look. Raises NotAllowedError, UnknownFirmError."""
        actor.must(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            firm = known_firm(uow, actor, firm_id)
            waiting = uow.deliveries.waiting(firm_id)
            problems = uow.problems.groups(firm_id, 50)
            under_way = uow.runs.open(firm_id)
            newest = uow.runs.list(frozenset({firm_id}), 5)
        ended = next((run for run in newest if run.state is not RunState.WAITING), None)
        checklist = self._go_live(actor, firm_id)
        return Glance(
            firm,
            self._show_connection(actor, firm_id),
            self._runs.view(actor, ended.run_id) if ended else None,
            self._runs.view(actor, under_way.run_id) if under_way else None,
            waiting,
            problems,
            checklist,
            _next_step(firm, checklist, problems, waiting),
        )


_STEPS = {
    GoLiveStep.PERMISSIONS: NextStep.GRANT_RIGHTS,
    GoLiveStep.PRACTICE_AREAS: NextStep.SET_UP_STAGES,
    GoLiveStep.VERIFICATION: NextStep.VERIFY,
    GoLiveStep.FIRST_IMPORT: NextStep.FIRST_IMPORT,
}


def _next_step(
    firm: Firm, checklist: Checklist, problems: Sequence[ProblemGroup], waiting: Sequence[Waiting]
) -> NextStep:
    if firm.connection is ConnectionState.RECONNECT_REQUIRED:
        return NextStep.RECONNECT
    if firm.connection is not ConnectionState.CONNECTED:
        return NextStep.CONNECT
    left = {item.step: item.state for item in checklist.left}
    missing = [step for step in _STEPS if left.get(step) is StepState.MISSING]
    if missing and missing[0] is GoLiveStep.PERMISSIONS:
        return NextStep.GRANT_RIGHTS
    if problems and firm.first_synced_at is not None:
        return NextStep.MEND
    open_steps = [step for step in _STEPS if left.get(step) in {StepState.MISSING, StepState.UNTRIED}]
    if open_steps:
        return _STEPS[open_steps[0]]
    stuck = {DeliveryState.HELD, DeliveryState.FAILED}
    is_stuck = any(waits.state in stuck for waits in waiting)
    return NextStep.LOOK_AT_DELIVERIES if is_stuck else NextStep.NOTHING
