"""Start a run of the case sync by hand."""

from core.actor import GOES_ON, Actor, Power
from core.audit import AuditAction
from core.firm import Firm
from core.letter import is_mail_address
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork
from core.run import Run, Trigger
from core.usecases.steps.begin_run import begin_run
from core.usecases.steps.connected import must_be_connected
from core.usecases.steps.known_firm import known_firm
from core.window import window_for


class StartSync:
    """Starts a run, or joins the one that is under way: two runs of one firm never double.

    Where the one under way looks at fewer cases than asked for, the new one waits and follows it. Who signed
    in by e-mail address gets the result as a letter (Case Status sheet, section 6).
    """

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    def __call__(self, actor: Actor, firm: Firm, trigger: Trigger = Trigger.MANUAL) -> tuple[Run, bool]:
        """Return the run and whether it is new; its window is ten years for a first run or a reset.

        A run that is not new and has `then` set is followed by the one asked for. Raises NotAllowedError for
        a reset by anybody but an implementation manager, UnknownFirmError, and NeedsPersonError for a firm
        that is not connected: its run could read nothing.
        """
        reset = trigger is Trigger.RESET
        actor.must(Power.MANAGE if reset else GOES_ON, firm.firm_id)
        now = self._clock.now()
        with self._units_of_work(actor) as uow:
            firm = known_firm(uow, actor, firm.firm_id)
            must_be_connected(firm)
            if reset:
                uow.firms.forget_first_sync(firm.firm_id)
            first = reset or firm.first_synced_at is None
            run, new = begin_run(uow, firm.firm_id, trigger, window_for(now, first=first))
            if not actor.is_system:
                detail = {"run_id": run.run_id, "trigger": trigger.value, "new": new}
                uow.audit.record(actor, firm.firm_id, AuditAction.SYNC_STARTED, detail)
                if is_mail_address(actor.name):
                    uow.letters.tell_when_ended(run.run_id, firm.firm_id, actor.name)
            uow.commit()
        return run, new
