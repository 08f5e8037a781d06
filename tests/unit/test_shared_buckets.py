"""One rate over several processes of the web, and what it costs the store."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from adapters.web.buckets import Rate
from adapters.web.middleware.shared_buckets import SharedBuckets
from core.errors import TransientError
from tests.fakes.service import FakeService

RATE = Rate(100.0, 500)


@dataclass
class House:
    """Two processes of the web over one store, and one time for all."""

    processes: int = 2
    rate: Rate = RATE
    statements: int = 0
    is_out: bool = False
    now: float = 0.0
    service: FakeService = field(default_factory=FakeService)

    def __post_init__(self) -> None:
        self.buckets = [
            SharedBuckets("key", self.rate, self.count, lambda: self.now) for _ in range(self.processes)
        ]

    def count(self, who: str, per_s: float, at_once: int, number: int) -> float:
        self.statements += 1
        if self.is_out:
            raise TransientError("the store is out of reach")
        return self.service.desk.count_requests.note(who, per_s, at_once, number)

    def pass_time(self, seconds: float) -> None:
        self.now += seconds
        self.service.clock.advance(timedelta(seconds=seconds))

    def ask(self, seconds: int, a_second: int, name: str = "one") -> int:
        """Ask each process in turn; return how many were let through."""

        async def asking() -> int:
            passed = 0
            for number in range(seconds * a_second):
                self.pass_time(1 / a_second)
                passed += await self.buckets[number % self.processes].take(name) == 0
            return passed

        return asyncio.run(asking())


def test_two_processes_let_no_more_through_than_one() -> None:
    house = House()
    passed = house.ask(10, 400)
    allowed = RATE.at_once + 10 * RATE.per_s
    assert allowed * 0.9 < passed <= allowed + house.processes * RATE.per_s


def test_a_busy_key_costs_about_a_statement_a_second_in_each_process_and_a_quiet_one_none() -> None:
    house = House()
    house.ask(30, 90)
    assert 0 < house.statements <= 30 + 10
    before = house.statements
    house.pass_time(60)
    assert house.ask(60, 2, "quiet") == 120
    assert house.statements == before


def test_what_is_slow_but_not_quiet_is_told_too() -> None:
    house = House()
    house.ask(60, 20)
    assert house.statements > 0


def test_each_name_has_a_rate_of_its_own() -> None:
    house = House(rate=Rate(0.01, 4))
    assert house.ask(1, 12) <= 4 + house.processes
    assert house.ask(1, 2, "another") == 2


@pytest.mark.parametrize("processes", [1, 3])
def test_without_the_store_each_process_keeps_the_rate_by_itself(processes: int) -> None:
    house = House(processes, is_out=True)
    passed = house.ask(5, 900)
    allowed = min(4_500, processes * (RATE.at_once + 5 * RATE.per_s))
    assert allowed * 0.95 < passed <= allowed + processes


def test_a_process_that_heard_of_an_overdrawn_bucket_says_how_long_and_asks_no_more() -> None:
    house = House(1, Rate(0.1, 5))
    house.service.desk.count_requests.note("key:one", 0.1, 5, 9)  # elsewhere
    assert asyncio.run(house.buckets[0].take("one")) == 0
    assert asyncio.run(house.buckets[0].take("one")) == pytest.approx(60)
    assert house.statements == 1
    house.pass_time(61)
    assert asyncio.run(house.buckets[0].take("one")) == 0
