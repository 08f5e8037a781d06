"""Try the cases with a problem again now, instead of tonight."""

from core.actor import Actor, Power
from core.audit import AuditAction
from core.cursor import Window
from core.errors import ConfigurationError
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork
from core.run import Run, Trigger
from core.usecases.steps.begin_run import begin_run
from core.usecases.steps.connected import must_be_connected
from core.usecases.steps.known_firm import known_firm


class RetryProblems:
    """Starts a run over what had a problem, or joins the one under way, which takes them on at its end."""

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    def __call__(self, actor: Actor, firm_id: str) -> Run:
        """Return the run. Raises NotAllowedError, UnknownFirmError.

        NeedsPersonError for a firm that is not connected, ConfigurationError where no case has a problem.
        """
        actor.must(Power.CHANGE, firm_id)
        now = self._clock.now()
        with self._units_of_work(actor) as uow:
            firm = known_firm(uow, actor, firm_id)
            must_be_connected(firm)
            if not uow.problems.counts(firm_id):
                raise ConfigurationError(f"firm {firm_id!r}: no case has a problem", firm_id=firm_id)
            run, new = begin_run(uow, firm_id, Trigger.RETRY, Window(now, now))
            detail = {"run_id": run.run_id, "trigger": Trigger.RETRY.value, "new": new}
            uow.audit.record(actor, firm_id, AuditAction.SYNC_STARTED, detail)
            uow.commit()
        return run
