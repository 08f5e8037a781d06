"""What the command line shows and replays. Nothing here returns message text."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.postgres.errors import translating
from adapters.postgres.pool import Pool
from adapters.postgres.session import Session
from core.delivery import DeliveryState

_REJECTED = """
select id, channel, reason, detail, size, body is not null, received_at, replayed_at
from rejected_events
where %(all)s or replayed_at is null
order by id desc
limit %(limit)s
"""
_BODIES = """
select id, channel, body
from rejected_events
where body is not null and id = any(%(ids)s)
order by id
"""
_MARK_REPLAYED = """
update rejected_events
set replayed_at = statement_timestamp()
where id = any(%(ids)s) and replayed_at is null
"""
_DELIVERIES = """
select delivery_id, firm_id, kind, subject_id, case_integration_id, state, attempts, occurred_at, created_at,
       run_at, delivered_at, reason, detail, note_id
from deliveries
where (%(firm_id)s::text is null or firm_id = %(firm_id)s)
  and (%(state)s::text is null or state = %(state)s)
  and (%(phase)s::text is null or phase = %(phase)s)
order by delivery_id desc
limit %(limit)s
"""
_PHASES = {
    DeliveryState.HELD: "held",
    DeliveryState.FAILED: "failed",
    DeliveryState.DELIVERED: "done",
}


@dataclass(frozen=True, slots=True)
class RejectedRow:
    """An event that was set aside. Times are UTC; one without a kept body cannot be replayed."""

    event_id: int
    channel: str
    reason: str
    detail: str
    size: int
    replayable: bool
    received_at: datetime
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RejectedBody:
    """The bytes of an event that was set aside."""

    event_id: int
    channel: str
    body: bytes

    def __repr__(self) -> str:
        return f"RejectedBody({self.event_id}, {len(self.body)} bytes)"


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """A delivery without its content. Times are UTC."""

    delivery_id: int
    firm_id: str
    kind: str
    subject_id: str
    case_integration_id: str
    state: str
    attempts: int
    occurred_at: datetime
    created_at: datetime
    run_at: datetime | None
    delivered_at: datetime | None
    reason: str | None
    detail: str | None
    note_id: str | None


def list_rejected(pool: Pool, *, limit: int = 50, replayed: bool = False) -> Sequence[RejectedRow]:
    """Return rejected events, newest first; with `replayed` also those that were replayed."""
    with translating(), pool.connection() as connection:
        rows = Session(connection).rows(_REJECTED, {"all": replayed, "limit": limit})
    return [RejectedRow(*row) for row in rows]


def rejected_bodies(pool: Pool, event_ids: Sequence[int]) -> Sequence[RejectedBody]:
    """Return the bodies of these rejected events, oldest first, as far as they were kept.

    Hand each to `ReceiveEvents`, then call `mark_replayed`: in this order a crash between the two repeats
    what changes nothing when repeated.
    """
    with translating(), pool.connection() as connection:
        rows = Session(connection).rows(_BODIES, {"ids": list(event_ids)})
    return [RejectedBody(event_id, channel, bytes(body)) for event_id, channel, body in rows]


def mark_replayed(pool: Pool, event_ids: Sequence[int]) -> int:
    """Remember that these rejected events were replayed. Returns how many had not been."""
    with translating(), pool.connection() as connection:
        return Session(connection).run(_MARK_REPLAYED, {"ids": list(event_ids)})


def list_deliveries(
    pool: Pool, *, firm_id: str | None = None, state: DeliveryState | None = None, limit: int = 50
) -> Sequence[DeliveryRow]:
    """Return deliveries, newest first, of one firm or state where given."""
    filters = {
        "firm_id": firm_id,
        "state": state.value if state else None,
        "phase": _PHASES.get(state, "open") if state else None,
        "limit": limit,
    }
    with translating(), pool.connection() as connection:
        rows = Session(connection).rows(_DELIVERIES, filters)
    return [DeliveryRow(*row) for row in rows]
