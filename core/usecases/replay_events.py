"""Judge rejected events again, from the bytes that were kept: the sender or the rules may have been wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from core.actor import Actor, Power
from core.audit import AuditAction
from core.event import EventKind
from core.ports.clock import Clock
from core.ports.inbox import RejectedBody
from core.ports.unit_of_work import UnitsOfWork
from core.reason import Reason
from core.usecases.receive_events import Incoming, Receipt, ReceiveEvents
from core.usecases.steps.known_rejected import must_be_rejected

BATCH = 100


@dataclass(slots=True)
class ReplayedEvents:
    """What became of them: accepted (also those that were known already), and still rejected.

    `impossible` were asked for by number and cannot be judged: their body was not kept, or is gone, or they
    were replayed before.
    """

    accepted: int = 0
    rejected: int = 0
    reasons: dict[Reason, int] = field(default_factory=dict)
    impossible: list[int] = field(default_factory=list)


class ReplayEvents:
    """Batch by batch; a repetition after a crash meets events that are known and changes nothing."""

    def __init__(self, units_of_work: UnitsOfWork, receive: ReceiveEvents, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._receive = receive
        self._clock = clock

    def __call__(
        self,
        actor: Actor,
        event_ids: Sequence[int] | None = None,
        reason: Reason | None = None,
        newest: int | None = None,
    ) -> ReplayedEvents:
        """Judge these again, or all: with `reason` and `newest` all of such, up to that number.

        Raises NotAllowedError unless `actor` is an implementation manager of all firms.
        Raises UnknownThingError, nothing judged, for numbers that no rejected event has.
        """
        actor.must_everywhere(Power.OPERATE)
        with self._units_of_work(actor) as uow:
            must_be_rejected(uow, event_ids or ())
        outcome, after = ReplayedEvents(impossible=sorted(set(event_ids or ()))), 0
        while True:
            now = self._clock.now()
            with self._units_of_work(actor) as uow:
                bodies = uow.inbox.replayable(
                    after=after, limit=BATCH, event_ids=event_ids, reason=reason, newest=newest
                )
                if not bodies:
                    return outcome
                after = bodies[-1].event_id
                verdicts = self._receive.again(actor, uow, [_incoming(body) for body in bodies], now)
                ids = [body.event_id for body in bodies]
                outcome.impossible = [event_id for event_id in outcome.impossible if event_id not in ids]
                for body, verdict in zip(bodies, verdicts, strict=True):
                    if verdict.receipt is Receipt.REJECTED:
                        why = verdict.reason or Reason.INVALID_EVENT
                        uow.inbox.explain(body.event_id, why, verdict.detail or why)
                        outcome.rejected += 1
                        outcome.reasons[why] = outcome.reasons.get(why, 0) + 1
                    else:
                        uow.inbox.mark_replayed(body.event_id)
                        outcome.accepted += 1
                uow.audit.record(actor, None, AuditAction.EVENTS_REPLAYED, {"events": ids})
                uow.commit()


def _incoming(body: RejectedBody) -> Incoming:
    # What came through a queue must still be of that queue's kind.
    expected = EventKind(body.channel) if body.channel in tuple(EventKind) else None
    return Incoming(body.channel, body.body, expected)
