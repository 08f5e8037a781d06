"""Bulk operations through the whole service: exactly what was counted, whatever happens meanwhile."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.actor import ALL_FIRMS, SYSTEM, Actor, Role
from core.bulk import BulkKind, BulkOperation, BulkState
from core.delivery import DeliveryState
from core.delivery_selection import Selection
from core.errors import ConfigurationError, NotAllowedError, RejectedBySmartAdvocateError
from core.reason import Reason
from core.schedule import JobName
from tests.fakes.faults import Before
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService

ADA = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)
OLGA = Actor("olga", Role.OPERATOR, ALL_FIRMS)
FRED = Actor("fred", Role.FIRM_ADMIN, frozenset({"north"}))
CASES = ("300417", "300418")


def a_service() -> FakeService:
    service = FakeService()
    service.with_firm(a_firm("north"), *CASES)
    return service


def fail(service: FakeService, *subjects: str, case: str = "300417") -> None:
    for subject in subjects:
        service.smartadvocate.faults.add("insert_note", Before(RejectedBySmartAdvocateError("no")))
        service.send(subject, case_integration_id=case, minute=int(subject[2:]))
        service.work()


def states(service: FakeService) -> dict[str, DeliveryState]:
    return {row.subject_id: row.state for row in service.store.deliveries()}


def do(service: FakeService, kind: BulkKind, actor: Actor = ADA) -> BulkOperation:
    operation = service.desk.count_bulk(actor, kind, Selection(firm_id="north"))
    service.desk.confirm_bulk(actor, operation.bulk_id, "cured")
    service.work()
    return service.desk.bulk.get(actor, operation.bulk_id)


def test_a_confirmed_replay_is_worked_off_by_a_job_and_what_it_let_out_arrives() -> None:
    service = a_service()
    fail(service, "m-1", "m-2")
    ended = do(service, BulkKind.REPLAY)
    assert (ended.state, ended.done, ended.percent) == (BulkState.DONE, 2, 100)
    assert set(states(service).values()) == {DeliveryState.DELIVERED}
    assert not service.store.tables.jobs


def test_a_firms_administrator_replays_and_does_not_give_up() -> None:
    service = a_service()
    fail(service, "m-1")
    with pytest.raises(NotAllowedError):
        service.desk.count_bulk(FRED, BulkKind.DISCARD, Selection(firm_id="north"))
    assert do(service, BulkKind.REPLAY, FRED).done == 1
    fail(service, "m-2")
    operation = service.desk.count_bulk(OLGA, BulkKind.DISCARD, Selection(firm_id="north"))
    with pytest.raises(ConfigurationError):
        service.desk.confirm_bulk(OLGA, operation.bulk_id, "  ")
    assert do(service, BulkKind.DISCARD, OLGA).done == 1
    assert "delivery-failed" in service.announced()


def test_the_audit_log_tells_of_what_was_confirmed_and_cancelled_with_the_reason() -> None:
    service = a_service()
    fail(service, "m-1")
    operation = service.desk.count_bulk(ADA, BulkKind.REPLAY, Selection(firm_id="north"))
    service.desk.confirm_bulk(ADA, operation.bulk_id, "the firm asked for it")
    service.desk.cancel_bulk(OLGA, operation.bulk_id)
    cancelled, confirmed, *_ = service.desk.records.audit_log(ADA, "north", 10)
    assert (confirmed.action, confirmed.actor.name) == ("bulk-confirmed", "ada")
    assert confirmed.detail["why"] == "the firm asked for it"
    assert confirmed.detail["deliveries"] == 1
    assert (cancelled.action, cancelled.actor.name) == ("bulk-cancelled", "olga")


def test_an_operation_whose_job_was_lost_is_taken_up_by_the_scheduler() -> None:
    service = a_service()
    fail(service, "m-1")
    operation = service.desk.count_bulk(ADA, BulkKind.REPLAY, Selection(firm_id="north"))
    service.desk.confirm_bulk(ADA, operation.bulk_id, "cured")
    tables = service.store.tables
    tables.jobs.clear()
    tables.outbox.clear()
    service.work()
    assert service.desk.bulk.get(ADA, operation.bulk_id).state is BulkState.CONFIRMED
    service.later(timedelta(minutes=2))
    assert service.desk.bulk.get(ADA, operation.bulk_id).state is BulkState.DONE


def test_a_stopping_worker_hands_over() -> None:
    service = a_service()
    fail(service, "m-1")
    operation = service.desk.count_bulk(ADA, BulkKind.REPLAY, Selection(firm_id="north"))
    service.desk.confirm_bulk(ADA, operation.bulk_id, "cured")
    [job] = [row for row in service.jobs_published() if row.queue == JobName.BULK_OPERATIONS]
    service.stopping = True
    service.work_bulk(SYSTEM, int(job.body))
    assert service.desk.bulk.get(ADA, operation.bulk_id).done == 0
    service.stopping = False
    service.work()
    assert service.desk.bulk.get(ADA, operation.bulk_id).done == 1


MEANWHILE = st.lists(st.sampled_from(["arrives", "fails", "is replayed", "is given up"]), max_size=4)
STATES = (DeliveryState.HELD, DeliveryState.FAILED, DeliveryState.PENDING, DeliveryState.DELIVERED)


@given(st.lists(st.sampled_from(STATES), max_size=7), MEANWHILE, st.sampled_from(BulkKind))
def test_exactly_what_matched_when_it_was_counted_and_was_left_alone_since_is_touched(
    there: list[DeliveryState], meanwhile: list[str], kind: BulkKind
) -> None:
    service = FakeService()
    service.add_firm(SYSTEM, a_firm("north"))
    for number, state in enumerate(there):
        service.send(f"m-{number}", case_integration_id=str(number))
        rows = service.store.tables.deliveries
        [row] = [row for row in rows.values() if row.subject_id == f"m-{number}"]
        failed = Reason.CONTENT_MISMATCH if state is DeliveryState.FAILED else None
        rows[row.delivery_id] = replace(row, state=state, reason=failed)
    matched = {
        f"m-{number}"
        for number, state in enumerate(there)
        if state in {DeliveryState.HELD, DeliveryState.FAILED}
    }
    desk = service.desk
    operation = desk.count_bulk(ADA, kind, Selection(firm_id="north"))
    assert operation.counted == len(matched)
    for number, what in enumerate(meanwhile):
        rows = service.store.tables.deliveries
        alone = sorted(row.delivery_id for row in rows.values() if row.subject_id in matched)
        if what in {"arrives", "fails"}:
            service.send(f"n-{number}", case_integration_id=f"9{number}")
            new = next(r for r in service.store.deliveries() if r.subject_id == f"n-{number}")
            if what == "fails":
                service.store.tables.deliveries[new.delivery_id] = replace(new, state=DeliveryState.FAILED)
        elif alone:
            one = Selection(delivery_id=alone[0])
            matched -= {rows[alone[0]].subject_id}
            if what == "is replayed":
                desk.replay_deliveries(ADA, one)
            else:
                given_up = desk.count_bulk(ADA, BulkKind.DISCARD, one)
                desk.confirm_bulk(ADA, given_up.bulk_id, "alone")
                [job] = [row for row in service.jobs_published() if row.queue == JobName.BULK_OPERATIONS]
                service.work_bulk(SYSTEM, int(job.body))
    before = states(service)
    desk.confirm_bulk(ADA, operation.bulk_id, "cured")
    [job] = [row for row in service.jobs_published() if row.queue == JobName.BULK_OPERATIONS]
    service.work_bulk(SYSTEM, int(job.body))
    touched = {
        row.subject_id
        for row in service.store.deliveries()
        if any(
            of == row.delivery_id
            and entry.outcome in {"replayed", "discarded"}
            and number > operation.bulk_id
            for number, (of, entry) in service.store.tables.timelines.items()
        )
    }
    ended = desk.bulk.get(ADA, operation.bulk_id)
    assert ended.state is BulkState.DONE
    assert ended.done == len(matched)
    assert matched <= touched
    others = states(service).keys() - matched
    assert {name: states(service)[name] for name in others} == {name: before[name] for name in others}
