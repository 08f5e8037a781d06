"""The thread that shows that a process lives, while the store is away."""

import itertools
import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from adapters.system.heart import Heart
from core.actor import Actor
from core.errors import TransientError
from core.process import AboutProcess, Heartbeat, ProcessKind
from core.usecases.keep_alive import KeepAlive
from core.usecases.look_for_gone import LookForGone
from core.usecases.steps.standing import Standing
from tests.fakes import FakeClock, FakeStore

OFTEN = Heartbeat(every=timedelta(milliseconds=10), look_every=timedelta(milliseconds=10))
TRIES = 3


class Refused:
    """Notes when it is asked, refuses at once, and tells when it was asked often enough."""

    def __init__(self) -> None:
        self.asked_s: list[float] = []
        self.is_enough = threading.Event()

    def __call__(self) -> None:
        self.asked_s.append(time.monotonic())
        if len(self.asked_s) == TRIES:
            self.is_enough.set()
        raise TransientError("nothing listens there")


class NoSign(KeepAlive):
    """Gives one sign of life, and cannot give another."""

    ask: Callable[[], None] = staticmethod(lambda: None)

    def beat(self, actor: Actor) -> bool:
        self.ask()
        return super().beat(actor)


class NoLook(LookForGone):
    """Cannot look for others."""

    ask: Callable[[], None] = staticmethod(lambda: None)

    def __call__(self, actor: Actor) -> list[int]:
        self.ask()
        return []


@pytest.mark.parametrize("what", ["signs", "looks"])
def test_a_store_that_refuses_at_once_is_not_asked_without_a_pause(what: str) -> None:
    clock = FakeClock()
    store, standing = FakeStore(clock), Standing(clock, time.monotonic)
    about = AboutProcess(ProcessKind.SCHEDULER, "here", "1.0")
    refused = Refused()
    beats = NoSign(store.unit_of_work, store.unit_of_work, about, standing)
    look = NoLook(store.unit_of_work, time.monotonic)
    heart = Heart(beats, standing, look=look, heartbeat=OFTEN)
    heart.start()
    (beats if what == "signs" else look).ask = refused
    try:
        assert refused.is_enough.wait(30)
    finally:
        heart.stop()
    assert all(after - before > 0.4 for before, after in itertools.pairwise(refused.asked_s))
