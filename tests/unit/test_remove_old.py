"""What is old goes batch by batch, and one that cannot be removed holds up none of the others."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
import structlog

from core.actor import SYSTEM, Actor, Role
from core.audit import AuditAction
from core.errors import NotAllowedError, TransientError
from core.retention import Growing, Removed, Retention
from core.usecases.remove_old import BATCH, RemoveOld
from scheduler.cleaner import Cleaner
from tests.fakes import FakeClock, FakeStore
from tests.servers.waiting import eventually

DAY = timedelta(days=1)


class Parts:
    """Stands for the use case: says how many batches each thing has, and which cannot be removed."""

    def __init__(self, batches: dict[Growing, int], stuck: frozenset[Growing] = frozenset()) -> None:
        self.calls: Counter[Growing] = Counter()
        self.rounds: list[Growing] = []
        self._batches = Counter(batches)
        self._stuck = stuck
        self.went_round = threading.Event()

    def batch(self, actor: Actor, what: Growing) -> Removed:
        if self.calls[what] and not self._batches[what]:
            self.went_round.set()
        self.calls[what] += 1
        self.rounds.append(what)
        if what in self._stuck:
            raise TransientError("the table is locked")
        self._batches[what] -= 1 if self._batches[what] else 0
        return Removed(1, is_over=not self._batches[what])

    def from_the_start(self, actor: Actor) -> None:
        raise AssertionError("an hour has not gone by")


def go_round(parts: Parts) -> None:
    with Cleaner(parts, every_s=0.01, rest=0.0):  # type: ignore[arg-type]  # a part by its shape
        eventually(parts.went_round.is_set, 10, "a second round")


def test_all_have_their_turn_and_those_with_more_have_more() -> None:
    parts = Parts({Growing.DELIVERED: 5, Growing.RUNS: 3})
    go_round(parts)
    assert set(parts.calls) == set(Growing)
    first = parts.rounds[: len(Growing) + 6]
    assert Counter(first)[Growing.DELIVERED] == 5
    assert Counter(first)[Growing.RUNS] == 3
    assert first[: len(Growing)] == list(Growing), "one batch of each before the second of any"


def test_one_that_is_stuck_stops_none_of_the_others() -> None:
    parts = Parts({Growing.FAILED: 3}, frozenset({Growing.DELIVERED, Growing.TEXTS}))
    go_round(parts)
    assert parts.calls[Growing.FAILED] >= 3
    assert parts.calls[Growing.BULK_OPERATIONS] >= 1


def test_what_is_in_the_way_of_all_is_said_once() -> None:
    """Seen: a warning with its places for each table in turn, while PostgreSQL was away."""
    parts = Parts({}, frozenset(Growing))
    with structlog.testing.capture_logs() as logs, Cleaner(parts, every_s=0.01, rest=0.0):  # type: ignore[arg-type]  # a part by its shape
        eventually(lambda: min(parts.calls[what] for what in Growing) >= 3, 10, "three rounds")
    assert [entry["event"] for entry in logs] == ["removal_waits"]


def test_it_ends_after_the_batch_it_is_in() -> None:
    parts = Parts({Growing.TEXTS: 10**9})
    with Cleaner(parts, every_s=60.0, rest=0.0):  # type: ignore[arg-type]  # a part by its shape
        eventually(lambda: parts.calls[Growing.TEXTS] > 3, 10, "a few batches")
    number = parts.calls[Growing.TEXTS]
    assert number < 10**9
    assert parts.calls[Growing.TEXTS] == number


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def store(clock: FakeClock) -> FakeStore:
    return FakeStore(clock)


def audited(store: FakeStore, number: int) -> None:
    with store.unit_of_work() as uow:
        for _ in range(number):
            uow.audit.record(SYSTEM, "north", AuditAction.FIRM_ADDED)
        uow.commit()


def test_a_batch_is_bounded_and_the_next_goes_on_behind_it(store: FakeStore, clock: FakeClock) -> None:
    audited(store, BATCH + 5)
    clock.advance(400 * DAY)
    remove = RemoveOld(lambda _: store.unit_of_work(), Retention(audit=365 * DAY))
    first = remove.batch(SYSTEM, Growing.AUDIT_LOG)
    assert (first.number, first.is_over) == (BATCH, False)
    assert remove.batch(SYSTEM, Growing.AUDIT_LOG).number == 5
    assert remove.batch(SYSTEM, Growing.AUDIT_LOG).is_over
    remove.from_the_start(SYSTEM)
    assert remove.batch(SYSTEM, Growing.AUDIT_LOG).number == 0


def test_every_kind_can_be_removed_and_is_told_of(store: FakeStore) -> None:
    remove = RemoveOld(lambda _: store.unit_of_work(), Retention())
    for what in Growing:
        assert remove.batch(SYSTEM, what).is_over
    with store.unit_of_work() as uow:
        states = uow.removal.states(Retention())
    assert {state.what for state in states} == {what.value for what in Growing}
    assert not any(state.is_behind for state in states)


def test_people_do_not_remove(store: FakeStore) -> None:
    remove = RemoveOld(lambda _: store.unit_of_work(), Retention())
    ada = Actor("ada", Role.IMPLEMENTATION_MANAGER, SYSTEM.firms)
    with pytest.raises(NotAllowedError):
        remove.batch(ada, Growing.DELIVERED)
    with pytest.raises(NotAllowedError):
        remove.from_the_start(ada)


def test_rows_are_never_kept_for_a_shorter_time_than_their_text() -> None:
    keep = Retention(deliveries=31 * DAY, failed=365 * DAY)
    assert keep.of(Growing.FAILED) == keep.of(Growing.FAILED_TEXTS) == 365 * DAY
