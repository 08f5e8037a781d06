"""Recording upstream events."""

from datetime import timedelta

from core.actor import SYSTEM
from core.case import SourceCase
from core.delivery import DeliveryState
from core.errors import FieldFault
from core.firm import Firm
from core.reason import Reason
from core.usecases.receive_events import Incoming, Receipt
from tests.fakes.samples import a_firm, event_body, message_data
from tests.fakes.service import FakeService


def test_a_message_for_a_known_case_becomes_a_pending_delivery() -> None:
    service = FakeService()
    service.with_firm(None, "300417")
    assert service.send("m-1").receipt is Receipt.RECORDED
    [row] = service.store.deliveries()
    assert row.state is DeliveryState.PENDING


def test_the_same_message_twice_is_one_delivery() -> None:
    service = FakeService()
    service.with_firm(None, "300417")
    service.send("m-1")
    assert service.send("m-1").receipt is Receipt.REPEATED
    assert len(service.store.deliveries()) == 1


def test_a_second_event_with_other_content_opens_an_issue_and_changes_nothing() -> None:
    service = FakeService()
    service.with_firm(None, "300417")
    service.send("m-1")
    assert service.send("m-1", text="Something else").receipt is Receipt.CONTRADICTS
    with service.store.unit_of_work() as uow:
        [issue] = uow.issues.list_open(frozenset({"north"}))
    assert issue.kind == "contradicting_event"
    assert "Something else" not in issue.message
    assert len(service.store.deliveries()) == 1


def test_a_message_for_an_unknown_firm_is_held_until_the_firm_is_added() -> None:
    service = FakeService()
    service.send("m-1")
    [row] = service.store.deliveries()
    assert (row.state, row.reason) == (DeliveryState.HELD, "firm_unknown")
    service.with_firm(None, "300417")
    service.two_minutes_later()
    assert len(service.smartadvocate.inserted) == 1


def test_a_message_for_an_unknown_case_waits_for_its_import_and_is_held_if_that_fails() -> None:
    service = FakeService()
    firm = service.with_firm(a_firm())
    service.send("m-1")
    [row] = service.store.deliveries()
    assert (row.state, row.reason) == (DeliveryState.PENDING, "case_being_imported")
    service.work()
    [row] = service.store.deliveries()
    assert (row.state, row.reason) == (DeliveryState.HELD, "case_not_imported")
    service.with_firm(firm, "300417")
    assert len(service.smartadvocate.inserted) == 1


def test_an_invalid_event_is_set_aside_and_the_others_of_its_batch_are_recorded() -> None:
    service = FakeService()
    service.with_firm(None, "300417")
    good = Incoming("message-sent", event_body(message_data("m-1")))
    bad = Incoming("message-sent", b"{not json")
    verdicts = service.receive(SYSTEM, [bad, good, bad])
    assert [v.receipt for v in verdicts] == [Receipt.REJECTED, Receipt.RECORDED, Receipt.REJECTED]
    assert [e.reason for e in service.store.tables.rejected.values()] == ["malformed", "malformed"]


def test_an_oversized_event_is_rejected_and_left_to_the_broker_to_keep() -> None:
    service = FakeService()
    [verdict] = service.receive(SYSTEM, [Incoming("message-sent", b" " * (256 * 1024 + 1))])
    assert (verdict.reason, verdict.kept) == ("oversized", False)


def test_a_document_event_waits_as_a_delivery_of_its_own_kind() -> None:
    from core.event import EventKind
    from tests.fakes.samples import document_data

    service = FakeService()
    service.with_firm(None, "300417")
    body = event_body(document_data(), EventKind.DOCUMENT_UPLOADED)
    [verdict] = service.receive(SYSTEM, [Incoming("document-uploaded", body, EventKind.DOCUMENT_UPLOADED)])
    assert verdict.receipt is Receipt.RECORDED
    [row] = service.store.deliveries()
    assert row.lane[1] is EventKind.DOCUMENT_UPLOADED


def test_a_message_that_waited_for_its_firm_then_waits_for_its_case() -> None:
    service = FakeService()
    service.send("m-1")
    firm = service.with_firm(a_firm())
    service.two_minutes_later()
    [row] = service.store.deliveries()
    assert (row.state, row.reason) == (DeliveryState.HELD, "case_not_imported")
    assert not service.smartadvocate.inserted
    service.with_firm(firm, "300417")
    assert len(service.smartadvocate.inserted) == 1


def test_a_message_for_a_case_written_with_zeros_goes_to_the_case() -> None:
    service = FakeService()
    service.with_firm(None, "300003")
    for n, written in enumerate(("0300003", " 300003", "+300003", "３０００03")):
        assert service.send(f"m-{n}", case_integration_id=written).receipt is Receipt.RECORDED
    service.two_minutes_later()
    assert [case for _, case, _ in service.smartadvocate.inserted] == ["300003"] * 4


def test_a_case_id_that_is_no_number_waits_and_says_so() -> None:
    service = FakeService()
    service.with_firm(None, "300003")
    service.send("m-1", case_integration_id="CASE-300003")
    service.work()
    [row] = service.store.deliveries()
    assert (row.state, row.reason) == (DeliveryState.HELD, "case_not_imported")
    assert "whole numbers, and this is none" in (row.detail or "")


def test_a_case_that_smartadvocate_knows_by_another_id_says_which() -> None:
    service = FakeService()
    service.with_firm(None, "300003")
    known = service.smartadvocate.case_by_id

    def by_number(firm: Firm, integration_id: str) -> SourceCase:
        return known(firm, integration_id.removeprefix("CASE-"))

    service.smartadvocate.case_by_id = by_number  # type: ignore[method-assign]  # replaced for this one test
    service.send("m-1", case_integration_id="CASE-300003")
    service.work()
    [row] = service.store.deliveries()
    assert (row.state, row.reason) == (DeliveryState.HELD, "case_not_imported")
    assert "knows it as 300003, the event names it CASE-300003" in (row.detail or "")


def test_a_firm_spelt_otherwise_gets_nothing_of_anothers_and_the_delivery_says_how_it_is_spelt() -> None:
    service = FakeService()
    service.with_firm(a_firm("north"), "300417")
    for n, spelt in enumerate(("North", " north", "nord")):
        service.send(f"m-{n}", firm_id=spelt)
    service.two_minutes_later()
    rows = service.store.deliveries()
    assert {(row.state, row.reason) for row in rows} == {(DeliveryState.HELD, "firm_unknown")}
    details = [row.detail or "" for row in rows]
    assert ["spelt 'north'" in detail for detail in details] == [True, True, False]
    assert not service.smartadvocate.inserted


def test_a_time_over_a_day_ahead_of_the_stores_clock_is_set_aside_and_taken_once_it_has_come() -> None:
    service = FakeService()
    service.with_firm(None, "300417")
    soon = service.clock.now() + timedelta(days=1)
    assert service.send("m-1", sent_at=soon.isoformat()).receipt is Receipt.RECORDED
    verdict = service.send("m-2", sent_at=(soon + timedelta(seconds=1)).isoformat())
    assert (verdict.receipt, verdict.reason, verdict.kept) == (Receipt.REJECTED, "malformed", True)
    assert "data.sent_at" in (verdict.detail or "")
    [kept] = service.store.tables.rejected.values()
    assert kept.body is not None
    service.later(timedelta(seconds=1))
    assert service.desk.replay_events(SYSTEM).accepted == 1


def test_an_event_that_its_door_could_not_read_is_kept_with_what_was_wrong() -> None:
    service = FakeService()
    fault = FieldFault("headers", "the header ce-id is there 2 times", Reason.MALFORMED)
    [verdict] = service.receive(SYSTEM, [Incoming("http", event_body(message_data()), fault=fault)])
    assert (verdict.receipt, verdict.faults) == (Receipt.REJECTED, (fault,))
    [kept] = service.store.tables.rejected.values()
    assert (kept.reason, kept.detail) == ("malformed", fault.detail)
