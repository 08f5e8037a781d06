"""Messages become notes: in order, each exactly once."""

import gc
import weakref
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.actor import SYSTEM
from core.credentials import PasswordCredentials
from core.delivery import DeliveryState
from core.errors import (
    AnswerLostError,
    CasebridgeError,
    PermissionMissingError,
    RateLimitedError,
    RejectedBySmartAdvocateError,
    TransientError,
)
from core.firm import ConnectionState, Firm
from core.message import LATE, NOTE_SUBJECT, Note, reference_mark
from core.process import HEARTBEAT
from tests.fakes.faults import AfterStoring, Before, Fault, StoredLate
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService


@pytest.fixture
def service() -> FakeService:
    service = FakeService()
    service.with_firm(None, "300417", "300418")
    return service


class WorkerKilledError(BaseException):
    """Plays kill -9: nothing after it runs but what the test does."""


def kill_during(service: FakeService, *faults: Before | AfterStoring) -> None:
    """Let a worker die at its next insert, taking its claims with it."""
    service.smartadvocate.faults.add("insert_note", *faults)
    [row] = service.jobs_published()
    worker = service.worker("doomed")
    worker._store = lambda *_: None  # type: ignore[method-assign]  # replaced for this one test
    with pytest.raises(WorkerKilledError):
        worker(SYSTEM, int(row.body))
    service.lives("doomed").kill()


def states(service: FakeService) -> list[DeliveryState]:
    return [row.state for row in service.store.deliveries()]


def texts(service: FakeService) -> list[str]:
    return [draft.text for _, _, draft in service.smartadvocate.inserted]


def marks(service: FakeService) -> list[str]:
    return [draft.mark for _, _, draft in service.smartadvocate.inserted]


def arrive(service: FakeService, message_id: str, minute: int) -> None:
    """Let a message come, and a worker do what can be done at once."""
    service.send(message_id, minute=minute)
    service.work()


def test_a_message_becomes_one_note_with_the_subject_the_walkthrough_names(service: FakeService) -> None:
    service.send("m-1")
    service.work()
    [(firm, case, draft)] = service.smartadvocate.inserted
    assert (firm, case, draft.subject) == ("north", "300417", NOTE_SUBJECT)
    assert "Inbound" in draft.text
    assert states(service) == [DeliveryState.DELIVERED]
    assert "message-synced" in service.announced()


def test_messages_of_a_case_arrive_in_the_order_they_were_sent(service: FakeService) -> None:
    for minute in (5, 1, 3):
        service.send(f"m-{minute}", minute=minute, text=f"text {minute}")
    service.work()
    assert [text.split("text ")[1][0] for text in texts(service)] == ["1", "3", "5"]


def test_a_late_arrival_is_delivered_at_once_and_says_that_it_is_late(service: FakeService) -> None:
    service.send("m-2", minute=2)
    service.work()
    service.send("m-1", minute=1)
    service.send("m-3", minute=3)
    service.work()
    assert [LATE in text for text in texts(service)] == [False, True, False]
    assert [(row.subject_id, row.late) for row in service.store.deliveries()] == [
        ("m-1", True),
        ("m-2", False),
        ("m-3", False),
    ]


class LargeAnswer:
    """Read on the way on which an error came."""


@pytest.mark.parametrize("error", [AnswerLostError, TransientError, RejectedBySmartAdvocateError])
def test_what_failed_keeps_no_answer_in_memory(
    service: FakeService, error: type[CasebridgeError], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[weakref.ref[LargeAnswer]] = []

    def fail(*_: object, **_named: object) -> str:
        answer = LargeAnswer()
        answers.append(weakref.ref(answer))
        raise error("it cannot be read")

    monkeypatch.setattr(service.smartadvocate, "insert_note", fail)
    monkeypatch.setattr(service.smartadvocate, "notes", fail)
    service.send("m-1")
    gc.disable()
    try:
        service.work()
        assert [answer() for answer in answers] == [None] * len(answers)
    finally:
        gc.enable()
    assert answers


def test_a_message_is_late_as_well_after_a_newer_one_whose_answer_was_lost(service: FakeService) -> None:
    """The newer one is found when the older one looks for it; its own delivery learns so later."""
    service.smartadvocate.faults.add("insert_note", AfterStoring())
    service.smartadvocate.faults.add("notes", Before(TransientError("busy")))
    arrive(service, "m-2", minute=2)
    assert states(service) == [DeliveryState.UNKNOWN]
    arrive(service, "m-1", minute=1)  # at once, without waiting for the newer one
    assert [LATE in text for text in texts(service)] == [False, True]
    service.later(timedelta(seconds=50))
    assert [(row.subject_id, row.state, row.late) for row in service.store.deliveries()] == [
        ("m-1", DeliveryState.DELIVERED, True),
        ("m-2", DeliveryState.DELIVERED, False),
    ]
    assert len(service.smartadvocate.inserted) == 2


def test_a_message_is_not_late_after_a_newer_one_that_did_not_arrive(service: FakeService) -> None:
    service.smartadvocate.faults.add("insert_note", Before(AnswerLostError("reset")))
    arrive(service, "m-2", minute=2)
    arrive(service, "m-1", minute=1)
    assert marks(service) == [reference_mark("north", "m-1")]
    service.later(timedelta(seconds=50))
    assert [LATE in text for text in texts(service)] == [False, False]
    assert states(service) == [DeliveryState.DELIVERED] * 2


def test_an_older_message_waits_where_it_cannot_be_told_whether_a_newer_one_went_out(
    service: FakeService,
) -> None:
    service.smartadvocate.faults.add("insert_note", AfterStoring())
    service.smartadvocate.faults.add("notes", *[Before(TransientError("busy"))] * 2)
    arrive(service, "m-2", minute=2)
    arrive(service, "m-1", minute=1)
    assert states(service) == [DeliveryState.RETRYING, DeliveryState.UNKNOWN]
    service.later(timedelta(seconds=6))
    assert [LATE in text for text in texts(service)] == [False, True]


def test_an_older_message_does_not_wait_for_a_newer_one_that_is_tried_again_or_held(
    service: FakeService,
) -> None:
    service.smartadvocate.faults.add("insert_note", Before(TransientError("busy")))
    arrive(service, "m-3", minute=3)
    arrive(service, "m-2", minute=2)
    assert marks(service) == [reference_mark("north", "m-2")]
    deny(service, times=1)
    service.later(timedelta(seconds=6))
    assert states(service) == [DeliveryState.DELIVERED, DeliveryState.HELD]
    arrive(service, "m-1", minute=1)
    assert [LATE in text for text in texts(service)] == [False, True]  # m-2 is newer, and there


def test_every_attempt_is_in_the_timeline_with_the_servers_answer(service: FakeService) -> None:
    busy = TransientError("SmartAdvocate answered 503 (busy)")
    busy.status = 503
    service.smartadvocate.faults.add("insert_note", Before(busy))
    service.send("m-1")
    service.work()
    service.later(timedelta(seconds=6))
    [row] = service.store.deliveries()
    with service.store.unit_of_work() as uow:
        first, second = uow.deliveries.timeline(row.delivery_id)
    assert (first.outcome, first.status, first.detail) == ("retrying", 503, str(busy))
    assert (second.outcome, second.took_ms) == ("delivered", 0)


def test_a_retrying_message_holds_back_only_its_own_case(service: FakeService) -> None:
    service.smartadvocate.faults.add("insert_note", Before(TransientError("busy")))
    service.send("m-1", minute=1)
    service.send("m-2", minute=2)
    service.send("other", case_integration_id="300418")
    service.work()
    assert [case for _, case, _ in service.smartadvocate.inserted] == ["300418"]
    service.later(timedelta(seconds=6))
    assert [case for _, case, _ in service.smartadvocate.inserted] == ["300418", "300417", "300417"]


def test_a_failed_message_does_not_hold_back_the_next_one(service: FakeService) -> None:
    service.smartadvocate.faults.add("insert_note", Before(RejectedBySmartAdvocateError("no")))
    service.send("m-1", minute=1)
    service.send("m-2", minute=2)
    service.work()
    assert states(service) == [DeliveryState.FAILED, DeliveryState.DELIVERED]
    assert "delivery-failed" in service.announced()


def test_a_missing_permission_holds_the_message_and_opens_one_issue(service: FakeService) -> None:
    refused = PermissionMissingError("the account may not insert notes")
    service.smartadvocate.faults.add("insert_note", Before(refused), Before(refused))
    service.send("m-1")
    service.send("m-2", case_integration_id="300418")
    service.work()
    assert states(service) == [DeliveryState.HELD, DeliveryState.HELD]
    with service.store.unit_of_work() as uow:
        [issue] = uow.issues.list_open(frozenset({"north"}))
    assert (issue.kind, issue.times) == ("delivery_held", 2)


def test_a_lost_answer_to_a_stored_note_is_adopted_and_not_repeated(service: FakeService) -> None:
    service.smartadvocate.faults.add("insert_note", AfterStoring())
    service.send("m-1")
    service.work()
    assert states(service) == [DeliveryState.DELIVERED]
    assert len(service.smartadvocate.inserted) == 1


@pytest.mark.parametrize("fault", [AfterStoring(), StoredLate(reads=1)])
def test_a_note_that_is_there_without_an_id_that_can_be_read_is_not_written_again(
    service: FakeService, fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = service.smartadvocate.notes

    def nameless(firm: Firm, case: str) -> list[Note]:
        return [replace(note, note_id="") for note in read(firm, case)]

    monkeypatch.setattr(service.smartadvocate, "notes", nameless)
    service.smartadvocate.faults.add("insert_note", fault)
    service.send("m-1")
    service.work()
    for _ in range(3):
        service.later(timedelta(seconds=50))
    assert states(service) == [DeliveryState.DELIVERED]
    assert len(service.smartadvocate.inserted) == 1


def test_a_note_that_is_stored_only_after_the_answer_was_lost_is_found_later(service: FakeService) -> None:
    service.smartadvocate.faults.add("insert_note", StoredLate(reads=1))
    service.send("m-1")
    service.work()
    assert states(service) == [DeliveryState.UNKNOWN]
    service.later(timedelta(seconds=50))
    assert states(service) == [DeliveryState.DELIVERED]
    assert len(service.smartadvocate.inserted) == 1


def test_a_note_that_was_never_stored_is_sent_again_once_that_is_certain(service: FakeService) -> None:
    service.smartadvocate.faults.add("insert_note", Before(AnswerLostError("reset")))
    service.send("m-1")
    service.work()
    service.later(timedelta(seconds=10))
    assert not service.smartadvocate.inserted
    service.later(timedelta(seconds=40))
    assert len(service.smartadvocate.inserted) == 1
    assert states(service) == [DeliveryState.DELIVERED]


def test_a_second_lost_answer_starts_a_new_wait(service: FakeService) -> None:
    lost = Before(AnswerLostError("reset"))
    service.smartadvocate.faults.add("insert_note", lost, StoredLate(reads=1))
    service.send("m-1")
    service.work()
    service.later(timedelta(seconds=50))  # absent: sent again, and that answer is lost too
    assert states(service) == [DeliveryState.UNKNOWN]
    service.later(timedelta(seconds=20))
    service.later(timedelta(seconds=100))
    assert states(service) == [DeliveryState.DELIVERED]
    assert len(service.smartadvocate.inserted) == 1


def test_a_worker_killed_after_the_note_was_stored_repeats_nothing(service: FakeService) -> None:
    service.send("m-1")
    kill_during(service, AfterStoring(WorkerKilledError()))
    assert states(service) == [DeliveryState.SENDING]
    service.later(timedelta(seconds=61))
    service.two_minutes_later()
    assert states(service) == [DeliveryState.DELIVERED]
    assert len(service.smartadvocate.inserted) == 1


def test_a_worker_killed_before_the_note_was_sent_loses_nothing(service: FakeService) -> None:
    service.send("m-1", minute=1)
    service.send("m-2", minute=2)
    kill_during(service, Before(WorkerKilledError()))
    for _ in range(3):
        service.later(timedelta(seconds=61))
    assert states(service) == [DeliveryState.DELIVERED] * 2
    assert len(service.smartadvocate.inserted) == 2


def test_a_rate_limit_pauses_the_whole_firm_and_nobody_else(service: FakeService) -> None:
    service.with_firm(a_firm("south"), "500001")
    service.smartadvocate.faults.add(
        "insert_note", Before(RateLimitedError("slow down", retry_after=timedelta(seconds=300)))
    )
    service.send("m-1")
    service.work()
    service.send("m-2", case_integration_id="300418")
    service.send("s-1", firm_id="south", case_integration_id="500001")
    service.later(timedelta(seconds=200))
    assert [firm for firm, _, _ in service.smartadvocate.inserted] == ["south"]
    service.later(timedelta(seconds=101))
    assert sorted(firm for firm, _, _ in service.smartadvocate.inserted) == ["north", "north", "south"]


def test_a_rejected_log_in_makes_the_firm_wait_until_it_is_reconnected(service: FakeService) -> None:
    south = service.with_firm(a_firm("south"), "500001")
    service.smartadvocate.rejected.add("south")
    service.send("s-1", firm_id="south", case_integration_id="500001")
    service.send("m-1")
    service.work()
    assert [firm for firm, _, _ in service.smartadvocate.inserted] == ["north"]
    with service.store.unit_of_work() as uow:
        found = uow.firms.get("south")
        [issue] = uow.issues.list_open(frozenset({"south"}))
    assert found is not None
    assert found.connection is ConnectionState.RECONNECT_REQUIRED
    assert issue.kind == "connection_lost"
    assert service.announced().count("connection-lost") == 1

    service.smartadvocate.rejected.clear()
    service.connect(SYSTEM, south, PasswordCredentials("user", "secret"))
    service.work()
    assert sorted(firm for firm, _, _ in service.smartadvocate.inserted) == ["north", "south"]
    with service.store.unit_of_work() as uow:
        assert not uow.issues.list_open(frozenset({"south"}))


def test_retries_are_given_up_after_a_day_and_the_delivery_stays_to_be_replayed(service: FakeService) -> None:
    service.smartadvocate.faults.add("insert_note", *[Before(TransientError("down"))] * 20)
    service.send("m-1")
    for _ in range(12):
        service.later(timedelta(hours=12))
    assert states(service) == [DeliveryState.FAILED]


def test_a_repeated_job_message_does_nothing(service: FakeService) -> None:
    service.send("m-1")
    [row] = service.jobs_published()
    job_id = int(row.body)
    service.worker()(SYSTEM, job_id)
    service.worker()(SYSTEM, job_id)
    assert service.smartadvocate.calls["insert_note"] == 1


def test_a_stopping_worker_hands_over_what_it_has_not_begun(service: FakeService) -> None:
    service.send("m-1")
    service.stopping = True
    [row] = service.jobs_published()
    service.worker()(SYSTEM, int(row.body))
    assert states(service) == [DeliveryState.PENDING]
    service.stopping = False
    service.work()
    assert states(service) == [DeliveryState.DELIVERED]


def test_a_firm_that_does_not_deliver_at_once_delivers_at_the_tick() -> None:
    service = FakeService()
    service.with_firm(a_firm(immediate=False), "300417")
    service.send("m-1")
    service.work()
    assert not service.smartadvocate.inserted
    service.two_minutes_later()
    assert len(service.smartadvocate.inserted) == 1


def test_when_everything_goes_well_nothing_is_read_besides_the_writes(service: FakeService) -> None:
    before = service.smartadvocate.calls.copy()
    for number in range(50):
        service.send(f"m-{number}", minute=number)
    service.work()
    assert service.smartadvocate.calls["insert_note"] == 50
    assert service.smartadvocate.calls["notes"] == before["notes"] == 0


def test_nothing_is_sent_by_a_process_that_could_not_tell_for_long_that_it_lives(
    service: FakeService,
) -> None:
    service.send("m-1", minute=1)
    service.send("m-2", minute=2)
    real = service.smartadvocate.insert_note

    def slow(*args: Any, **options: Any) -> str:
        note_id = real(*args, **options)
        service.lives("worker").is_silent = True
        service.clock.advance(HEARTBEAT.calls_for)
        return note_id

    service.smartadvocate.insert_note = slow  # type: ignore[method-assign]  # replaced for this one test
    [row] = service.jobs_published()
    service.worker()(SYSTEM, int(row.body))
    assert states(service) == [DeliveryState.DELIVERED, DeliveryState.PENDING]


def test_an_unexpected_error_counts_as_a_lost_answer(service: FakeService) -> None:
    service.smartadvocate.faults.add("insert_note", AfterStoring(KeyError("surprise")))
    service.send("m-1")
    service.work()
    assert states(service) == [DeliveryState.UNKNOWN]
    service.later(timedelta(seconds=50))
    assert states(service) == [DeliveryState.DELIVERED]
    assert len(service.smartadvocate.inserted) == 1


def test_a_message_that_cannot_be_read_any_more_costs_itself_alone(service: FakeService) -> None:
    service.send("m-1")
    service.send("m-2", case_integration_id="300418")
    damaged = next(row for row in service.store.deliveries() if row.subject_id == "m-1")
    kept = {name: value for name, value in damaged.data.items() if name != "sent_at"}
    service.store.tables.deliveries[damaged.delivery_id] = replace(damaged, data=kept)
    service.work()
    assert {row.subject_id: row.state for row in service.store.deliveries()} == {
        "m-1": DeliveryState.UNKNOWN,
        "m-2": DeliveryState.DELIVERED,
    }


def deny(service: FakeService, times: int) -> None:
    refused = PermissionMissingError("the account may not insert notes")
    service.smartadvocate.faults.add("insert_note", *[Before(refused)] * times)


def test_when_a_permission_is_granted_all_that_waited_for_it_flows_by_itself(service: FakeService) -> None:
    deny(service, times=3)
    service.send("m-1", minute=1)
    service.send("m-2", minute=2)
    service.send("m-3", case_integration_id="300418")
    service.work()
    assert states(service) == [DeliveryState.HELD, DeliveryState.PENDING, DeliveryState.HELD]
    service.later(timedelta(seconds=5))
    service.later(timedelta(minutes=5))  # the probe meets the third refusal
    assert service.smartadvocate.calls["insert_note"] == 3
    assert states(service).count(DeliveryState.HELD) == 2
    with service.store.unit_of_work() as uow:
        [issue] = uow.issues.list_open(frozenset({"north"}))
    assert (issue.key, issue.times) == ("permission_missing", 3)

    service.later(timedelta(minutes=5))  # granted meanwhile: the probe goes through
    service.later(timedelta(seconds=5))
    assert states(service) == [DeliveryState.DELIVERED] * 3
    with service.store.unit_of_work() as uow:
        assert not uow.issues.list_open(frozenset({"north"}))


def test_a_missing_permission_is_not_hammered(service: FakeService) -> None:
    deny(service, times=1_000)
    service.send("m-1")
    service.send("m-2", case_integration_id="300418")
    service.work()
    for _ in range(240):
        service.later(timedelta(seconds=5))
    assert service.smartadvocate.calls["insert_note"] <= 2 + 4
