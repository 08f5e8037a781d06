"""A worker that stands still past its claim, wakes and writes: it cannot be prevented, but it is told."""

from datetime import timedelta

import pytest

from core.actor import ALL_FIRMS, SYSTEM
from core.clearance import Clearance
from core.delivery import Attempt, Delivery, DeliveryState
from core.firm import Firm
from core.issue import Issue, IssueKind
from core.usecases.deliver import Deliver
from core.usecases.steps.note_carrier import NoteCarrier
from tests.fakes.service import FakeService

LONG = timedelta(minutes=5)  # past the lease and the pause after a lost answer


class StandsStill(NoteCarrier):
    """Is stopped between its last check and the sending, and wakes when another has written."""

    def __init__(self, service: FakeService, *, other_goes_on: bool) -> None:
        super().__init__(service.smartadvocate, service.note_types)
        self._service = service
        self._other_goes_on = other_goes_on

    def write(self, firm: Firm, delivery: Delivery, clearance: Clearance) -> str:
        sleeper = self._service.lives("sleeper")
        sleeper.is_silent = True
        self._service.clock.advance(LONG)
        self._service.lives.look()
        sleeper.is_silent = False
        self._service.due_jobs.recover(SYSTEM)
        if self._other_goes_on:
            self._service.work()
            self._service.later(self._service.pace.settle)
        return super().write(firm, delivery, Clearance(clearance.not_after + 2 * LONG, lambda: True))


def deliver_with(service: FakeService, carrier: NoteCarrier) -> None:
    [job] = [row for row in service.jobs_published() if row.queue == "sync-messages"]
    Deliver(
        service.units_of_work,
        carrier,
        service.clock,
        life=service.lives("sleeper"),
        stopping=lambda: service.stopping,
        pace=service.pace,
        notices=service.notices,
    )(SYSTEM, int(job.body))


def issues(service: FakeService) -> list[Issue]:
    with service.units_of_work(SYSTEM) as uow:
        return [i for i in uow.issues.list_open(ALL_FIRMS) if i.kind == IssueKind.WRITTEN_TWICE]


@pytest.fixture
def service() -> FakeService:
    service = FakeService()
    service.with_firm(None, "300417")
    service.send("m-1", case_integration_id="300417")
    service.clock.advance(timedelta(seconds=5))
    service.due_jobs.recover(SYSTEM)
    return service


def test_the_second_note_opens_an_issue_with_both_ids_and_leaves_a_line(service: FakeService) -> None:
    deliver_with(service, StandsStill(service, other_goes_on=True))
    assert len(service.smartadvocate.marks("north", "300417")) == 2
    [row] = service.store.deliveries()
    [found] = service.notices.twice
    assert found.kept_id == row.stored_id
    assert found.stray_id not in {None, row.stored_id}
    [issue] = issues(service)
    assert found.kept_id in issue.message
    assert found.stray_id in issue.message
    assert "300417" in issue.message
    assert service.announced().count("message-synced") == 1


def test_it_is_known_too_where_the_other_writes_last(service: FakeService) -> None:
    """When the sleeper comes to record its note, the other has claimed the case and not written yet."""
    claims: list[Delivery] = []
    with service.lives("other").errand() as other:
        pass

    class TakenOver(StandsStill):
        def write(self, firm: Firm, delivery: Delivery, clearance: Clearance) -> str:
            stored_id = super().write(firm, delivery, clearance)
            with service.units_of_work(SYSTEM) as uow:
                [lane] = uow.deliveries.claim("north", self.kind, owner=other.owner, lanes=1, limit=1)
                claims.extend(lane.deliveries)
                uow.commit()
            return stored_id

    deliver_with(service, TakenOver(service, other_goes_on=False))
    assert service.announced().count("message-synced") == 0
    assert service.notices.twice == []
    written = Attempt(claims[0], DeliveryState.DELIVERED, service.clock.now(), stored_id="the other's")
    with service.units_of_work(SYSTEM) as uow:
        assert uow.deliveries.record(other.owner, [written]) == []
        uow.commit()
    service.due_jobs.recover(SYSTEM)
    service.due_jobs.recover(SYSTEM)
    [found] = service.notices.twice
    assert found.kept_id == "the other's"
    [issue] = issues(service)
    assert found.stray_id in issue.message


def test_what_is_adopted_is_no_second_one(service: FakeService) -> None:
    deliver_with(service, StandsStill(service, other_goes_on=False))
    for _ in range(5):
        service.clock.advance(LONG)
        service.due_jobs.recover(SYSTEM)
        service.work()
    assert len(service.smartadvocate.marks("north", "300417")) == 1
    assert service.notices.twice == []
    assert issues(service) == []
