"""Give up rejected events: their bytes go, and why each was rejected stays."""

from collections.abc import Sequence

from core.actor import Actor, Power
from core.audit import AuditAction
from core.ports.unit_of_work import UnitsOfWork
from core.reason import Reason
from core.usecases.steps.known_rejected import must_be_rejected
from core.usecases.steps.written_reason import written_reason

BATCH = 1_000


class DiscardEvents:
    """Those of these numbers, or all of a reason that came up to one number; batch by batch."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(
        self,
        actor: Actor,
        why: str,
        event_ids: Sequence[int] | None,
        reason: Reason | None,
        newest: int | None,
    ) -> int:
        """Return how many were given up; such as were replayed or given up before are not among them.

        With `event_ids` these; without, those of `reason` with a number up to `newest` (None: any).
        Raises NotAllowedError unless `actor` may operate all firms, ConfigurationError without `why`, and
        UnknownThingError, nothing given up, for numbers that no rejected event has.
        """
        actor.must_everywhere(Power.OPERATE)
        why, number = written_reason(why), 0
        with self._units_of_work(actor) as uow:
            must_be_rejected(uow, event_ids or ())
        while True:
            with self._units_of_work(actor) as uow:
                gone = uow.inbox.discard(why, event_ids=event_ids, reason=reason, newest=newest, limit=BATCH)
                if not gone:
                    return number
                detail = {"events": len(gone), "from": min(gone), "to": max(gone), "why": why}
                if reason is not None:
                    detail["reason"] = reason.value
                uow.audit.record(actor, None, AuditAction.EVENTS_DISCARDED, detail)
                uow.commit()
            number += len(gone)
