"""How far a firm is on its way to where everything flows: one list for all doors."""

from collections.abc import Iterator

from core.actor import Actor, Power
from core.firm import ConnectionState, Firm
from core.go_live import Checklist, GoLiveItem, GoLiveStep, StepState
from core.issue import IssueKind
from core.permission import Grant
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.probe import ProbeKind
from core.run import RunState
from core.usecases.steps.known_firm import known_firm


class GoLive:
    """Answers from what is stored; asks SmartAdvocate nothing."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(self, actor: Actor, firm_id: str) -> Checklist:
        """Return every step with where it stands. Raises NotAllowedError, UnknownFirmError."""
        actor.must(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            firm = known_firm(uow, actor, firm_id)
            return Checklist(firm_id, [*_items(uow, firm)])


def _items(uow: UnitOfWork, firm: Firm) -> Iterator[GoLiveItem]:
    connected = firm.connection is ConnectionState.CONNECTED
    yield GoLiveItem(GoLiveStep.CONNECTED, StepState.DONE if connected else StepState.MISSING)
    yield _permissions(uow, firm)
    has_areas = bool(firm.practice_areas.areas) or not firm.mapping.practice_area.required
    yield GoLiveItem(GoLiveStep.PRACTICE_AREAS, StepState.DONE if has_areas else StepState.MISSING)
    newest = next(iter(uow.reports.probes(firm.firm_id, ProbeKind.VERIFICATION, 1)), None)
    verified = StepState.UNTRIED if newest is None else StepState.MISSING
    yield GoLiveItem(GoLiveStep.VERIFICATION, StepState.DONE if newest and newest.passed else verified)
    imported = _first_import(uow, firm)
    yield GoLiveItem(GoLiveStep.FIRST_IMPORT, imported)
    names = uow.problems.names(firm.firm_id)
    untold = StepState.UNTRIED if imported is not StepState.DONE else StepState.DONE
    yield GoLiveItem(
        GoLiveStep.NAMES,
        StepState.MISSING if names else untold,
        cases=sum(name.cases for name in names),
    )


def _permissions(uow: UnitOfWork, firm: Firm) -> GoLiveItem:
    probed = uow.reports.probes(firm.firm_id, ProbeKind.PERMISSIONS, 1)
    missing = {p["right"] for probe in probed for p in probe.document["permissions"]
               if p["grant"] == Grant.MISSING}  # fmt: skip
    open_issues = uow.issues.list_open(frozenset({firm.firm_id}), with_muted=True)
    missing |= {issue.key for issue in open_issues if issue.kind == IssueKind.ACCOUNT_RIGHT_MISSING}
    tried = StepState.DONE if probed else StepState.UNTRIED
    state = StepState.MISSING if missing else tried
    return GoLiveItem(GoLiveStep.PERMISSIONS, state, about=tuple(sorted(missing)))


def _first_import(uow: UnitOfWork, firm: Firm) -> StepState:
    if firm.first_synced_at is not None:
        return StepState.DONE
    newest = next(iter(uow.runs.list(frozenset({firm.firm_id}), 1)), None)
    under_way = newest is not None and newest.state is RunState.WAITING
    return StepState.UNDER_WAY if under_way else StepState.MISSING
