"""What the death of a process proves (ADR 97), against schedules of begun calls, results, deaths, standstills
and notes that come late: each message is one note, in order, whatever went out without being looked for.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from core.actor import SYSTEM
from core.delivery import DeliveryState
from core.errors import AnswerLostError, RejectedBySmartAdvocateError, TransientError
from core.message import LATE, reference_mark
from core.usecases.deliver import Pace
from tests.fakes.faults import AfterStoring, Before, Fault, StoredLate
from tests.fakes.service import FakeService

CASES = ("100", "101", "102", "103", "104")
PACE = Pace(lanes=4, per_lane=3)
# The longest that a server may go on storing, and the worst for us: it begins with the call.
STILL_STORING = PACE.settle - timedelta(milliseconds=1)
STANDSTILLS = (5, 20, 60, 120)


class ProcessKilledError(BaseException):
    """Plays kill -9."""


def deaths() -> st.SearchStrategy[Fault]:
    """What becomes of the note that a process dies over: never sent, stored, or stored late."""
    return st.sampled_from(
        [
            Before(ProcessKilledError()),
            AfterStoring(ProcessKilledError()),
            StoredLate(after=timedelta(seconds=30), error=ProcessKilledError()),
            StoredLate(after=STILL_STORING, error=ProcessKilledError()),
        ]
    )


def troubles() -> st.SearchStrategy[Fault]:
    """Results of a process that lives on."""
    return st.sampled_from(
        [
            Before(TransientError("busy")),
            Before(RejectedBySmartAdvocateError("refused")),
            Before(AnswerLostError("never stored")),
            AfterStoring(),
            StoredLate(after=STILL_STORING),
        ]
    )


class LostClaims(RuleBasedStateMachine):
    """Processes `a` and `b` work side by side, die and begin anew; `c` does what others do meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.service = FakeService(PACE)
        self.service.with_firm(None, *CASES)
        self.smartadvocate = self.service.smartadvocate
        self.insert = self.smartadvocate.insert_note
        self.jobs: list[int] = []
        self.sent: defaultdict[str, list[str]] = defaultdict(list)
        self.number = self.struck = 0

    @rule(cases=st.lists(st.sampled_from(CASES), min_size=1, max_size=6))
    def messages_come(self, cases: list[str]) -> None:
        for case in cases:
            message_id = f"m-{self.number}"
            self.service.send(message_id, minute=self.number % 60, case_integration_id=case)
            self.sent[case].append(message_id)
            self.number += 1

    @precondition(lambda self: self.struck < 6)
    @rule(fault=troubles(), at=st.integers(1, 5))
    def something_goes_wrong(self, fault: Fault, at: int) -> None:
        self.struck += 1
        self.strike(fault, at)
        self.work("a")

    @rule(worker=st.sampled_from("ab"))
    def one_works(self, worker: str) -> None:
        self.work(worker)

    @precondition(lambda self: self.struck < 6)
    @rule(worker=st.sampled_from("ab"), death=deaths(), at=st.integers(1, 8))
    def one_dies_at_work(self, worker: str, death: Fault, at: int) -> None:
        self.struck += 1
        self.strike(death, at)
        self.work(worker)

    @precondition(lambda self: self.struck < 6)
    @rule(seconds=st.sampled_from(STANDSTILLS), at=st.integers(1, 5), store_is_away=st.booleans())
    def one_stands_still_in_the_middle_of_a_call(self, seconds: int, at: int, store_is_away: bool) -> None:
        """Its request is sent; it reads the answer when it goes on, and others have gone on meanwhile."""
        self.struck += 1
        life = self.service.lives("a")

        def then() -> None:
            life.is_silent = True
            for _ in range(0, seconds, 5):
                self.time_passes(5)
                self.work("c")
            life.is_silent = store_is_away

        self.at_insert(at, then)
        self.work("a")
        life.is_silent = False

    @rule(seconds=st.sampled_from([1, 5, 16, 31, 46, 61]))
    def time_passes(self, seconds: int) -> None:
        self.service.clock.advance(timedelta(seconds=seconds))
        self.smartadvocate.let_late_ones_arrive()
        self.service.lives.look()
        self.service.due_jobs.recover(SYSTEM)

    def work(self, worker: str) -> None:
        """Let a process take up what jobs there are."""
        self.jobs += [int(row.body) for row in self.service.jobs_published() if row.queue == "sync-messages"]
        while self.jobs:
            job = self.jobs.pop(0)
            try:
                self.service.worker(worker)(SYSTEM, job)
            except (
                TransientError
            ):  # it cannot tell that it lives, and begins nothing: the broker keeps the job
                self.jobs.insert(0, job)
                return
            except ProcessKilledError:
                self.service.lives(worker).kill()
                return

    def strike(self, fault: Fault, at: int) -> None:
        """Let the n-th note from now on meet this."""
        self.at_insert(at, lambda: None, fault)

    def at_insert(self, at: int, then: Callable[[], None], fault: Fault | None = None) -> None:
        left = [at]

        def insert_note(*arguments: Any, **options: Any) -> str:
            left[0] -= 1
            if left[0] != 0:
                return self.insert(*arguments, **options)
            if fault is not None:
                self.smartadvocate.faults.add("insert_note", fault)
            note_id = self.insert(*arguments, **options)
            then()
            return note_id

        self.smartadvocate.insert_note = insert_note  # type: ignore[method-assign]  # replaced for this one test

    def teardown(self) -> None:
        self.smartadvocate.insert_note = self.insert  # type: ignore[method-assign]  # replaced for this one test
        for _ in range(40):
            self.time_passes(61)
            self.service.clock.advance(timedelta(minutes=30))
            self.work("last")
            if not self.service.store.deliveries(*_OPEN):
                break
        failed = {row.subject_id for row in self.service.store.deliveries(DeliveryState.FAILED)}
        assert not self.service.store.deliveries(*_OPEN)
        for case, messages in self.sent.items():
            expected = [reference_mark("north", name) for name in messages if name not in failed]
            arrived = self.smartadvocate.marks("north", case)
            assert sorted(arrived) == sorted(expected), case
        assert not self.service.notices.twice
        self.check_order()

    def check_order(self) -> None:
        """A note says that it is late exactly if a newer one of its case is there before it."""
        newest: dict[str, Any] = {}
        for _, case, draft in self.smartadvocate.inserted:
            is_late = case in newest and draft.dated < newest[case]
            assert is_late == (LATE in draft.text), (case, draft.mark)
            newest[case] = max(draft.dated, newest.get(case, draft.dated))


_OPEN = (
    DeliveryState.PENDING,
    DeliveryState.SENDING,
    DeliveryState.RETRYING,
    DeliveryState.UNKNOWN,
    DeliveryState.HELD,
)


def test_whatever_dies_stands_still_or_comes_late_each_message_is_one_note() -> None:
    run_state_machine_as_test(LostClaims, settings=settings(stateful_step_count=20))
