"""What the buckets of those who ask promise (`core.ports.buckets.Buckets`)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from tests.contract.stores import Store

PER_S, AT_ONCE = 0.01, 3


def take(store: Store, who: str = "203.0.113.9") -> float:
    with store.unit_of_work() as uow:
        wait = uow.buckets.take(who, PER_S, AT_ONCE)
        uow.commit()
    return wait


def test_so_many_at_once_and_then_one_as_time_goes_by(store: Store) -> None:
    assert [take(store) for _ in range(AT_ONCE)] == [0] * AT_ONCE
    assert take(store) == pytest.approx(100, abs=30)
    assert take(store) > 0, "being refused takes nothing, and gives nothing"
    store.let_time_pass(timedelta(seconds=100))
    assert take(store) == 0
    assert take(store) > 0
    store.let_time_pass(timedelta(hours=1))
    assert [take(store) > 0 for _ in range(AT_ONCE + 1)] == [False] * AT_ONCE + [True]


def test_each_has_tries_of_its_own(store: Store) -> None:
    for _ in range(AT_ONCE):
        take(store)
    assert take(store) > 0
    assert take(store, "203.0.113.10") == 0


def test_what_came_at_the_same_time_is_counted_once_each(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        waits = list(pool.map(lambda _: take(store), range(12)))
    assert waits.count(0) == AT_ONCE


def note(store: Store, number: int, who: str = "a key") -> float:
    with store.unit_of_work() as uow:
        wait = uow.buckets.note(who, PER_S, AT_ONCE, number)
        uow.commit()
    return wait


def test_what_was_let_through_already_is_taken_all_the_same_and_overdraws(store: Store) -> None:
    assert note(store, AT_ONCE - 1) == 0
    assert note(store, 2) == pytest.approx(200, abs=30), "one is overdrawn, and one is to be there"
    assert note(store, 1, "another") == 0
    store.let_time_pass(timedelta(seconds=150))
    assert note(store, 1) == pytest.approx(150, abs=30)
    store.let_time_pass(timedelta(hours=1))
    assert note(store, AT_ONCE - 1) == 0


def test_blocks_of_several_processes_are_all_counted(store: Store) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: note(store, 2), range(6)))
    assert note(store, 1) == pytest.approx((6 * 2 + 1 + 1 - AT_ONCE) * 100, abs=60)
