"""What the death of a process proves (ADR 97): of its claim one may still come, all others go out at once."""

from datetime import timedelta

import pytest

from core.actor import SYSTEM
from core.delivery import DeliveryState
from core.errors import TransientError
from core.process import HEARTBEAT
from core.usecases.deliver import Pace
from tests.fakes.faults import AfterStoring, Before, Fault, StoredLate
from tests.fakes.service import FakeService

CASES = ("100", "101", "102", "103", "104")
PACE = Pace(lanes=4, per_lane=3)
# The longest that a server may go on storing, and the worst for us: it begins with the call.
STILL_STORING = PACE.settle - timedelta(milliseconds=1)
STANDSTILLS = (5, 20, 60, 120)


class ProcessKilledError(BaseException):
    """Plays kill -9."""


def dying(service: FakeService, at: int, death: Fault) -> None:
    """Let a process claim ten messages to five cases, and die over the n-th note; then it is gone."""
    for number in range(2 * len(CASES)):
        service.send(f"m-{number}", minute=number, case_integration_id=CASES[number % len(CASES)])
    left = [at]

    def during(method: str) -> None:
        left[0] -= method == "insert_note"
        if method == "insert_note" and left[0] == 0:
            service.smartadvocate.faults.add("insert_note", death)

    service.smartadvocate.during = during
    [row] = service.jobs_published()
    with pytest.raises(ProcessKilledError):
        service.worker("doomed")(SYSTEM, int(row.body))
    service.smartadvocate.during = None
    service.lives("doomed").kill()
    service.clock.advance(HEARTBEAT.gone_after + timedelta(seconds=1))
    assert service.lives.look()


@pytest.fixture
def service() -> FakeService:
    service = FakeService(Pace(lanes=10, per_lane=5))
    service.with_firm(None, *CASES)
    return service


@pytest.mark.parametrize("at", range(1, 11))
def test_of_a_lost_claim_the_first_that_is_not_there_waits_and_all_others_go_out_at_once(
    service: FakeService, at: int
) -> None:
    dying(service, at, Before(ProcessKilledError()))
    reads = service.smartadvocate.calls["notes"]
    service.due_jobs.recover(SYSTEM)
    service.work()
    waiting = service.store.deliveries(DeliveryState.UNKNOWN)
    # In a lane the later one waits for the earlier one, as ever.
    assert {row.lane[2] for row in waiting} == {CASES[(at - 1) // 2]}
    assert len(service.store.deliveries(DeliveryState.DELIVERED)) == (9 if at % 2 == 0 else 8)
    assert service.smartadvocate.calls["notes"] - reads == at  # what was written, and the first that was not
    service.later(PACE.settle)
    assert len(service.store.deliveries(DeliveryState.DELIVERED)) == 10
    assert len(service.smartadvocate.inserted) == 10


@pytest.mark.parametrize("at", [1, 2, 5, 10])
def test_the_one_that_was_under_way_is_adopted_when_it_comes(service: FakeService, at: int) -> None:
    dying(service, at, StoredLate(after=STILL_STORING, error=ProcessKilledError()))
    service.due_jobs.recover(SYSTEM)
    service.work()
    service.later(PACE.settle)
    assert len(service.store.deliveries(DeliveryState.DELIVERED)) == 10
    assert len(service.smartadvocate.inserted) == 10
    assert len([row for row in service.store.deliveries() if row.adopted]) == at


def test_what_is_there_is_adopted_at_once(service: FakeService) -> None:
    dying(service, 7, AfterStoring(ProcessKilledError()))
    service.due_jobs.recover(SYSTEM)
    service.work()
    adopted = [row.subject_id for row in service.store.deliveries() if row.adopted]
    assert len(adopted) == 7
    assert len(service.smartadvocate.inserted) == 9  # the eighth is the first that is not there


def test_any_other_result_is_stored_before_the_next_call_begins(service: FakeService) -> None:
    service.send("m-1", case_integration_id="100")
    service.send("m-2", minute=1, case_integration_id="100")
    service.send("m-3", minute=2, case_integration_id="101")
    seen: list[dict[str, str]] = []
    service.smartadvocate.during = lambda method: (
        seen.append({row.subject_id: row.state for row in service.store.deliveries()})
        if method == "insert_note"
        else None
    )
    service.smartadvocate.faults.add("insert_note", Before(TransientError("busy")))
    service.work()
    sending, retrying, pending = DeliveryState.SENDING, DeliveryState.RETRYING, DeliveryState.PENDING
    assert seen == [
        {"m-1": sending, "m-2": sending, "m-3": sending},
        {"m-1": retrying, "m-2": pending, "m-3": sending},
    ]


def test_a_message_born_from_a_note_counts_as_there_and_hides_no_later_one(service: FakeService) -> None:
    """It leaves no mark, so it would else look as if the process had died before it."""
    service.send("m-1", case_integration_id="100", origin_note_id="77", direction="outbound")
    service.send("m-2", minute=1, case_integration_id="100")
    service.smartadvocate.faults.add(
        "insert_note", StoredLate(after=STILL_STORING, error=ProcessKilledError())
    )
    [row] = service.jobs_published()
    with pytest.raises(ProcessKilledError):
        service.worker("doomed")(SYSTEM, int(row.body))
    service.lives("doomed").kill()
    service.later(timedelta(seconds=16))
    assert [row.state for row in service.store.deliveries()] == [
        DeliveryState.DELIVERED,
        DeliveryState.UNKNOWN,
    ]
    service.later(PACE.settle)
    assert len(service.smartadvocate.inserted) == 1


def test_of_a_lost_claim_of_documents_one_waits_and_the_others_go_out_at_once(service: FakeService) -> None:
    service.pace = Pace(lanes=4, per_lane=1)
    for number, case in enumerate(CASES[:4]):
        service.upload(f"d-{number}", case_integration_id=case)
    documents = service.document_worker("doomed")
    service.smartadvocate.faults.add("upload_document", Before(ProcessKilledError()))
    service.clock.advance(timedelta(minutes=20))
    service.due_jobs.tick(SYSTEM)
    [row] = [row for row in service.jobs_published() if row.queue == "sync-documents"]
    documents._deliver._pace = service.pace
    with pytest.raises(ProcessKilledError):
        documents(SYSTEM, int(row.body))
    service.lives("doomed").kill()
    service.later(timedelta(seconds=16))
    states = [row.state for row in service.store.deliveries()]
    assert sorted(states) == [DeliveryState.DELIVERED] * 3 + [DeliveryState.UNKNOWN]
    service.later(PACE.settle)
    assert len(service.smartadvocate.uploaded) == 4
