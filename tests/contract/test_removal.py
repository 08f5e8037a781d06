"""What removal promises (`core.ports.removal.Removal`): what served goes, and nothing is forgotten."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from core.actor import ALL_FIRMS, SYSTEM
from core.audit import AuditAction
from core.bulk import BulkKind
from core.case import Outcome
from core.changes import FieldChange
from core.cursor import Window
from core.delivery import Attempt, DeliveryState
from core.delivery_selection import Selection
from core.event import EventKind, UpstreamEvent
from core.issue import IssueKind
from core.ports.deliveries import NewDelivery
from core.ports.inbox import Recorded, RejectedEvent
from core.ports.tries import Thing
from core.probe import ProbeKind
from core.queries.look_up import LookUp
from core.reason import Reason
from core.retention import Growing, Mark, RemovalState, Removed, Retention
from core.run import CaseResult, RunState, Trigger
from tests.contract.lanes import claim, give_back, record, save_firm
from tests.contract.stores import Store
from tests.fakes import FakeClock
from tests.fakes.samples import NOON, a_document, a_message

DAY = timedelta(days=1)
KEEP = 90 * DAY
RETENTION = Retention(deliveries=KEEP)
CASE = "300417"


def remove(store: Store, what: Growing, limit: int = 100, after: Mark | None = None) -> Removed:
    with store.unit_of_work() as uow:
        assert uow.removal.begin(what)
        removed = uow.removal.remove(what, KEEP, limit, after)
        uow.removal.note(what, KEEP, removed)
        uow.commit()
    return removed


def take_on(store: Store, *events: UpstreamEvent, hold: Reason | None = None) -> None:
    with store.unit_of_work() as uow:
        assert set(uow.inbox.record(events)) == {Recorded.NEW}
        uow.deliveries.add([NewDelivery(event, hold) for event in events])
        uow.commit()


def deliver(
    store: Store, event: UpstreamEvent, stored_id: str, state: DeliveryState = DeliveryState.DELIVERED
) -> None:
    """Take the event on, and let its delivery end so."""
    take_on(store, event)
    owner = store.owner()
    with store.unit_of_work() as uow:
        lanes = uow.deliveries.claim("north", event.kind, owner=owner, lanes=10, limit=10)
        [delivery] = [one for lane in lanes for one in lane.deliveries if one.subject_id == event.subject_id]
        is_there = state is DeliveryState.DELIVERED
        reason = None if is_there else Reason.REJECTED_BY_SMARTADVOCATE
        attempt = Attempt(
            delivery, state, store.now(), stored_id=stored_id if is_there else None, reason=reason
        )
        uow.deliveries.record(owner, [attempt])
        uow.deliveries.release("north", event.kind, owner, [lane.case_integration_id for lane in lanes])
        uow.commit()


def let_text_go(store: Store, after: timedelta = DAY) -> None:
    with store.unit_of_work() as uow:
        uow.deliveries.purge_delivered(after, 1000)
        uow.deliveries.purge_failed(after, 1000)
        uow.commit()


def left(store: Store) -> set[str]:
    with store.unit_of_work() as uow:
        return {one.subject_id for one in uow.deliveries.find(ALL_FIRMS, Selection(), 100)}


def recorded(store: Store, event: UpstreamEvent) -> Recorded:
    with store.unit_of_work() as uow:
        [verdict] = uow.inbox.record([event])
        uow.commit()
    return verdict


@pytest.mark.parametrize("event", [a_message("s-1"), a_document("s-1")])
def test_what_was_delivered_goes_after_its_time_and_is_known_for_ever(
    store: Store, event: UpstreamEvent
) -> None:
    save_firm(store)
    deliver(store, event, "4711")
    store.let_time_pass(KEEP - DAY)
    let_text_go(store)
    assert remove(store, Growing.DELIVERED) == Removed(0, is_over=True)
    store.let_time_pass(2 * DAY)
    assert remove(store, Growing.DELIVERED).number == 1
    assert left(store) == set()
    assert recorded(store, event) == Recorded.REPEATED
    other = (
        a_message("s-1", text="other") if event.kind is EventKind.MESSAGE_SENT else a_document("s-1", size=7)
    )
    assert recorded(store, other) == Recorded.CONTRADICTS
    with store.unit_of_work() as uow:
        for name in ("s-1", "4711"):
            [found] = uow.inbox.remembered(frozenset({"north"}), name, 10)
            assert (found.firm_id, found.kind, found.subject_id) == ("north", event.kind, "s-1")
            assert (found.state, found.stored_id, found.case_integration_id) == (
                DeliveryState.DELIVERED,
                "4711",
                CASE,
            )
            assert abs(store.now() - KEEP - DAY - found.ended_at) < timedelta(minutes=1)
            assert uow.inbox.remembered(frozenset({"south"}), name, 10) == []
        ours = {"4711"} if event.kind is EventKind.MESSAGE_SENT else set()
        assert uow.shared_notes.ours("north", ["4711", "4712"]) == ours, "our own note is never read back"


def test_what_still_has_its_text_stays_however_old_it_is(store: Store) -> None:
    save_firm(store)
    deliver(store, a_message("m-1"), "1")
    store.let_time_pass(5 * KEEP)
    assert remove(store, Growing.DELIVERED).number == 0
    let_text_go(store)
    assert remove(store, Growing.DELIVERED).number == 1


def test_what_failed_goes_when_its_text_has_gone_and_is_remembered_as_failed(store: Store) -> None:
    save_firm(store)
    deliver(store, a_message("m-1"), "", DeliveryState.FAILED)
    store.let_time_pass(KEEP + DAY)
    assert remove(store, Growing.FAILED).number == 0, "it may be replayed"
    let_text_go(store)
    assert remove(store, Growing.DELIVERED).number == 0
    assert remove(store, Growing.FAILED).number == 1
    with store.unit_of_work() as uow:
        [found] = uow.inbox.remembered(frozenset({"north"}), "m-1", 10)
    assert (found.state, found.stored_id) == (DeliveryState.FAILED, None)
    assert recorded(store, a_message("m-1")) == Recorded.REPEATED


def test_what_waits_is_held_or_in_doubt_stays(store: Store) -> None:
    save_firm(store)
    take_on(store, a_message("held", case_integration_id="1"), hold=Reason.CASE_NOT_IMPORTED)
    take_on(store, a_message("waits", case_integration_id="2"))
    take_on(store, a_message("doubtful", case_integration_id="3"))
    [lane] = [lane for lane in claim(store) if lane.case_integration_id == "3"]
    [doubtful] = lane.deliveries
    record(store, doubtful, DeliveryState.UNKNOWN, doubtful_since=store.now())
    give_back(store, cases=["2", "3"])
    [lane] = [lane for lane in claim(store) if lane.case_integration_id == "3"]
    record(store, lane.deliveries[0], DeliveryState.FAILED, reason=Reason.REJECTED_BY_SMARTADVOCATE)
    give_back(store, cases=["2", "3"])
    store.let_time_pass(10 * KEEP)
    let_text_go(store)
    for what in (Growing.DELIVERED, Growing.FAILED):
        assert remove(store, what) == Removed(0, is_over=True)
    assert left(store) == {"held", "waits", "doubtful"}


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        (IssueKind.CONTRADICTING_EVENT, "message-sent:m-1"),
        (IssueKind.WRITTEN_TWICE, "number"),
    ],
)
def test_what_an_open_issue_is_about_stays_until_it_is_resolved(
    store: Store, kind: IssueKind, key: str
) -> None:
    save_firm(store)
    deliver(store, a_message("m-1"), "1")
    with store.unit_of_work() as uow:
        [found] = uow.deliveries.find(ALL_FIRMS, Selection(), 10)
        key = str(found.delivery_id) if key == "number" else key
        uow.issues.open("north", kind, key, "look at it")
        uow.commit()
    store.let_time_pass(2 * KEEP)
    let_text_go(store)
    first = remove(store, Growing.DELIVERED, limit=1)
    assert (first.number, first.is_over) == (0, False)
    assert first.mark is not None, "the next batch passes it"
    assert remove(store, Growing.DELIVERED, limit=1, after=first.mark).is_over
    with store.unit_of_work() as uow:
        uow.issues.resolve("north", kind, key)
        uow.commit()
    assert remove(store, Growing.DELIVERED).number == 1


def test_what_a_stray_is_known_of_stays(store: Store) -> None:
    save_firm(store)
    take_on(store, a_message("m-1"))
    [lane] = claim(store)
    [delivery] = lane.deliveries
    record(store, delivery, DeliveryState.DELIVERED, stored_id="1")
    with store.unit_of_work() as uow:
        uow.deliveries.keep_strays([Attempt(delivery, DeliveryState.DELIVERED, store.now(), stored_id="2")])
        uow.commit()
    store.let_time_pass(2 * KEEP)
    let_text_go(store)
    assert remove(store, Growing.DELIVERED).number == 0
    with store.unit_of_work() as uow:
        assert len(uow.deliveries.written_twice()) == 1
        uow.commit()
    assert remove(store, Growing.DELIVERED).number == 1


def test_a_case_keeps_its_order_when_what_went_out_before_is_gone(store: Store) -> None:
    save_firm(store)
    deliver(store, a_message("m-2", minute=20), "1")
    store.let_time_pass(2 * KEEP)
    let_text_go(store)
    assert remove(store, Growing.DELIVERED).number == 1
    take_on(store, a_message("m-1", minute=10), a_message("m-4", minute=40), a_message("m-3", minute=30))
    [lane] = claim(store)
    told = [(delivery.subject_id, delivery.late) for delivery in lane.deliveries]
    assert told == [("m-1", True), ("m-3", False), ("m-4", False)], "late, and then in order"


def test_batches_are_bounded_and_go_from_old_to_new(store: Store) -> None:
    save_firm(store)
    for number in range(3):
        deliver(store, a_message(f"m-{number}"), str(number))
        store.let_time_pass(DAY)
    store.let_time_pass(2 * KEEP)
    let_text_go(store)
    first = remove(store, Growing.DELIVERED, limit=2)
    assert (first.number, first.is_over) == (2, False)
    assert left(store) == {"m-2"}
    assert remove(store, Growing.DELIVERED, 2, first.mark).number == 1


def states(store: Store) -> Sequence[RemovalState]:
    with store.unit_of_work() as uow:
        return uow.removal.states(RETENTION)


def state_of(store: Store, what: Growing) -> RemovalState:
    [state] = [one for one in states(store) if one.what == what]
    return state


def test_how_far_it_has_come_is_told(store: Store) -> None:
    save_firm(store)
    for number in range(2):
        deliver(store, a_message(f"m-{number}"), str(number))
        store.let_time_pass(10 * DAY)
    store.let_time_pass(KEEP)
    let_text_go(store)
    assert states(store) == []
    remove(store, Growing.DELIVERED, limit=1)
    behind = state_of(store, Growing.DELIVERED)
    assert (behind.number, behind.ended_at, behind.is_behind) == (1, None, True)
    assert abs(behind.behind - 20 * DAY) < timedelta(minutes=1), "the oldest that it came to"
    assert remove(store, Growing.DELIVERED).is_over
    caught_up = state_of(store, Growing.DELIVERED)
    assert (caught_up.number, caught_up.is_behind, caught_up.kept) == (2, False, KEEP)
    assert caught_up.ended_at is not None
    store.let_time_pass(2 * DAY)
    assert abs(state_of(store, Growing.DELIVERED).behind - 2 * DAY) < timedelta(minutes=1), "nobody removes"


def a_run(store: Store, trigger: Trigger, *cases: str, firm_id: str = "north") -> int:
    with store.unit_of_work() as uow:
        run = uow.runs.record(
            firm_id, trigger, store.now(), [CaseResult(case, Outcome.UPDATED) for case in cases]
        )
        uow.commit()
    return run.run_id


def test_runs_go_with_what_they_came_to_and_a_firms_newest_stay(store: Store) -> None:
    old = a_run(store, Trigger.NIGHTLY, "1", "2", "3")
    good = a_run(store, Trigger.NIGHTLY, "1")
    single = a_run(store, Trigger.SINGLE, "1")
    newest = a_run(store, Trigger.SINGLE, "1")
    waited_for = a_run(store, Trigger.SINGLE, firm_id="south")
    of_south = a_run(store, Trigger.SINGLE, firm_id="south")
    with store.unit_of_work() as uow:
        uow.letters.tell_when_ended(waited_for, "south", "a@example.com")
        waiting, _ = uow.runs.start("west", Trigger.MANUAL, Window(NOON - DAY, NOON))
        uow.commit()
    store.let_time_pass(2 * KEEP)
    mark = None
    for _ in range(20):
        removed = remove(store, Growing.RUNS, limit=20, after=mark)
        mark = removed.mark
        if removed.is_over:
            break
    with store.unit_of_work() as uow:
        kept = {run.run_id for run in uow.runs.list(ALL_FIRMS)}
        assert uow.runs.counts(good)
        assert kept == {good, newest, waited_for, of_south, waiting.run_id}
        assert {old, single}.isdisjoint(kept)
        assert uow.runs.get(waiting.run_id) is not None
        assert waiting.state is RunState.WAITING


def test_results_of_a_large_run_go_bit_by_bit(store: Store) -> None:
    a_run(store, Trigger.NIGHTLY, *map(str, range(45)))
    a_run(store, Trigger.NIGHTLY)
    store.let_time_pass(2 * KEEP)
    batches: list[Removed] = []
    while not batches or not batches[-1].is_over:
        batches.append(remove(store, Growing.RUNS, 20, batches[-1].mark if batches else None))
        assert len(batches) < 10
    with store.unit_of_work() as uow:
        assert len(uow.runs.list(ALL_FIRMS)) == 1


def old_of_each(store: Store) -> None:
    document: Mapping[str, Any] = {"cases": 1}
    with store.unit_of_work() as uow:
        uow.cases.record_changes("north", 1, [FieldChange(CASE, "stage", "A", "B")])
        uow.audit.record(SYSTEM, "north", AuditAction.FIRM_ADDED)
        uow.reports.add_probe("north", ProbeKind.VERIFICATION, document, passed=True)
        uow.issues.mute("north", IssueKind.SYNC_FAILED, None, store.now() + DAY)
        uow.tries.failed("north", Thing.JOB, ["sync-cases"])
        uow.inbox.set_aside([RejectedEvent("http", Reason.MALFORMED, "", 5, None)])
        operation = uow.bulk.add("ada", BulkKind.REPLAY, ALL_FIRMS, Selection(), 1)
        uow.bulk.confirm(operation.bulk_id, "ada", "")
        uow.bulk.cancel(operation.bulk_id, "ada")
        uow.commit()


REST = [
    Growing.CASE_CHANGES,
    Growing.AUDIT_LOG,
    Growing.PROBE_RESULTS,
    Growing.EXCEPTION_REPORTS,
    Growing.ISSUE_MUTES,
    Growing.TRIES,
    Growing.REJECTED_EVENTS,
    Growing.BULK_OPERATIONS,
]


def test_of_the_rest_what_is_old_goes_and_what_is_young_stays(store: Store) -> None:
    old_of_each(store)
    store.let_time_pass(2 * KEEP)
    old_of_each(store)
    with store.unit_of_work() as uow:
        for days in (0, 85, 95):
            uow.reports.save_exceptions("north", store.now().date() - days * DAY, {"cases": 1})
        uow.inbox.set_aside([RejectedEvent("http", Reason.MALFORMED, "", 5, b"bytes")])
        uow.commit()
    gone = {what: remove(store, what).number for what in REST}
    old = dict.fromkeys(REST, 1) | {
        Growing.ISSUE_MUTES: 0,
        Growing.TRIES: 0,
    }  # what is repeated is young again
    assert gone == old
    again = {what: remove(store, what) for what in REST}
    assert {removed.number for removed in again.values()} == {0}
    assert all(removed.is_over for removed in again.values())
    with store.unit_of_work() as uow:
        assert len(uow.cases.changes("north", CASE, 10)) == 1
        assert len(uow.audit.list(ALL_FIRMS)) == 1
        assert len(uow.reports.probes("north", ProbeKind.VERIFICATION)) == 1
        assert len(uow.reports.exception_days("north")) == 2
        assert len(uow.bulk.list(ALL_FIRMS, 10)) == 1


def test_the_newest_verification_and_what_can_be_replayed_stay(store: Store) -> None:
    with store.unit_of_work() as uow:
        number = uow.reports.add_probe("north", ProbeKind.VERIFICATION, {}, passed=True)
        uow.inbox.set_aside([RejectedEvent("http", Reason.MALFORMED, "", 5, b"bytes")])
        uow.commit()
    store.let_time_pass(2 * KEEP)
    assert remove(store, Growing.PROBE_RESULTS).number == remove(store, Growing.REJECTED_EVENTS).number == 0
    with store.unit_of_work() as uow:
        assert uow.reports.probe(number) is not None
        assert uow.inbox.purge_rejected(KEEP, 10) == 1
        uow.commit()
    assert remove(store, Growing.REJECTED_EVENTS).number == 1


def test_mutes_that_are_over_and_tries_of_long_ago_go(store: Store) -> None:
    old_of_each(store)
    store.let_time_pass(2 * KEEP)
    assert remove(store, Growing.ISSUE_MUTES).number == remove(store, Growing.TRIES).number == 1


def test_an_open_issue_stays_however_old_it_is(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.issues.open("north", IssueKind.SYNC_FAILED, "nightly", "it failed")
        uow.issues.open("north", IssueKind.SYNC_FAILED, "manual", "it failed")
        uow.issues.resolve("north", IssueKind.SYNC_FAILED, "manual")
        uow.commit()
    store.let_time_pass(10 * KEEP)
    assert remove(store, Growing.ISSUES).is_over
    with store.unit_of_work() as uow:
        assert [issue.key for issue in uow.issues.list_open(ALL_FIRMS)] == ["nightly"]


@pytest.mark.parametrize("what", [Growing.TEXTS, Growing.REJECTED_BODIES, Growing.ANSWERS])
def test_texts_are_removed_by_their_own_ports(store: Store, what: Growing) -> None:
    with store.unit_of_work() as uow, pytest.raises(ValueError, match=what):
        uow.removal.remove(what, KEEP, 10)


def test_the_story_of_an_id_tells_of_what_is_gone(store: Store) -> None:
    save_firm(store)
    deliver(store, a_message("m-1"), "4711")
    store.let_time_pass(2 * KEEP)
    let_text_go(store)
    assert remove(store, Growing.DELIVERED).number == 1
    for name in ("m-1", "4711"):
        story = LookUp(store.unit_of_work, FakeClock())(SYSTEM, None, name)
        assert (story.deliveries, [one.stored_id for one in story.remembered]) == ([], ["4711"])
