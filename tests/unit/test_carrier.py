"""The engine of deliveries works for any carrier: kind, hold and announcement of its own."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from core.actor import SYSTEM
from core.announcement import Announcement, AnnouncementKind
from core.clearance import Clearance
from core.delivery import Attempt, Delivery, DeliveryState
from core.errors import NeedsPersonError
from core.event import EventKind
from core.firm import Firm
from core.ports.deliveries import NewDelivery
from core.reason import Reason
from core.schedule import JobName
from core.usecases.deliver import Deliver, Pace
from tests.fakes.samples import a_document
from tests.fakes.service import FakeService

STALE = Reason.DOCUMENT_URL_EXPIRED


class Shelf:
    """Keeps what it is given; what is in `stale` it cannot fetch."""

    kind = EventKind.DOCUMENT_UPLOADED
    noun = "document"

    def __init__(self) -> None:
        self.stored: list[str] = []
        self.stale: set[str] = set()

    def write(
        self,
        firm: Firm,
        delivery: Delivery,
        clearance: Clearance,
    ) -> str:
        if delivery.subject_id in self.stale:
            raise NeedsPersonError(f"the link to {delivery.subject_id} has expired", reason=STALE)
        self.stored.append(delivery.subject_id)
        return f"document-{len(self.stored)}"

    def find(
        self,
        firm: Firm,
        deliveries: Sequence[Delivery],
    ) -> Mapping[int, str]:
        return {
            delivery.delivery_id: f"document-{self.stored.index(delivery.subject_id) + 1}"
            for delivery in deliveries
            if delivery.subject_id in self.stored
        }

    def announcements(self, attempt: Attempt) -> Sequence[Announcement]:
        if attempt.reason != STALE:
            return ()
        return (Announcement(AnnouncementKind.DELIVERY_FAILED, attempt.delivery.firm_id),)


def work(service: FakeService, shelf: Shelf) -> None:
    deliver = Deliver(
        service.store.unit_of_work,
        shelf,
        service.clock,
        life=service.lives("w"),
        stopping=lambda: False,
        pace=Pace(lanes=1, per_lane=1),
        notices=service.notices,
    )
    while rows := service.jobs_published():
        for row in rows:
            assert row.queue == JobName.SYNC_DOCUMENTS
            deliver(SYSTEM, int(row.body))


def test_a_carrier_holds_under_a_reason_and_with_an_announcement_of_its_own() -> None:
    service, shelf = FakeService(), Shelf()
    firm = service.with_firm(None, "300417")
    with service.store.unit_of_work() as uow:
        uow.deliveries.add([NewDelivery(a_document(f"d-{n}")) for n in range(3)])
        uow.commit()
    shelf.stale.add("d-1")
    service.clock.advance(timedelta(seconds=5))
    service.due_jobs.recover(SYSTEM)
    work(service, shelf)
    states = {row.subject_id: (row.state, row.reason) for row in service.store.deliveries()}
    assert states == {
        "d-0": (DeliveryState.DELIVERED, None),
        "d-1": (DeliveryState.HELD, STALE),
        "d-2": (DeliveryState.DELIVERED, None),
    }
    assert service.announced().count("delivery-failed") == 1

    shelf.stale.clear()
    with service.store.unit_of_work() as uow:
        assert uow.deliveries.release_holds(firm.firm_id, [STALE]) == 1
        uow.commit()
    service.due_jobs.recover(SYSTEM)
    work(service, shelf)
    assert shelf.stored == ["d-0", "d-2", "d-1"]
