"""What `core.ports.admission` promises: a firm's rate and its pauses, for all processes together."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime, timedelta
from typing import Protocol

import pytest

from adapters.postgres.limits.admission import PostgresAdmission
from adapters.postgres.store.pool import Pool
from core.actor import SYSTEM
from core.errors import FirmPausedError, RateLimitedError, TransientError
from core.firm import Firm
from core.issue import IssueKind
from core.pause import DEFAULT_PAUSE, LONGEST_PAUSE, in_words
from core.ports.admission import Admission
from core.ports.unit_of_work import UnitsOfWork
from core.reason import Reason
from tests.contract.stores import Postgres
from tests.fakes import FakeClock, FakeStore
from tests.fakes.admission import FakeAdmission
from tests.fakes.samples import a_firm

FIVE_A_SECOND = 5
ASKING = (
    1.0  # seconds of the store's clock that may go by while a busy machine asks: they need not be waited for
)


def nothing() -> None: ...


class Processes(Protocol):
    """Processes that share a store; who sleeps lets the time of all pass."""

    units_of_work: UnitsOfWork
    slept: float
    stopping: bool
    time_stands: bool  # who sleeps is awake at the same time
    meanwhile: Callable[[], None]  # is called whenever one begins to sleep

    def process(self) -> Admission:
        """Return a further process's admission."""
        ...

    def now(self) -> datetime:
        """Return the time of the processes' clock."""
        ...

    def store_now(self) -> datetime:
        """Return the store's time, by which pauses end."""
        ...

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        ...


class InMemory:
    def __init__(self) -> None:
        self._clock = FakeClock()
        self._store = FakeStore(self._clock)
        self._next_at: dict[str, datetime] = {}
        self.units_of_work: UnitsOfWork = self._store.unit_of_work
        self.slept = 0.0
        self.stopping = self.time_stands = False
        self.meanwhile: Callable[[], None] = nothing

    def process(self) -> Admission:
        return FakeAdmission(self._store, self._clock, self._sleep, self._next_at)

    def now(self) -> datetime:
        return self._clock.now()

    def store_now(self) -> datetime:
        return self._clock.now()

    def pass_by(self, seconds: float) -> None:
        self._clock.advance(timedelta(seconds=seconds))

    def _sleep(self, seconds: float) -> bool:
        self.meanwhile()
        self.slept += seconds
        self.pass_by(0 if self.time_stands else seconds)
        return self.stopping


class OnPostgres:
    def __init__(self, pool: Pool, store: Postgres) -> None:
        self._pool = pool
        self._store = store
        self._clock = FakeClock()
        self._monotonic = 0.0
        self.units_of_work: UnitsOfWork = store.unit_of_work
        self.slept = 0.0
        self.stopping = self.time_stands = False
        self.meanwhile: Callable[[], None] = nothing

    def process(self) -> Admission:
        return PostgresAdmission(self._pool, self._clock, self._sleep, lambda: self._monotonic)

    def now(self) -> datetime:
        return self._clock.now()

    def store_now(self) -> datetime:
        return self._store.now()

    def pass_by(self, seconds: float) -> None:
        self._monotonic += seconds
        self._clock.advance(timedelta(seconds=seconds))
        self._store.let_time_pass(timedelta(seconds=seconds))

    def _sleep(self, seconds: float) -> bool:
        self.meanwhile()
        self.slept += seconds
        self.pass_by(0 if self.time_stands else seconds)
        return self.stopping


@pytest.fixture(params=["in memory", "postgres"])
def processes(request: pytest.FixtureRequest) -> Iterator[Processes]:
    """Processes on a store with one firm."""
    if request.param == "in memory":
        yield stored(InMemory())
        return
    pool = request.getfixturevalue("contract_pool")
    with closing(Postgres(pool)) as store:
        yield stored(OnPostgres(pool, store))


def stored(processes: Processes) -> Processes:
    for firm_id in ("north", "south"):
        save(processes, firm(firm_id=firm_id))
    return processes


def firm(rate: float | None = FIVE_A_SECOND, firm_id: str = "north") -> Firm:
    return a_firm(firm_id, requests_per_second=rate)


def save(processes: Processes, wanted: Firm) -> None:
    with processes.units_of_work(SYSTEM) as uow:
        uow.firms.save(wanted)
        uow.commit()


def pause(processes: Processes, seconds: float) -> None:
    """As a use case does; the store's clock counts."""
    processes.process().hold("north", timedelta(seconds=seconds))


def test_the_first_request_goes_at_once_and_the_next_at_the_firms_rate(processes: Processes) -> None:
    process = processes.process()
    process.wait(firm())
    assert processes.slept == pytest.approx(0, abs=0.05)
    for _ in range(20):
        process.wait(firm())
    assert 4 - ASKING <= processes.slept <= 4.3


def test_processes_share_the_rate(processes: Processes) -> None:
    all_of_them = [processes.process() for _ in range(3)]
    for _ in range(10):
        for process in all_of_them:
            process.wait(firm())
    assert processes.slept >= 29 / FIVE_A_SECOND - ASKING


def test_a_rate_below_one_a_second_is_kept_too(processes: Processes) -> None:
    process = processes.process()
    for _ in range(4):
        process.wait(firm(0.5))
    assert 6 - ASKING <= processes.slept <= 6.3


def test_a_limit_that_is_lowered_holds_for_what_a_process_had_reserved_before(processes: Processes) -> None:
    processes.time_stands = True  # as for threads that wait side by side
    one, other = processes.process(), processes.process()
    for _ in range(40):
        one.wait(firm(10 * FIVE_A_SECOND))
    due = sorted(waited(processes, process) for process in [one, other] for _ in range(20))
    assert due[-1] - due[0] >= 39 / FIVE_A_SECOND - ASKING


def waited(processes: Processes, process: Admission) -> float:
    before = processes.slept
    process.wait(firm())
    return processes.slept - before


def test_one_firms_rate_is_not_anothers(processes: Processes) -> None:
    process = processes.process()
    for _ in range(10):
        process.wait(firm())
    slept = processes.slept
    process.wait(firm(firm_id="south"))
    assert processes.slept == slept


@pytest.mark.parametrize("rate", [None, 0])
def test_a_firm_without_a_limit_never_waits(processes: Processes, rate: float | None) -> None:
    process = processes.process()
    for _ in range(100):
        process.wait(firm(rate))
    assert processes.slept == 0


def test_time_that_passed_unused_is_not_made_up_for(processes: Processes) -> None:
    process = processes.process()
    for _ in range(10):
        process.wait(firm())
    processes.pass_by(60)
    slept = processes.slept
    for _ in range(11):
        process.wait(firm())
    assert processes.slept - slept >= 10 / FIVE_A_SECOND - ASKING


def test_who_could_not_send_in_time_is_told_without_waiting(processes: Processes) -> None:
    process, other = processes.process(), processes.process()
    for _ in range(10):
        other.wait(firm())
    slept = processes.slept
    with pytest.raises(TransientError):
        process.wait(firm(0.001), not_after=processes.now())
    assert processes.slept == slept


@pytest.mark.parametrize("rate", [FIVE_A_SECOND, None])
def test_a_pause_stops_the_whole_firm_at_once_here_and_within_a_second_elsewhere(
    processes: Processes, rate: float | None
) -> None:
    here, elsewhere = processes.process(), processes.process()
    for process in (here, elsewhere):
        for _ in range(5):
            process.wait(firm(rate))
    here.hold("north", timedelta(seconds=30))
    with pytest.raises(RateLimitedError) as told:
        here.wait(firm(rate))
    assert told.value.retry_after is not None
    assert 29 <= told.value.retry_after.total_seconds() <= 30
    processes.pass_by(1.1)
    with pytest.raises(RateLimitedError):
        elsewhere.wait(firm(rate))


def test_a_pause_that_comes_while_others_wait_for_their_slot_reaches_them_before_they_send(
    processes: Processes,
) -> None:
    """Slots that several processes reserved queue up, so the wait for one may be longer than a second."""
    here, elsewhere = processes.process(), processes.process()
    here.wait(firm(0.5))

    def meanwhile() -> None:
        here.hold("north", timedelta(seconds=30))

    processes.meanwhile = meanwhile
    with pytest.raises(RateLimitedError) as told:
        elsewhere.wait(firm(0.5))
    assert processes.slept == pytest.approx(2, abs=0.3)
    assert told.value.retry_after is not None
    assert 27 <= told.value.retry_after.total_seconds() <= 28.1


def test_a_pause_holds_back_nobody_else(processes: Processes) -> None:
    pause(processes, 30)
    processes.process().wait(firm(firm_id="south"))


def test_after_the_pause_requests_go_on_and_a_longer_one_is_not_shortened(processes: Processes) -> None:
    process = processes.process()
    pause(processes, 30)
    pause(processes, 2)
    processes.pass_by(10)
    with pytest.raises(RateLimitedError):
        process.wait(firm())
    processes.pass_by(21)
    process.wait(firm())


def test_who_waits_while_the_process_stops_is_told(processes: Processes) -> None:
    process = processes.process()
    process.wait(firm(0.1))
    processes.stopping = True
    with pytest.raises(TransientError):
        process.wait(firm(0.1))


def issues(processes: Processes) -> list[tuple[str, str]]:
    with processes.units_of_work(SYSTEM) as uow:
        return [(issue.kind, issue.message) for issue in uow.issues.list_open(frozenset({"north"}))]


def stored_firm(processes: Processes) -> Firm:
    with processes.units_of_work(SYSTEM) as uow:
        found = uow.firms.get("north")
    assert found is not None
    return found


def left_of(process: Admission) -> float:
    """Return how many seconds of a pause are left to somebody who wants to call."""
    with pytest.raises(FirmPausedError) as told:
        process.wait(firm())
    assert told.value.retry_after is not None
    return told.value.retry_after.total_seconds()


@pytest.mark.parametrize(
    "asked", [timedelta(minutes=15, seconds=1), timedelta(hours=8), timedelta(days=20_000)]
)
def test_no_pause_is_longer_than_is_granted_and_what_asked_for_more_is_an_issue(
    processes: Processes, asked: timedelta
) -> None:
    here = processes.process()
    assert here.hold("north", asked, "insert a note into case 300417") == LONGEST_PAUSE
    assert LONGEST_PAUSE.total_seconds() - 1 <= left_of(here) <= LONGEST_PAUSE.total_seconds()
    [(kind, message)] = issues(processes)
    assert kind == IssueKind.PAUSE_SHORTENED
    assert in_words(asked) in message
    assert "insert a note into case 300417" in message


def test_a_pause_that_is_granted_whole_is_no_issue(processes: Processes) -> None:
    assert processes.process().hold("north", LONGEST_PAUSE, "search") == LONGEST_PAUSE
    assert issues(processes) == []


def test_a_longer_wish_of_one_call_alone_is_cut_too_and_holds_nobody(processes: Processes) -> None:
    here = processes.process()
    assert here.shorten("north", timedelta(minutes=1), "search") == timedelta(minutes=1)
    assert issues(processes) == []
    assert here.shorten("north", timedelta(hours=8), "search for cases") == LONGEST_PAUSE
    [(kind, message)] = issues(processes)
    assert (kind, "search for cases" in message) == (IssueKind.PAUSE_SHORTENED, True)
    here.wait(firm())
    here.spoke("north")
    assert issues(processes) == []


def test_the_issue_is_over_when_the_firm_speaks_again_to_whichever_process(processes: Processes) -> None:
    processes.process().hold("north", timedelta(hours=8), "search")
    other = processes.process()
    other.spoke("north")  # to a call that had been under way: the pause has not ended
    assert len(issues(processes)) == 1
    processes.pass_by(LONGEST_PAUSE.total_seconds() + 1)
    assert len(issues(processes)) == 1
    other.wait(firm())
    other.spoke("north")
    assert issues(processes) == []
    assert stored_firm(processes).paused_until is None


def test_what_is_known_of_a_pause_is_its_end_its_length_and_the_call(processes: Processes) -> None:
    processes.process().hold("north", timedelta(seconds=90), "read case 7")
    found = stored_firm(processes)
    assert found.paused_until is not None
    pause = found.pause(found.paused_until - timedelta(seconds=1))
    assert pause is not None
    assert (pause.asked, pause.call) == (timedelta(seconds=90), "read case 7")
    assert "a pause of 1 min 30 s when asked to read case 7; it ends at" in str(pause)
    assert found.pause(found.paused_until) is None


def test_a_length_of_ours_gives_way_to_one_that_was_named_and_never_the_other_way(
    processes: Processes,
) -> None:
    """Answers to calls that were under way together come one after the other."""
    here = processes.process()
    assert here.hold("north", None) == DEFAULT_PAUSE
    here.hold("north", timedelta(seconds=2))
    assert left_of(here) <= 2
    here.hold("north", None)
    assert left_of(here) <= 2


@pytest.mark.parametrize("asked", [timedelta(), timedelta(seconds=-5)])
def test_a_pause_that_is_over_already_lasts_a_second(processes: Processes, asked: timedelta) -> None:
    assert processes.process().hold("north", asked) == timedelta(seconds=1)


@pytest.mark.parametrize("rate", [FIVE_A_SECOND, None])
def test_a_pause_that_is_lifted_is_over_at_once_for_all_processes_that_knew_of_it(
    processes: Processes, rate: float | None
) -> None:
    here, elsewhere = processes.process(), processes.process()
    here.hold("north", timedelta(minutes=5))
    left_of(elsewhere)
    with processes.units_of_work(SYSTEM) as uow:
        assert uow.firms.resume("north")
        assert not uow.firms.resume("south")
        uow.commit()
    for process in (here, elsewhere):
        process.wait(firm(rate))


def test_a_firm_is_woken_once_when_its_pause_has_ended_or_was_lifted(processes: Processes) -> None:
    here = processes.process()
    here.hold("north", timedelta(seconds=30))
    here.hold("south", timedelta(seconds=60))
    assert woken(processes) == ([], 30)
    processes.pass_by(31)
    assert woken(processes) == (["north"], 29)
    assert woken(processes) == ([], 29)
    with processes.units_of_work(SYSTEM) as uow:
        assert uow.firms.resume("south")
        uow.commit()
    assert woken(processes) == (["south"], None)


def woken(processes: Processes) -> tuple[list[str], int | None]:
    with processes.units_of_work(SYSTEM) as uow:
        firms = list(uow.firms.wake())
        left = uow.firms.next_to_wake()
        uow.commit()
    return firms, None if left is None else round(left.total_seconds())


def test_a_persons_pause_is_kept_and_what_smartadvocate_asks_for_changes_nothing_of_it(
    processes: Processes,
) -> None:
    until = processes.store_now() + timedelta(seconds=30)
    with processes.units_of_work(SYSTEM) as uow:
        uow.firms.pause_by_hand("north", until, "olga", "they move")
        uow.commit()
    first, other = processes.process(), processes.process()
    first.hold("north", timedelta(seconds=60), "search")  # to a call that had been under way
    for process in (first, other):
        with pytest.raises(FirmPausedError) as raised:
            process.wait(firm())
        assert raised.value.reason is Reason.PAUSED
    first.spoke("north")
    assert stored_firm(processes).pause_by == "olga"
    processes.pass_by(31)
    other.wait(firm())
    other.spoke("north")
    assert (stored_firm(processes).paused_until, stored_firm(processes).pause_by) == (None, "")
