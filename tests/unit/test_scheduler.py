"""The scheduler's loop."""

import threading
from collections import Counter
from datetime import timedelta

from core.actor import Actor
from core.errors import TransientError
from core.schedule import JobName
from scheduler.loop import Intervals, Scheduler
from tests.servers.waiting import eventually


class Parts:
    """Counts what the loop calls; fails as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.calls: Counter[str] = Counter()
        self.failures = failures
        self.waiting = 3
        self.next_pause_ends_in: timedelta | None = None
        self.waits: list[float] = []

    def tick(self, actor: Actor) -> dict[JobName, int]:
        self.calls["tick"] += 1
        if self.calls["tick"] <= self.failures:
            raise TransientError("the database is away")
        return {}

    def wake(self, actor: Actor) -> tuple[int, timedelta | None]:
        self.calls["wake"] += 1
        return 0, self.next_pause_ends_in

    def recover(self, actor: Actor) -> int:
        self.calls["recover"] += 1
        return 0

    def publish_window(self, actor: Actor) -> int:
        self.calls["publish"] += 1
        published, self.waiting = min(self.waiting, 1), max(self.waiting - 1, 0)
        return published

    def wait(self, actor: Actor, timeout_s: float) -> bool:
        self.calls["wait"] += 1
        self.waits.append(timeout_s)
        assert timeout_s <= Intervals().tick_s
        return threading.Event().wait(min(timeout_s, 0.01))


def run(parts: Parts, until: str) -> None:
    scheduler = Scheduler(parts, parts, Intervals(longest_backoff_s=0.02))  # type: ignore[arg-type]  # both by their shape
    thread = threading.Thread(target=scheduler.run)
    thread.start()
    eventually(lambda: parts.calls[until] > 0, 10, f"a {until}")
    scheduler.stop()
    thread.join(10)
    assert not thread.is_alive()


def test_it_publishes_until_nothing_waits_and_only_then_rests() -> None:
    parts = Parts()
    run(parts, "wait")
    assert parts.waiting == 0
    assert parts.calls["publish"] >= 4


def test_it_recovers_at_once_but_not_at_every_step() -> None:
    parts = Parts()
    run(parts, "wait")
    assert parts.calls["recover"] == 1


def test_it_looks_again_at_the_moment_a_firms_pause_ends() -> None:
    parts = Parts()
    parts.next_pause_ends_in = timedelta(seconds=0.2)
    run(parts, "wait")
    assert parts.waits[0] <= 0.2
    assert parts.calls["wake"] == 1


def test_a_store_that_is_away_is_waited_for() -> None:
    parts = Parts(failures=3)
    run(parts, "publish")
    assert parts.calls["tick"] >= 4


def test_a_step_that_meets_a_defect_holds_up_none_of_the_others() -> None:
    class Broken(Parts):
        def tick(self, actor: Actor) -> dict[JobName, int]:
            super().tick(actor)
            raise AssertionError

        def recover(self, actor: Actor) -> int:
            super().recover(actor)
            raise OverflowError

    parts = Broken()
    run(parts, "wait")
    assert parts.waiting == 0
    assert parts.calls["recover"] == parts.calls["wake"] == 1
