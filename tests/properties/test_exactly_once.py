"""Any order, repetition and interleaving of events, jobs, faults, killed workers: each message one note."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from core.actor import SYSTEM
from core.delivery import DeliveryState
from core.errors import AnswerLostError, RateLimitedError, TransientError
from core.firm import Firm
from core.message import LATE, reference_mark
from core.schedule import JobName
from core.usecases.deliver import Deliver
from core.usecases.start_sync import StartSync
from core.usecases.steps.note_carrier import NoteCarrier
from tests.fakes.faults import AfterStoring, Before, Fault, StoredLate
from tests.fakes.samples import a_firm, a_source_case
from tests.fakes.service import FakeService

CASES = ("100", "101", "102")  # the last one comes over by what waits for it, or by a run
MESSAGES = 9
# Far below what the rules allow for: a call takes up to 30 s, a lost answer settles within 45 s.
A_CALL = timedelta(seconds=8)
STILL_STORING = timedelta(seconds=20)


class WorkerKilledError(BaseException):
    """Plays kill -9."""


class MortalWorker(Deliver):
    """A killed one stores nothing any more."""

    def _store(self, *args: Any) -> None:
        if not isinstance(sys.exc_info()[1], WorkerKilledError):
            super()._store(*args)


@dataclass
class World:
    """The service, and what the broker holds of it: jobs in any order, some of them twice."""

    service: FakeService = field(default_factory=FakeService)
    jobs: list[tuple[str, int]] = field(default_factory=list)
    meanwhile: list["Act"] = field(default_factory=list)
    depth: int = 0

    def __post_init__(self) -> None:
        self.firm: Firm = self.service.with_firm(a_firm(), *CASES[:-1])
        self.service.smartadvocate.put_case("north", a_source_case(CASES[-1]))
        self.service.smartadvocate.during = self.during

    def during(self, method: str) -> None:
        """Let something else happen while a call is under way."""
        if method == "insert_note" and self.depth == 1 and self.meanwhile:
            self.meanwhile.pop(0).happen(self)

    def send(self, number: int, text: str = "text") -> None:
        case = CASES[number % len(CASES)]
        self.service.send(f"m-{number}", minute=number, text=text, case_integration_id=case)

    def publish(self) -> None:
        """Let the relay bring the jobs to the broker."""
        self.jobs += [(row.queue or "", int(row.body)) for row in self.service.jobs_published()]

    def run(self, place: int, worker: str, *, keep: bool) -> None:
        """Let a worker take a job; with `keep` the broker brings it again later."""
        self.publish()
        if not self.jobs:
            return
        place %= len(self.jobs)
        queue, job_id = self.jobs[place] if keep else self.jobs.pop(place)
        self.depth += 1
        if queue in {JobName.SYNC_CASES, JobName.IMPORT_CASES}:
            worker = "worker"
        try:
            if worker == "worker":
                self.service.handler(queue)(job_id)
            else:
                self.worker(worker)(SYSTEM, job_id)
        except WorkerKilledError:
            self.service.lives(worker).kill()
        finally:
            self.depth -= 1

    def worker(self, name: str) -> Deliver:
        service = self.service
        return MortalWorker(
            service.store.unit_of_work,
            NoteCarrier(service.smartadvocate, service.note_types),
            service.clock,
            life=service.lives(name),
            stopping=lambda: False,
            pace=service.pace,
            notices=service.notices,
        )

    def settle(self) -> None:
        """No more faults: a day is enough for all that is still under way."""
        self.meanwhile.clear()
        for number in range(MESSAGES):
            self.send(number)
        StartSync(self.service.store.unit_of_work, self.service.clock)(SYSTEM, self.firm)
        for _ in range(100):
            self.service.clock.advance(timedelta(minutes=5))
            self.service.smartadvocate.let_late_ones_arrive()
            self.service.lives.look()
            self.service.due_jobs.tick(SYSTEM)
            self.service.due_jobs.recover(SYSTEM)
            for _ in range(50):
                self.publish()
                if not self.jobs:
                    break
                self.run(0, "last", keep=False)
            if {row.state for row in self.service.store.deliveries()} == {DeliveryState.DELIVERED}:
                break

    def arrived(self, case: str) -> list[str]:
        return self.service.smartadvocate.marks("north", case)

    def lateness(self) -> list[tuple[str, bool, bool]]:
        """Return of each note its mark, whether it came after a newer one of its case, whether it says so."""
        newest: dict[str, datetime] = {}
        found = []
        for _, case, draft in self.service.smartadvocate.inserted:
            found.append((draft.mark, draft.dated < newest.get(case, draft.dated), LATE in draft.text))
            newest[case] = max(draft.dated, newest.get(case, draft.dated))
        return found


class Act:
    """Something that happens."""

    def happen(self, world: World) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class Send(Act):
    """Upstream sends a message, perhaps again, perhaps with other words."""

    number: int
    text: str = "text"

    def happen(self, world: World) -> None:
        world.send(self.number, self.text)


@dataclass(frozen=True)
class Run(Act):
    """A worker takes a job from anywhere in the queue."""

    place: int
    worker: str
    keep: bool

    def happen(self, world: World) -> None:
        world.run(self.place, self.worker, keep=self.keep)


@dataclass(frozen=True)
class LoseJobs(Act):
    """The broker loses all it holds."""

    def happen(self, world: World) -> None:
        world.publish()
        world.jobs.clear()


@dataclass(frozen=True)
class Pass(Act):
    """Time passes; the scheduler looks."""

    seconds: int

    def happen(self, world: World) -> None:
        # While a call is under way no more time passes than a call may take.
        pause = timedelta(seconds=self.seconds)
        world.service.clock.advance(min(pause, A_CALL) if world.depth else pause)
        world.service.lives.look()
        world.service.due_jobs.tick(SYSTEM)
        world.service.due_jobs.recover(SYSTEM)


@dataclass(frozen=True)
class Strike(Act):
    """A fault waits for the next call of a method."""

    method: str
    fault: Fault

    def happen(self, world: World) -> None:
        world.service.smartadvocate.faults.add(self.method, self.fault)


@dataclass(frozen=True)
class Sync(Act):
    """A run of the case sync imports the late case."""

    def happen(self, world: World) -> None:
        world.service.start_sync(SYSTEM, world.firm)


def faults() -> st.SearchStrategy[Act]:
    """Few enough that no message's retries are spent."""
    insert = st.sampled_from(
        [
            Before(TransientError("busy")),
            Before(RateLimitedError("pause", retry_after=timedelta(seconds=40))),
            Before(AnswerLostError("never stored")),
            Before(WorkerKilledError()),
            AfterStoring(),
            AfterStoring(WorkerKilledError()),
            StoredLate(after=STILL_STORING),
        ]
    )
    read = st.sampled_from([Before(TransientError("busy")), Before(WorkerKilledError())])
    methods = st.sampled_from(["notes", "case_by_id"])
    return st.builds(Strike, st.just("insert_note"), insert) | st.builds(Strike, methods, read)


def acts() -> st.SearchStrategy[Act]:
    return st.one_of(
        st.builds(Send, st.integers(0, MESSAGES - 1), st.sampled_from(["text", "text", "other text"])),
        st.builds(Run, st.integers(0, 5), st.sampled_from(["a", "b"]), st.booleans()),
        st.builds(Run, st.integers(0, 5), st.sampled_from(["a", "b"]), st.booleans()),
        st.builds(Pass, st.sampled_from([1, 5, 31, 61, 121, 1_200])),
        st.builds(LoseJobs),
        st.builds(Sync),
        faults(),
    )


def all_marks() -> dict[str, list[str]]:
    return {
        case: [reference_mark("north", f"m-{n}") for n in range(MESSAGES) if CASES[n % len(CASES)] == case]
        for case in CASES
    }


def few_faults(story: Sequence[Act]) -> list[Act]:
    """Leave out faults beyond the fifth: retries are not meant to be spent here."""
    struck, kept = 0, []
    for act in story:
        struck += isinstance(act, Strike)
        if not (isinstance(act, Strike) and struck > 5):
            kept.append(act)
    return kept


STORED, UNREADABLE = Strike("insert_note", AfterStoring()), Strike("notes", Before(TransientError("busy")))
STORED_LATE = Strike("insert_note", StoredLate(after=STILL_STORING))
A_RUN, A_SHORT_WHILE = Run(0, "a", keep=False), Pass(6)


@given(st.lists(acts(), max_size=40), st.lists(acts(), max_size=12))
@example([STORED_LATE, Send(0), A_RUN, A_SHORT_WHILE, A_RUN], [])  # looked up before the server has stored it
@example([STORED, UNREADABLE, Send(3), A_RUN, Send(0), A_RUN], [])  # an older one, the newer one in doubt
def test_whatever_happens_each_message_is_one_note_on_its_case(
    story: list[Act], meanwhile: list[Act]
) -> None:
    world = World(meanwhile=[act for act in meanwhile if not isinstance(act, Strike)])
    for act in few_faults(story):
        act.happen(world)
    world.settle()
    assert {case: sorted(world.arrived(case)) for case in CASES} == {
        case: sorted(marks) for case, marks in all_marks().items()
    }
    assert all(row.state is DeliveryState.DELIVERED for row in world.service.store.deliveries())
    assert [late for late in world.lateness() if late[1] != late[2]] == []


@given(st.permutations(range(MESSAGES)), st.lists(acts(), max_size=30), st.lists(acts(), max_size=8))
def test_messages_that_had_all_come_before_arrive_in_the_order_they_were_sent(
    arrival: list[int], story: list[Act], meanwhile: list[Act]
) -> None:
    world = World(meanwhile=[act for act in meanwhile if not isinstance(act, Strike)])
    for number in arrival:
        world.send(number)
    for act in few_faults(story):
        act.happen(world)
    world.settle()
    assert {case: world.arrived(case) for case in CASES} == all_marks()
