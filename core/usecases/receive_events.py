"""Record upstream events, each once, together with the delivery it causes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.actor import Actor, Power
from core.errors import CasebridgeError, FieldFault, InvalidEventError, UnexpectedError
from core.event import MAX_EVENT_BYTES, EventKind, UpstreamEvent, parse_event
from core.foreign import foreign_errors_told, is_an_end, unexpected
from core.issue import IssueKind
from core.move import moved
from core.ports.clock import Clock
from core.ports.deliveries import NewDelivery
from core.ports.inbox import Recorded, RejectedEvent
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.reason import Reason
from core.schedule import JobName


@dataclass(frozen=True, slots=True)
class Incoming:
    """Bytes that came in over `channel` (a queue's name, or "http"). `expected` is the kind it promises.

    `fault` is what is wrong with how the event was sent, where its door could make no event of it.
    """

    channel: str
    body: bytes
    expected: EventKind | None = None
    fault: FieldFault | None = None

    def __repr__(self) -> str:
        return f"Incoming({self.channel!r}, {len(self.body)} bytes)"


class Receipt(StrEnum):
    """What became of an incoming event. All are settled: none is to be sent again as it is."""

    RECORDED = "recorded"
    VALID = "valid"  # it was only to be judged
    REPEATED = "repeated"
    CONTRADICTS = "contradicts"
    REJECTED = "rejected"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The receipt of one event; `reason` and `detail` for one that was set aside, its ids for the others.

    `faults` are all the fields that are wrong. `kept` is False for a rejected event too large to store:
    whoever brought it must keep it.
    """

    receipt: Receipt
    reason: Reason | None = None
    detail: str | None = None
    event: UpstreamEvent | None = None
    kept: bool = True
    faults: tuple[FieldFault, ...] = ()


class ReceiveEvents:
    """Records a batch in one transaction: an event is in the inbox exactly when its delivery exists."""

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    def __call__(self, actor: Actor, batch: Sequence[Incoming]) -> list[Verdict]:
        """Return a verdict an event, in order.

        An event for a firm that the actor does not reach is refused, and kept without its body. Raises
        NotAllowedError for an actor that may hand in none, TransientError when nothing could be recorded.
        """
        actor.must_anywhere(Power.SEND_EVENTS)
        now = self._clock.now()
        parsed = [_judge(actor, incoming, now) for incoming in batch]  # reading needs no transaction
        try:
            return self._received(actor, batch, parsed)
        except CasebridgeError:
            raise
        except BaseException as error:  # one event's defect holds up no other event
            if is_an_end(error):
                raise
            if len(batch) == 1:
                return [self._kept(actor, batch[0], unexpected(error, "its recording"))]
        return [verdict for incoming in batch for verdict in self(actor, [incoming])]

    def check(self, actor: Actor, batch: Sequence[Incoming]) -> list[Verdict]:
        """Return what would become of the events, as far as they themselves tell; none is taken or kept.

        VALID stands for one that meets the contract, whether it is known already or not. It is for who may
        hand in events, and for operators, who are asked why one was rejected. Raises NotAllowedError.
        """
        actor.must_anywhere((Power.SEND_EVENTS, Power.OPERATE))
        now = self._clock.now()
        judged = [_judge(actor, incoming, now) for incoming in batch]
        return [
            _set_aside(found) if isinstance(found, _Rejected) else Verdict(Receipt.VALID, event=found)
            for found in judged
        ]

    def _received(
        self, actor: Actor, bodies: Sequence[Incoming], parsed: "Sequence[UpstreamEvent | _Rejected]"
    ) -> list[Verdict]:
        with self._units_of_work(actor) as uow:
            parsed = _without_moved(uow, bodies, parsed)
            verdicts = _record(uow, parsed)
            rejected = [p.event for p in parsed if isinstance(p, _Rejected)]
            if rejected:
                uow.inbox.set_aside(rejected)
            uow.commit()
            # Apart, for its locks. A crash in between: the event was not acknowledged and comes again.
            if repeats := [v.event for v in verdicts if v.event and _may_refresh(v)]:
                uow.deliveries.refresh_content(repeats)
                uow.commit()
        return verdicts

    def _kept(self, actor: Actor, incoming: Incoming, error: UnexpectedError) -> Verdict:
        """Set one event aside that could not be recorded: the others of its batch are."""
        rejected = _rejected(incoming, error)
        with foreign_errors_told("the keeping of an event"), self._units_of_work(actor) as uow:
            uow.inbox.set_aside([rejected.event])
            uow.commit()
        return _set_aside(rejected)

    def again(self, actor: Actor, uow: UnitOfWork, batch: Sequence[Incoming], now: datetime) -> list[Verdict]:
        """Judge events that are set aside already, in the caller's transaction; nothing is set aside anew.

        `now` (UTC) is the store's time. Raises NotAllowedError.
        """
        actor.must_everywhere(Power.OPERATE)
        judged = [_judge(actor, incoming, now) for incoming in batch]
        return _record(uow, _without_moved(uow, batch, judged))


_RECEIPTS = {
    Recorded.NEW: Receipt.RECORDED,
    Recorded.REPEATED: Receipt.REPEATED,
    Recorded.CONTRADICTS: Receipt.CONTRADICTS,
}


@dataclass(frozen=True, slots=True)
class _Rejected:
    """An event to be set aside, and what is wrong with its fields."""

    event: RejectedEvent
    faults: tuple[FieldFault, ...] = ()


def _set_aside(rejected: _Rejected) -> Verdict:
    event = rejected.event
    if event.reason == Reason.FIRM_NOT_ALLOWED:
        return Verdict(Receipt.REFUSED, event.reason, event.detail)
    kept = event.body is not None
    return Verdict(Receipt.REJECTED, event.reason, event.detail, kept=kept, faults=rejected.faults)


def _judge(actor: Actor, incoming: Incoming, now: datetime) -> UpstreamEvent | _Rejected:
    size = len(incoming.body)
    try:
        if incoming.fault is not None:
            raise InvalidEventError.of([incoming.fault])  # noqa: TRY301 - as any other fault
        event = parse_event(incoming.body, expected=incoming.expected, now=now)
        if actor.reaches(event.firm_id):
            return event
        # Its body is another firm's: who may look at this one must not read it.
        detail = f"{actor.name} may not send events of firm {event.firm_id!r}"
        return _Rejected(RejectedEvent(incoming.channel, Reason.FIRM_NOT_ALLOWED, detail, size, None))
    except InvalidEventError as error:
        return _rejected(incoming, error, error.faults)
    except BaseException as error:  # one event's defect holds up no other event
        if is_an_end(error):
            raise
        return _rejected(incoming, unexpected(error, "the reading of the event"))


def _rejected(incoming: Incoming, error: CasebridgeError, faults: tuple[FieldFault, ...] = ()) -> _Rejected:
    size = len(incoming.body)
    body = incoming.body if size <= MAX_EVENT_BYTES else None
    return _Rejected(RejectedEvent(incoming.channel, error.reason, str(error), size, body), faults)


def _without_moved(
    uow: UnitOfWork, batch: Sequence[Incoming], parsed: Sequence[UpstreamEvent | _Rejected]
) -> list[UpstreamEvent | _Rejected]:
    """Set aside, with all they hold, the events of firms that live in another cell or are on their way.

    In the transaction that takes the others in: a firm's move waits for it (`core.ports.moves`).
    """
    firms = {event.firm_id for event in parsed if isinstance(event, UpstreamEvent)}
    away = uow.moves.away(firms) if firms else frozenset()
    return [
        _rejected(incoming, moved(event.firm_id))
        if isinstance(event, UpstreamEvent) and event.firm_id in away
        else event
        for incoming, event in zip(batch, parsed, strict=True)
    ]


def _record(uow: UnitOfWork, parsed: Sequence[UpstreamEvent | _Rejected]) -> list[Verdict]:
    events = [p for p in parsed if isinstance(p, UpstreamEvent)]
    recorded = iter(uow.inbox.record(events) if events else ())
    verdicts = [
        Verdict(Receipt(_RECEIPTS[next(recorded)]), event=p)
        if isinstance(p, UpstreamEvent)
        else _set_aside(p)
        for p in parsed
    ]
    new = [v.event for v in verdicts if v.receipt is Receipt.RECORDED and v.event]
    if new:
        _deliver(uow, new)
    for verdict in verdicts:
        if verdict.receipt is Receipt.CONTRADICTS and verdict.event:
            _report_contradiction(uow, verdict.event)
    return verdicts


def _may_refresh(verdict: Verdict) -> bool:
    """A document that is known already may come with a fresh address: the one thing a repetition changes."""
    is_document = verdict.event is not None and verdict.event.kind is EventKind.DOCUMENT_UPLOADED
    return verdict.receipt is Receipt.REPEATED and is_document


def _deliver(uow: UnitOfWork, events: Sequence[UpstreamEvent]) -> None:
    """Add deliveries, and wake the firms that deliver at once.

    They are held where the firm is not known, and wait for the import of their case where that is not.
    """
    firms = uow.firms.known(sorted({event.firm_id for event in events}))
    cases = uow.cases.existing({(event.firm_id, event.case_integration_id) for event in events})
    strangers = {event.firm_id for event in events} - firms.keys()
    said = {firm_id: _firm_unknown(firm_id, uow.firms.alike(firm_id)) for firm_id in sorted(strangers)}
    items = [NewDelivery(event, _hold(event, firms, cases), said.get(event.firm_id)) for event in events]
    uow.deliveries.add(items)
    awake = {
        item.event.firm_id
        for item in items
        if item.hold is None and item.event.kind is EventKind.MESSAGE_SENT and firms[item.event.firm_id]
    }
    if awake:
        uow.jobs.enqueue(JobName.SYNC_MESSAGES, sorted(awake))
    strange = {item.event.firm_id for item in items if item.hold is Reason.CASE_BEING_IMPORTED}
    if strange:
        uow.jobs.enqueue(JobName.IMPORT_CASES, sorted(strange))


def _firm_unknown(firm_id: str, alike: Sequence[str]) -> str:
    """Say which firms are almost called so. What comes goes to none of them by itself.

    Two firms may differ in letter case alone, and each has its clients' secrets.
    """
    said = f"the event names firm {firm_id!r}"
    return f"{said}; here it is spelt {', '.join(map(repr, alike))}" if alike else said


def _hold(event: UpstreamEvent, firms: dict[str, bool], cases: set[tuple[str, str]]) -> Reason | None:
    if event.firm_id not in firms:
        return Reason.FIRM_UNKNOWN
    if (event.firm_id, event.case_integration_id) not in cases:
        return Reason.CASE_BEING_IMPORTED
    return None


def _report_contradiction(uow: UnitOfWork, event: UpstreamEvent) -> None:
    uow.issues.open(
        event.firm_id,
        IssueKind.CONTRADICTING_EVENT,
        f"{event.kind}:{event.subject_id}",
        f"a second {event.kind} event for {event.subject_id} has other content than the first; "
        "the first stands",
    )
