"""Seats: the rule, and a command's way to one."""

from contextlib import ExitStack
from datetime import timedelta

import pytest

from core.errors import TransientError
from core.job import Job
from core.reason import Reason
from core.schedule import JobName
from core.seats import Room, choose
from core.usecases.steps.seat_by_hand import OF_ONE, SeatByHand
from tests.fakes import FakeClock, FakeStore
from tests.fakes.life import Lives
from tests.fakes.samples import a_firm

MESSAGES, DOCUMENTS, CASES = JobName.SYNC_MESSAGES, JobName.SYNC_DOCUMENTS, JobName.SYNC_CASES


def test_only_messages_may_take_the_last_of_several_seats() -> None:
    room = Room.of(3, taken=2, by_other_jobs=2)
    assert room.seats(MESSAGES)
    assert not room.seats(CASES)
    assert not room.seats(DOCUMENTS)


def test_a_firm_with_one_seat_or_none_lets_everybody_have_it() -> None:
    assert Room.of(1, 0, 0).seats(CASES)
    assert Room.of(0, 0, 0).seats(CASES)
    assert not Room.of(1, 1, 0).seats(MESSAGES)


def test_as_many_are_chosen_as_find_seats_in_the_order_of_their_urgency() -> None:
    parked = [(1, CASES), (2, CASES), (3, DOCUMENTS), (4, MESSAGES)]
    assert choose(Room.of(3, 0, 0), parked) == [4, 3, 1]
    assert choose(Room.of(2, 0, 0), parked) == [4, 3]
    assert choose(Room.of(2, 1, 1), parked) == [4]
    assert choose(Room.of(2, 2, 1), parked) == []


class Bench:
    """A firm with one seat; who sleeps lets time pass."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = FakeStore(self.clock)
        self.slept = 0.0
        self.job: Job | None = None
        self.job_lasts_s = 0.0
        self.lives = Lives(self.store.unit_of_work, self.clock)
        self.by_hand = SeatByHand(self.store.unit_of_work, self.clock, self._sleep, self.lives("web"))
        with self.store.unit_of_work() as uow:
            uow.firms.save(a_firm(concurrency=1))
            uow.commit()

    def _sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.clock.advance(timedelta(seconds=seconds))
        if self.job is not None and self.slept >= self.job_lasts_s:
            with self.store.unit_of_work() as uow:
                uow.jobs.finish(self.job)
                uow.commit()
            self.job = None

    def job_for(self, lasts: timedelta) -> None:
        self.job_lasts_s = lasts.total_seconds()
        with self.lives("worker").errand() as errand, self.store.unit_of_work() as uow:
            uow.jobs.enqueue(CASES, ["north"])
            uow.commit()
            self.job = uow.jobs.start(next(iter(self.store.tables.jobs)), errand.owner)
            uow.commit()
        assert self.job is not None


def test_a_command_holds_its_seat_while_it_calls_and_no_longer() -> None:
    bench = Bench()
    with bench.by_hand("north"):
        [seat] = bench.store.tables.hand_seats.values()
        assert seat.is_taken
    assert not bench.store.tables.hand_seats
    assert bench.slept == 0


def test_a_command_waits_until_a_seat_is_free() -> None:
    bench = Bench()
    bench.job_for(timedelta(seconds=20))
    with bench.by_hand("north"):
        assert bench.slept == pytest.approx(20, abs=0.2)


def test_those_who_wait_for_one_firm_leave_room_for_the_others() -> None:
    bench = Bench()
    with bench.store.unit_of_work() as uow:
        for firm_id in ("north", "south"):
            uow.firms.save(a_firm(firm_id, concurrency=100))
        uow.commit()
    with ExitStack() as at_it:
        for _ in range(OF_ONE):
            at_it.enter_context(bench.by_hand("north"))
        with (
            pytest.raises(TransientError, match="as many of this process wait") as refused,
            bench.by_hand("north"),
        ):
            raise AssertionError("the firm has its share of the threads")
        assert refused.value.reason is Reason.TOO_BUSY
        at_it.enter_context(bench.by_hand("south"))
    assert bench.slept == 0, "it is told at once"
    with bench.by_hand("north"):
        assert len(bench.store.tables.hand_seats) == 1


def test_a_command_that_finds_no_seat_says_so_and_leaves_no_trace() -> None:
    bench = Bench()
    bench.job_for(timedelta(hours=1))
    with pytest.raises(TransientError, match="in use by as many jobs"), bench.by_hand("north"):
        raise AssertionError("it has no seat")
    assert not bench.store.tables.hand_seats
    assert bench.slept == pytest.approx(60, abs=0.2)
