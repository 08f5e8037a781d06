"""A process knows when it may not begin a call any more; who looks declares nobody gone in haste (ADR 97)."""

from contextlib import suppress
from datetime import timedelta

import pytest

from core.actor import SYSTEM
from core.errors import TransientError
from core.process import HEARTBEAT, AboutProcess, ProcessKind
from core.schedule import JobName
from core.usecases.keep_alive import KeepAlive
from core.usecases.look_for_gone import LookForGone
from core.usecases.steps.standing import Standing
from tests.fakes import FakeClock, FakeStore

SECOND = timedelta(seconds=1)
AWAY = TransientError("the store is away")
ABOUT = AboutProcess(ProcessKind.WORKER, "host", "1.0", 4)


class Bench:
    """A store, and processes with clocks of their own: `elapsed_s` is what no one can set."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = FakeStore(self.clock)
        self.elapsed_s = 1_000.0
        self.look = LookForGone(self.store.unit_of_work, lambda: self.elapsed_s)

    def process(self) -> "Process":
        made = Process(self)
        made.beat(SYSTEM)
        return made

    def pass_time(self, seconds: float, *, store_s: float | None = None) -> None:
        self.elapsed_s += seconds
        self.clock.advance(timedelta(seconds=seconds if store_s is None else store_s))

    def look_for(self, seconds: int, *beating: "Process") -> list[int]:
        """Look once a second; these processes live."""
        gone: list[int] = []
        for _ in range(seconds):
            self.pass_time(1)
            for process in beating:
                process.beat(SYSTEM)
            gone += self.look(SYSTEM)
        return gone


class Process(KeepAlive):
    """A process, and how it stands."""

    def __init__(self, bench: Bench) -> None:
        uow = bench.store.unit_of_work
        self.standing = Standing(bench.clock, lambda: bench.elapsed_s)
        super().__init__(uow, uow, ABOUT, self.standing)
        self.errand = self.standing.errand
        self.dropped = self.standing.dropped

    @property
    def process_id(self) -> int | None:
        return self.standing.process_id


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_calls_begin_for_a_while_after_the_last_sign_of_life_and_not_longer(bench: Bench) -> None:
    process = bench.process()
    with process.errand() as errand:
        bench.pass_time(9.9)
        assert errand.may_begin()
        bench.pass_time(0.2)
        assert not errand.may_begin()
        process.beat(SYSTEM)
        assert errand.may_begin()


def test_no_errand_begins_where_no_call_could(bench: Bench) -> None:
    process = bench.process()
    bench.pass_time(10)
    with pytest.raises(TransientError, match="could not tell the database"), process.errand():
        raise AssertionError("begun")


def test_a_renewal_counts_from_the_moment_in_which_it_was_asked_for(bench: Bench) -> None:
    process = bench.process()
    real = bench.store.end

    def slow(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]  # handed on as it came
        bench.elapsed_s += 4  # the answer takes its time

    bench.store.end = slow  # type: ignore[method-assign,assignment]  # replaced for this one test
    process.beat(SYSTEM)
    with process.errand() as errand:
        bench.elapsed_s += 5.9
        assert errand.may_begin()
        bench.elapsed_s += 0.2
        assert not errand.may_begin()


def test_a_machine_that_stood_still_as_a_whole_is_noticed_by_the_stores_clock(bench: Bench) -> None:
    with bench.process().errand() as errand:
        bench.pass_time(0.1, store_s=60)
        assert not errand.may_begin()


def test_a_sign_that_does_not_get_through_stops_nothing_yet(bench: Bench) -> None:
    process = bench.process()
    with process.errand() as errand:
        bench.pass_time(3)
        bench.store.failures.append(AWAY)
        with pytest.raises(TransientError):
            process.beat(SYSTEM)
        assert errand.may_begin()


def test_a_process_that_was_declared_gone_begins_anew_and_what_it_had_in_hand_may_begin_nothing(
    bench: Bench,
) -> None:
    process = bench.process()
    before = process.process_id
    with process.errand() as errand:
        gone = bench.look_for(40)
        assert gone == [before]
        assert not process.beat(SYSTEM)
        assert process.process_id not in {None, before}
        assert not errand.may_begin()
        with process.errand() as following:
            assert following.may_begin()
            assert following.owner != errand.owner


def test_calls_stop_well_before_anybody_is_declared_gone(bench: Bench) -> None:
    process = bench.process()
    with process.errand() as errand:
        may_begin = []
        while not (bench.look_for(1)):
            may_begin.append(errand.may_begin())
    quiet = timedelta(seconds=len(may_begin) - sum(may_begin))
    assert quiet >= HEARTBEAT.quiet
    assert may_begin == sorted(may_begin, reverse=True)


def test_whoever_gives_signs_of_life_is_never_gone(bench: Bench) -> None:
    process = bench.process()
    assert bench.look_for(60, process) == []


def test_a_looker_counts_anew_after_it_could_not_look(bench: Bench) -> None:
    """A store that was away makes nobody gone: processes have as long as ever to be the first."""
    bench.process()
    assert bench.look_for(10) == []
    bench.pass_time(60)  # the store is away: nobody renews, and nobody looks
    assert bench.look_for(15) == []
    assert len(bench.look_for(2)) == 1


def test_a_looker_counts_anew_after_a_start_of_the_store(bench: Bench) -> None:
    bench.process()
    assert bench.look_for(14) == []
    bench.store.tables.server["started"] = bench.clock.now()
    assert bench.look_for(15) == []
    assert len(bench.look_for(2)) == 1


@pytest.mark.parametrize("step_s", [20.0, -20.0, 2.0])
def test_a_step_of_the_stores_clock_makes_nobody_gone(bench: Bench, step_s: float) -> None:
    process = bench.process()
    assert bench.look_for(30, process) == []
    bench.clock.advance(timedelta(seconds=step_s))
    gone = bench.look_for(10)
    assert gone == []
    process.beat(SYSTEM)
    assert bench.look_for(20, process) == []


def test_small_steps_do_not_add_up_unnoticed(bench: Bench) -> None:
    process = bench.process()
    bench.look_for(30, process)
    gone: list[int] = []
    for _ in range(11):  # the store's clock runs half a second ahead with each second
        bench.pass_time(1, store_s=1.5)
        gone += bench.look(SYSTEM)
    assert gone == []


def test_what_an_errand_left_behind_is_given_back_when_the_store_allows_it(bench: Bench) -> None:
    process = bench.process()
    with bench.store.unit_of_work() as uow:
        uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"])
        uow.commit()
    [job_id] = bench.store.tables.jobs

    def break_off() -> None:
        with process.errand() as errand:
            with bench.store.unit_of_work() as uow:
                assert uow.jobs.start(job_id, errand.owner)
                uow.commit()
            raise AWAY

    with pytest.raises(TransientError):
        break_off()
    assert process.dropped.is_set()
    bench.store.failures.append(AWAY)
    with pytest.raises(TransientError):
        process.give_back(SYSTEM)
    assert process.dropped.is_set()
    assert process.give_back(SYSTEM) == 1
    assert process.give_back(SYSTEM) == 0
    assert not process.dropped.is_set()
    [job] = bench.store.tables.jobs.values()
    assert job.owner is None
    assert job.job_id != job_id


def test_what_a_claim_holds_whose_commit_came_late_is_given_back_all_the_same(bench: Bench) -> None:
    """Its answer was lost and its errand broke off; the store had not even begun with it."""
    process = bench.process()
    with bench.store.unit_of_work() as uow:
        uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"])
        uow.commit()
    [job_id] = bench.store.tables.jobs
    owner = ""
    with suppress(TransientError), process.errand() as errand:
        owner = errand.owner
        raise AWAY
    assert process.give_back(SYSTEM) == 0
    with bench.store.unit_of_work() as uow:
        assert uow.jobs.start(job_id, owner)
        uow.commit()
    assert process.give_back(SYSTEM) == 1
    assert process.dropped.is_set(), "it is looked for again: others may have had it locked"
    assert process.give_back(SYSTEM) == 0


def test_nothing_is_taken_from_an_errand_that_goes_on(bench: Bench) -> None:
    process = bench.process()
    with bench.store.unit_of_work() as uow:
        uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"])
        uow.commit()
    [job_id] = bench.store.tables.jobs
    with process.errand() as errand:
        with bench.store.unit_of_work() as uow:
            assert uow.jobs.start(job_id, errand.owner)
            uow.commit()
        assert process.give_back(SYSTEM) == 0
        assert [job.owner for job in bench.store.tables.jobs.values()] == [errand.owner]


def test_an_errand_that_ends_well_leaves_nothing_to_give_back(bench: Bench) -> None:
    process = bench.process()
    with process.errand():
        pass
    assert process.give_back(SYSTEM) == 0


def test_two_errands_never_claim_in_one_name(bench: Bench) -> None:
    """A broker may bring one job to two threads: what the one leaves is not the other's."""
    one, other = bench.process(), bench.process()
    owners = []
    for process in (one, one, other):
        with process.errand() as errand:
            owners.append(errand.owner)
    assert len(set(owners)) == 3


def test_a_process_that_ends_may_begin_nothing_and_is_gone_at_once(bench: Bench) -> None:
    process = bench.process()
    with process.errand() as errand:
        process.end(SYSTEM)
        assert not errand.may_begin()
    [row] = bench.store.tables.processes.values()
    assert row.gone_at is not None
