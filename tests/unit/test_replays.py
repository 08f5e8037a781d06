"""Replays by hand: of deliveries and of rejected events."""

from datetime import timedelta

import pytest

from core.actor import ALL_FIRMS, SYSTEM, Actor, Role
from core.delivery import DeliveryState
from core.delivery_selection import Selection
from core.errors import (
    AnswerLostError,
    NotAllowedError,
    RejectedBySmartAdvocateError,
    UnknownThingError,
)
from core.usecases.receive_events import Incoming
from core.usecases.replay_deliveries import ReplayDeliveries
from core.usecases.replay_events import ReplayEvents
from tests.fakes.faults import Before, StoredLate
from tests.fakes.samples import a_firm, event_body, message_data
from tests.fakes.service import FakeService

MANAGER = Actor("Marta", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)
OF_SOUTH = Actor("Sam", Role.FIRM_ADMIN, frozenset({"south"}))


@pytest.fixture
def service() -> FakeService:
    service = FakeService()
    service.with_firm(None, *[str(300417 + n) for n in range(5)])
    return service


def fail(service: FakeService, number: int) -> None:
    refused = [Before(RejectedBySmartAdvocateError("no"))] * number
    service.smartadvocate.faults.add("insert_note", *refused)
    for n in range(number):
        service.send(f"m-{n}", case_integration_id=str(300417 + n))
    service.work()
    assert [row.state for row in service.store.deliveries()] == [DeliveryState.FAILED] * number


def test_what_has_failed_leaves_again_batch_by_batch_and_the_log_says_who_asked(service: FakeService) -> None:
    fail(service, 5)
    replay = ReplayDeliveries(service.store.unit_of_work, batch=2)
    assert replay.count(MANAGER, Selection(firm_id="north")) == 5
    assert replay(MANAGER, Selection(firm_id="north")) == 5
    service.work()
    assert len(service.smartadvocate.inserted) == 5
    with service.store.unit_of_work() as uow:
        entries = uow.audit.list(frozenset({"north"}))
        assert uow.issues.resolve_settled().number == 1
        assert not uow.issues.list_open(frozenset({"north"}))
    assert [entry.detail["deliveries"] for entry in entries] == [1, 2, 2]
    assert {entry.actor for entry in entries} == {MANAGER}


def test_counting_replays_nothing(service: FakeService) -> None:
    fail(service, 2)
    assert ReplayDeliveries(service.store.unit_of_work).count(MANAGER, Selection()) == 2
    service.work()
    assert not service.smartadvocate.inserted


def test_nobody_replays_for_another_firm(service: FakeService) -> None:
    """A replay of everything is one of all that is the actor's."""
    service.with_firm(a_firm("south"), "300417")
    refused = Before(RejectedBySmartAdvocateError("no"))
    service.smartadvocate.faults.add("insert_note", refused, refused)
    service.send("m-0", firm_id="south")
    service.send("m-0")
    service.work()
    replay = ReplayDeliveries(service.store.unit_of_work)
    for ask in (replay, replay.count):
        with pytest.raises(NotAllowedError):
            ask(OF_SOUTH, Selection(firm_id="north"))
    [north] = [row for row in service.store.deliveries() if row.lane[0] == "north"]
    for ask in (replay, replay.count):
        with pytest.raises(UnknownThingError):
            ask(OF_SOUTH, Selection(delivery_id=north.delivery_id))
    assert replay.count(OF_SOUTH, Selection()) == 1
    assert replay(OF_SOUTH, Selection()) == 1
    service.work()
    states = {row.lane[0]: row.state for row in service.store.deliveries()}
    assert states == {"north": DeliveryState.FAILED, "south": DeliveryState.DELIVERED}


def test_a_delivery_given_up_in_doubt_is_looked_up_before_its_replay_writes(service: FakeService) -> None:
    service.smartadvocate.faults.add("insert_note", StoredLate(after=timedelta(days=2)))
    service.smartadvocate.faults.add("insert_note", *[Before(AnswerLostError("reset"))] * 20)
    service.send("m-0")
    for _ in range(14):
        service.later(timedelta(hours=3))
    assert [row.state for row in service.store.deliveries()] == [DeliveryState.FAILED]
    service.clock.advance(timedelta(days=2))  # the very first insert is there by now
    service.smartadvocate.let_late_ones_arrive()
    service.smartadvocate.faults = type(service.smartadvocate.faults)()
    before = service.smartadvocate.calls["insert_note"]
    assert ReplayDeliveries(service.store.unit_of_work)(MANAGER, Selection()) == 1
    service.work()
    assert [row.state for row in service.store.deliveries()] == [DeliveryState.DELIVERED]
    assert service.smartadvocate.calls["insert_note"] == before


def rejected(service: FakeService) -> list[tuple[str, bool]]:
    with service.store.unit_of_work() as uow:
        rows = uow.inbox.rejected(10, with_replayed=True)
    return [(row.reason, row.replayed_at is not None) for row in rows]


def test_a_rejected_event_is_judged_again_from_its_bytes(
    service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = event_body(message_data("m-1", attachments=["a", "b"]))
    with monkeypatch.context() as stricter:
        stricter.setattr("core.event.MAX_ATTACHMENTS", 1)
        service.receive(SYSTEM, [Incoming("message-sent", body), Incoming("message-sent", b"{no json")])
    replay = ReplayEvents(service.store.unit_of_work, service.receive, service.clock)
    with pytest.raises(NotAllowedError):
        replay(OF_SOUTH)
    outcome = replay(MANAGER)
    assert (outcome.accepted, outcome.rejected, outcome.reasons) == (1, 1, {"malformed": 1})
    assert rejected(service) == [("malformed", False), ("oversized", True)]
    service.work()
    assert len(service.smartadvocate.inserted) == 1
    assert replay(MANAGER).accepted == 0
