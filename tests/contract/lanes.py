"""Short ways to speak to a store's deliveries."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from core.delivery import Attempt, Delivery, DeliveryState
from core.event import EventKind, UpstreamEvent
from core.firm import Firm
from core.ports.deliveries import Lane, NewDelivery
from core.reason import Reason
from tests.contract.stores import Store
from tests.fakes.samples import a_firm

MESSAGES = EventKind.MESSAGE_SENT
OWNER = "worker-1"


def save_firm(store: Store, firm: Firm | None = None) -> None:
    """Save a connected firm."""
    with store.unit_of_work() as uow:
        uow.firms.save(firm or a_firm())
        uow.commit()


def add(store: Store, *events: UpstreamEvent, hold: Reason | None = None) -> None:
    """Add deliveries in one transaction."""
    with store.unit_of_work() as uow:
        uow.deliveries.add([NewDelivery(event, hold) for event in events])
        uow.commit()


def due(store: Store, kind: EventKind = MESSAGES) -> list[str]:
    """Return the firms that are due, in order."""
    with store.unit_of_work() as uow:
        return sorted(uow.deliveries.firms_due(kind))


def claim(
    store: Store,
    owner: str = OWNER,
    *,
    firm_id: str = "north",
    kind: EventKind = MESSAGES,
    lanes: int = 10,
    limit: int = 10,
) -> Sequence[Lane]:
    """Claim and commit, in the name of a process that is called so."""
    name = store.owner(owner)
    with store.unit_of_work() as uow:
        claimed = uow.deliveries.claim(firm_id, kind, owner=name, lanes=lanes, limit=limit)
        uow.commit()
    return claimed


def record(store: Store, delivery: Delivery, state: DeliveryState, owner: str = OWNER, **fields: Any) -> None:
    """Record how an attempt ended, now."""
    ended_at: datetime = fields.pop("ended_at", None) or store.now()
    name = store.owner(owner)
    with store.unit_of_work() as uow:
        uow.deliveries.record(name, [Attempt(delivery, state, ended_at, **fields)])
        uow.commit()


def give_back(store: Store, owner: str = OWNER, cases: Sequence[str] = ("300417",)) -> None:
    """Release lanes."""
    name = store.owner(owner)
    with store.unit_of_work() as uow:
        uow.deliveries.release("north", MESSAGES, name, cases)
        uow.commit()


def take_back(store: Store, *owners: str) -> list[tuple[str, EventKind]]:
    """Take lanes back from processes that are gone, or from these owners, until there are none."""
    found: list[tuple[str, EventKind]] = []
    while True:
        with store.unit_of_work() as uow:
            taken = uow.deliveries.take_back(owners or None)
            uow.commit()
        if not taken:
            return found
        found += taken


def lose(store: Store, owner: str = OWNER) -> None:
    """Let the process be gone, and what it held be taken back."""
    store.lose(owner)
    take_back(store)


def subjects(lane: Lane) -> list[str]:
    """Return the subject ids of the lane's deliveries, in order."""
    return [delivery.subject_id for delivery in lane.deliveries]
