"""What bulk operations promise (`core.ports.bulk`, and `discard` of `core.ports.deliveries`)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from core.actor import ALL_FIRMS, SYSTEM, Actor, Role
from core.bulk import BulkKind, BulkOperation, BulkState
from core.delivery import DeliveryState
from core.delivery_selection import Discarded, GivenUp, Selection
from core.errors import ConfigurationError, UnknownThingError
from core.firm import ConnectionState
from core.ports.unit_of_work import UnitOfWork
from core.reason import Reason
from core.usecases.cancel_bulk import CancelBulk
from core.usecases.confirm_bulk import ConfirmBulk
from core.usecases.count_bulk import CountBulk
from core.usecases.work_bulk import WorkBulk
from tests.contract.lanes import MESSAGES, add, claim, due, give_back, record, save_firm
from tests.contract.stores import Store
from tests.fakes.clock import FakeClock
from tests.fakes.life import FakeLife
from tests.fakes.samples import a_firm, a_message

ADA = Actor("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)
NED = Actor("ned", Role.OPERATOR, frozenset({"north"}))
SUE = Actor("sue", Role.OPERATOR, frozenset({"south"}))


def fail(
    store: Store, *subjects: str, reason: str = "rejected_by_smartadvocate", firm: str = "north"
) -> None:
    """Let these come, each of a case of its own, and fail."""
    for subject in subjects:
        add(store, a_message(subject, case_integration_id=subject, firm_id=firm))
    end(store, DeliveryState.FAILED, reason, firm)


def end(store: Store, state: DeliveryState, reason: str | None = None, firm: str = "north") -> None:
    for lane in claim(store, firm_id=firm):
        for delivery in lane.deliveries:
            record(store, delivery, state, reason=reason, run_at=store.now())
        owner = store.owner()
        with store.unit_of_work() as uow:
            uow.deliveries.release(firm, MESSAGES, owner, [lane.case_integration_id])
            uow.commit()


def discard(
    store: Store, selection: Selection | None = None, *, after: int = 0, limit: int = 100
) -> Discarded:
    with store.unit_of_work() as uow:
        done = uow.deliveries.discard(
            ALL_FIRMS, selection or Selection(), after=after, limit=limit, why="by ada: a test"
        )
        uow.commit()
    return done


def count(store: Store, kind: BulkKind, actor: Actor = ADA, **fields: object) -> BulkOperation:
    return CountBulk(store.unit_of_work)(actor, kind, Selection(**fields))  # type: ignore[arg-type]  # fields by name


def confirm(store: Store, operation: BulkOperation, actor: Actor = ADA) -> None:
    ConfirmBulk(store.unit_of_work)(actor, operation.bulk_id, "cured  at\nthe root")


def get(store: Store, operation: BulkOperation) -> BulkOperation:
    with store.unit_of_work() as uow:
        found = uow.bulk.get(operation.bulk_id)
    assert found is not None
    return found


def work(store: Store, units_of_work: Callable[[Actor], object] | None = None, batch: int = 2) -> None:
    """Let a worker do what there is to do, in batches of two."""
    with store.unit_of_work() as uow:
        uow.bulk.take()  # nobody else has them
    worker = WorkBulk(
        units_of_work or store.unit_of_work,  # type: ignore[arg-type]  # fields by name
        clock := FakeClock(),
        life=FakeLife(store.unit_of_work, clock),
        stopping=lambda: False,
        batch=batch,
    )
    worker._slice(None)  # type: ignore[arg-type]  # no job is looked at


def test_what_is_given_up_is_failed_for_that_reason_and_holds_back_nothing(store: Store) -> None:
    save_firm(store)
    add(store, a_message("held", minute=1), hold=Reason.PERMISSION_MISSING)
    add(store, a_message("later", minute=2))
    assert due(store) == []
    done = discard(store)
    assert done == Discarded(1, (GivenUp("north", MESSAGES, "300417", "held"),), None)
    [lane] = claim(store)
    assert [delivery.subject_id for delivery in lane.deliveries] == ["later"]
    with store.unit_of_work() as uow:
        [row] = uow.deliveries.find(ALL_FIRMS, Selection(reason=Reason.DISCARDED), 10)
        assert (row.state, row.detail, row.run_at) == (DeliveryState.FAILED, "by ada: a test", None)
        [entry] = uow.deliveries.timeline(row.delivery_id)
    assert (entry.outcome, entry.detail) == ("discarded", "by ada: a test")


def test_what_is_being_sent_or_has_arrived_is_not_given_up(store: Store) -> None:
    save_firm(store)
    add(store, a_message("delivered", case_integration_id="1"))
    end(store, DeliveryState.DELIVERED)
    add(store, a_message("sending", case_integration_id="2"))
    claim(store)
    assert discard(store, Selection(states=tuple(DeliveryState))).number == 0
    assert store.states() == {"delivered": "delivered", "sending": "sending"}


def test_what_was_given_up_is_left_out_of_replays_but_for_one_that_names_it(store: Store) -> None:
    save_firm(store)
    fail(store, "m-1", "m-2")
    discard(store)
    with store.unit_of_work() as uow:
        assert uow.deliveries.replay(ALL_FIRMS, Selection(), after=0, limit=10).number == 0
        [newest, _] = uow.deliveries.find(ALL_FIRMS, Selection(), 10)
        by_number = Selection(delivery_id=newest.delivery_id)
        assert uow.deliveries.replay(ALL_FIRMS, by_number, after=0, limit=10).number == 1
        by_reason = Selection(reason=Reason.DISCARDED)
        assert uow.deliveries.replay(ALL_FIRMS, by_reason, after=0, limit=10).number == 1
        uow.commit()
    assert set(store.states().values()) == {"pending"}
    assert discard(store).given_up == ()  # neither is held nor failed any more


def test_one_in_doubt_that_is_given_up_is_looked_for_if_it_leaves_after_all(store: Store) -> None:
    save_firm(store)
    add(store, a_message())
    [lane] = claim(store)
    since = store.now() - timedelta(minutes=5)
    record(store, lane.deliveries[0], DeliveryState.UNKNOWN, run_at=store.now(), doubtful_since=since)
    give_back(store)
    assert discard(store, Selection(states=(DeliveryState.UNKNOWN,))).number == 1
    with store.unit_of_work() as uow:
        uow.deliveries.replay(ALL_FIRMS, Selection(reason=Reason.DISCARDED), after=0, limit=10)
        uow.commit()
    [lane] = claim(store)
    assert lane.deliveries[0].doubtful


def test_nothing_happens_before_an_operation_is_confirmed(store: Store) -> None:
    save_firm(store)
    fail(store, "m-1", "m-2", "m-3")
    operation = count(store, BulkKind.REPLAY)
    assert (operation.state, operation.counted, operation.counted_by) == (BulkState.COUNTED, 3, "ada")
    work(store)
    assert set(store.states().values()) == {"failed"}
    confirm(store, operation)
    work(store)
    assert set(store.states().values()) == {"pending"}
    ended = get(store, operation)
    assert (ended.state, ended.done, ended.left_out, ended.why) == (BulkState.DONE, 3, 0, "cured at the root")


def test_what_came_or_was_tried_after_the_count_is_no_part_of_it(store: Store) -> None:
    save_firm(store)
    fail(store, "m-1", "m-2", "m-3")
    operation = count(store, BulkKind.REPLAY)
    fail(store, "new")
    with store.unit_of_work() as uow:  # somebody replays one by hand, and it fails again
        [first] = [row for row in uow.deliveries.find(ALL_FIRMS, Selection(), 10) if row.subject_id == "m-2"]
        uow.deliveries.replay(ALL_FIRMS, Selection(delivery_id=first.delivery_id), after=0, limit=1)
        uow.commit()
    end(store, DeliveryState.FAILED, "rejected_by_smartadvocate")
    confirm(store, operation)
    work(store)
    assert store.states() == {"m-1": "pending", "m-2": "failed", "m-3": "pending", "new": "failed"}
    ended = get(store, operation)
    assert (ended.counted, ended.done, ended.left_out) == (3, 2, 1)


def test_a_discard_announces_what_had_not_failed_before(store: Store) -> None:
    save_firm(store)
    fail(store, "failed")
    add(store, a_message("held", case_integration_id="9"), hold=Reason.PERMISSION_MISSING)
    operation = count(store, BulkKind.DISCARD)
    confirm(store, operation)
    work(store)
    assert store.states() == {"failed": "failed", "held": "failed"}
    with store.outbox_reader().window(100) as window:
        [row] = [row for row in window.rows if row.kind == "delivery-failed"]
    body = bytes(row.body)
    assert b'"held"' in body
    assert b'"discarded"' in body
    assert b"cured" not in body


class _Killed(BaseException):
    pass


@contextmanager
def _killed_at_commit(store: Store, actor: Actor) -> Iterator[UnitOfWork]:
    with store.unit_of_work(actor) as uow:
        if uow.bulk.take() is not None:
            uow.commit = _die  # type: ignore[method-assign]  # it dies here
        yield uow


def _die() -> None:
    raise _Killed


@pytest.mark.parametrize("kind", BulkKind)
def test_a_worker_that_is_killed_in_a_batch_leaves_none_of_it_and_the_next_goes_on(
    store: Store, kind: BulkKind
) -> None:
    save_firm(store)
    fail(store, "m-1", "m-2", "m-3", "m-4", "m-5")
    operation = count(store, kind)
    confirm(store, operation)
    before = store.states()
    with pytest.raises(_Killed):
        work(store, lambda actor: _killed_at_commit(store, actor))
    assert store.states() == before
    assert get(store, operation).done == 0
    work(store)
    ended = get(store, operation)
    assert (ended.state, ended.done) == (BulkState.DONE, 5)


def test_a_cancelled_operation_keeps_what_it_has_done_and_does_no_more(store: Store) -> None:
    save_firm(store)
    fail(store, "m-1", "m-2", "m-3")
    operation = count(store, BulkKind.REPLAY)
    confirm(store, operation)
    with store.unit_of_work() as uow:
        taken = uow.bulk.take()
        assert taken is not None
        replayed = uow.deliveries.replay(taken.firms, taken.selection, after=0, limit=2)
        uow.bulk.advance(taken.bulk_id, replayed.number, replayed.after)
        uow.commit()
    CancelBulk(store.unit_of_work)(ADA, operation.bulk_id)
    work(store)
    assert sorted(store.states().values()) == ["failed", "pending", "pending"]
    ended = get(store, operation)
    assert (ended.state, ended.done, ended.ended_by) == (BulkState.CANCELLED, 2, "ada")
    for again in (CancelBulk(store.unit_of_work), lambda a, b: ConfirmBulk(store.unit_of_work)(a, b, "why")):
        with pytest.raises(ConfigurationError) as raised:
            again(ADA, operation.bulk_id)
        assert raised.value.reason is Reason.ALREADY_DECIDED


def test_operations_take_turns(store: Store) -> None:
    save_firm(store)
    fail(store, "m-1", "m-2", "m-3", reason="rejected_by_smartadvocate")
    fail(store, "n-1", reason="content_mismatch")
    large = count(store, BulkKind.REPLAY, reason=Reason.REJECTED_BY_SMARTADVOCATE)
    small = count(store, BulkKind.DISCARD, reason=Reason.CONTENT_MISMATCH)
    confirm(store, large)
    confirm(store, small)
    store.let_time_pass(timedelta(seconds=1))
    with store.unit_of_work() as uow:
        taken = uow.bulk.take()
        assert taken is not None
        assert taken.bulk_id == large.bulk_id
        uow.bulk.advance(taken.bulk_id, 0, 1)
        uow.commit()
    with store.unit_of_work() as uow:
        taken = uow.bulk.take()
        assert taken is not None
        assert taken.bulk_id == small.bulk_id


def test_an_operation_touches_the_firms_of_whoever_counted_it_alone(store: Store) -> None:
    save_firm(store)
    save_firm(store, a_firm("south"))
    fail(store, "m-1")
    fail(store, "s-1", firm="south")
    operation = count(store, BulkKind.REPLAY, NED)
    assert operation.firms == frozenset({"north"})
    confirm(store, operation, NED)
    CancelBulk(store.unit_of_work)(NED, count(store, BulkKind.REPLAY, NED).bulk_id)  # nobody's business
    work(store)
    assert store.states() == {"m-1": "pending", "s-1": "failed"}
    with pytest.raises(UnknownThingError):
        CancelBulk(store.unit_of_work)(SUE, operation.bulk_id)
    with store.unit_of_work(NED) as uow:
        assert [one.bulk_id for one in uow.bulk.list(NED.firms, 10)] == [operation.bulk_id]
    with store.unit_of_work(SUE) as uow:
        assert uow.bulk.list(SUE.firms, 10) == []
    with store.unit_of_work(ADA) as uow:
        everything = uow.bulk.list(ALL_FIRMS, 10)
        assert uow.bulk.list(ALL_FIRMS, 10, before=operation.bulk_id) == []
    assert [one.bulk_id for one in everything] == [operation.bulk_id]


def test_what_nobody_confirmed_is_forgotten_after_a_day(store: Store) -> None:
    save_firm(store)
    operation = count(store, BulkKind.REPLAY)
    store.let_time_pass(timedelta(days=2))
    count(store, BulkKind.REPLAY)
    with store.unit_of_work() as uow:
        assert uow.bulk.get(operation.bulk_id) is None


def test_one_that_no_worker_has_touched_for_a_minute_is_seen(store: Store) -> None:
    save_firm(store)
    operation = count(store, BulkKind.REPLAY)
    confirm(store, operation)
    with store.unit_of_work() as uow:
        assert not uow.bulk.is_any_left()
    store.let_time_pass(timedelta(minutes=2))
    with store.unit_of_work() as uow:
        assert uow.bulk.is_any_left()
    work(store)
    store.let_time_pass(timedelta(minutes=2))
    with store.unit_of_work(SYSTEM) as uow:
        assert not uow.bulk.is_any_left()


def test_the_operations_of_a_firm_go_with_it(store: Store) -> None:
    save_firm(store)
    fail(store, "m-1")
    operation = count(store, BulkKind.REPLAY, NED)
    confirm(store, operation, NED)
    with store.unit_of_work() as uow:
        firm = uow.firms.get("north")
        assert firm is not None
        uow.firms.save(replace(firm, connection=ConnectionState.DISCONNECTED))
        uow.firms.delete("north")
        uow.commit()
    with store.unit_of_work() as uow:
        assert uow.bulk.get(operation.bulk_id) is None
