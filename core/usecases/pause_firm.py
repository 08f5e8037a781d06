"""Stop a firm for a while: nothing is delivered to its SmartAdvocate, and nothing imported from it."""

from datetime import datetime, timedelta
from typing import Final

from core.actor import Actor, Power
from core.audit import AuditAction
from core.errors import ConfigurationError
from core.pause import Pause
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork
from core.usecases.steps.known_firm import known_firm
from core.usecases.steps.on_the_move import must_not_be_on_the_move
from core.usecases.steps.written_reason import written_reason

LONGEST: Final = timedelta(days=30)


class PauseFirm:
    """What came in waits, and flows again when the pause ends by itself or `ResumeFirm` lifts it.

    A call that is under way ends as it would have. A new pause takes the place of the one before.
    """

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    def __call__(self, actor: Actor, firm_id: str, until: datetime, why: str) -> Pause:
        """Pause it until then (UTC). Raises NotAllowedError but for operators and implementation managers.

        Raises UnknownFirmError, FirmMovedError; ConfigurationError without a reason, and for an end that is
        past or further off than LONGEST.
        """
        actor.must(Power.OPERATE, firm_id)
        why, now = written_reason(why), self._clock.now()
        if not now < until <= now + LONGEST:
            raise ConfigurationError(
                f"a pause ends between now and {LONGEST.days} days from now, and not at "
                f"{until:%Y-%m-%d %H:%M} UTC",
                firm_id=firm_id,
                limit=f"{LONGEST.days} days",
            )
        with self._units_of_work(actor) as uow:
            known_firm(uow, actor, firm_id)
            must_not_be_on_the_move(uow, firm_id)
            uow.firms.pause_by_hand(firm_id, until, actor.name, why)
            detail = {"until": until.isoformat(), "why": why}
            uow.audit.record(actor, firm_id, AuditAction.FIRM_PAUSED, detail)
            uow.commit()
        return Pause(until, by=actor.name, why=why)
