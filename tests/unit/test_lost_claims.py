"""What the death of a process proves (ADR 97), against schedules of begun calls, results, deaths, standstills
and notes that come late: each message is one note, in order, whatever went out without being looked for.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from core.actor import SYSTEM
from core.delivery import DeliveryState
from core.errors import AnswerLostError, RejectedBySmartAdvocateError, TransientError
from core.message import LATE, reference_mark
from core.process import HEARTBEAT
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
            try:
                self.service.worker(worker)(SYSTEM, self.jobs.pop(0))
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

        self.smartadvocate.insert_note = insert_note  # type: ignore[method-assign]

    def teardown(self) -> None:
        self.smartadvocate.insert_note = self.insert  # type: ignore[method-assign]
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


def dying(service: FakeService, at: int, death: Fault) -> None:
    """Let a process claim ten messages to five cases, and die over the n-th note; then it is gone."""
    for number in range(2 * len(CASES)):
        service.send(f"m-{number}", minute=number, case_integration_id=CASES[number % len(CASES)])
    left = [at]

    def during(method: str) -> None:
        left[0] -= method == "insert_note"
        if method == "insert_note" and left[0] == 0:
            service.smartadvocate.faults.add("insert_note", death)

    service.smartadvocate.during = during
    [row] = service.jobs_published()
    with pytest.raises(ProcessKilledError):
        service.worker("doomed")(SYSTEM, int(row.body))
    service.smartadvocate.during = None
    service.lives("doomed").kill()
    service.clock.advance(HEARTBEAT.gone_after + timedelta(seconds=1))
    assert service.lives.look()


@pytest.fixture
def service() -> FakeService:
    service = FakeService(Pace(lanes=10, per_lane=5))
    service.with_firm(None, *CASES)
    return service


@pytest.mark.parametrize("at", range(1, 11))
def test_of_a_lost_claim_the_first_that_is_not_there_waits_and_all_others_go_out_at_once(
    service: FakeService, at: int
) -> None:
    dying(service, at, Before(ProcessKilledError()))
    reads = service.smartadvocate.calls["notes"]
    service.due_jobs.recover(SYSTEM)
    service.work()
    waiting = service.store.deliveries(DeliveryState.UNKNOWN)
    # In a lane the later one waits for the earlier one, as ever.
    assert {row.lane[2] for row in waiting} == {CASES[(at - 1) // 2]}
    assert len(service.store.deliveries(DeliveryState.DELIVERED)) == (9 if at % 2 == 0 else 8)
    assert service.smartadvocate.calls["notes"] - reads == at  # what was written, and the first that was not
    service.later(PACE.settle)
    assert len(service.store.deliveries(DeliveryState.DELIVERED)) == 10
    assert len(service.smartadvocate.inserted) == 10


@pytest.mark.parametrize("at", [1, 2, 5, 10])
def test_the_one_that_was_under_way_is_adopted_when_it_comes(service: FakeService, at: int) -> None:
    dying(service, at, StoredLate(after=STILL_STORING, error=ProcessKilledError()))
    service.due_jobs.recover(SYSTEM)
    service.work()
    service.later(PACE.settle)
    assert len(service.store.deliveries(DeliveryState.DELIVERED)) == 10
    assert len(service.smartadvocate.inserted) == 10
    assert len([row for row in service.store.deliveries() if row.adopted]) == at


def test_what_is_there_is_adopted_at_once(service: FakeService) -> None:
    dying(service, 7, AfterStoring(ProcessKilledError()))
    service.due_jobs.recover(SYSTEM)
    service.work()
    adopted = [row.subject_id for row in service.store.deliveries() if row.adopted]
    assert len(adopted) == 7
    assert len(service.smartadvocate.inserted) == 9  # the eighth is the first that is not there


def test_any_other_result_is_stored_before_the_next_call_begins(service: FakeService) -> None:
    service.send("m-1", case_integration_id="100")
    service.send("m-2", minute=1, case_integration_id="100")
    service.send("m-3", minute=2, case_integration_id="101")
    seen: list[dict[str, str]] = []
    service.smartadvocate.during = lambda method: (
        seen.append({row.subject_id: row.state for row in service.store.deliveries()})
        if method == "insert_note"
        else None
    )
    service.smartadvocate.faults.add("insert_note", Before(TransientError("busy")))
    service.work()
    sending, retrying, pending = DeliveryState.SENDING, DeliveryState.RETRYING, DeliveryState.PENDING
    assert seen == [
        {"m-1": sending, "m-2": sending, "m-3": sending},
        {"m-1": retrying, "m-2": pending, "m-3": sending},
    ]


def test_a_message_born_from_a_note_counts_as_there_and_hides_no_later_one(service: FakeService) -> None:
    """It leaves no mark, so it would else look as if the process had died before it."""
    service.send("m-1", case_integration_id="100", origin_note_id="77", direction="outbound")
    service.send("m-2", minute=1, case_integration_id="100")
    service.smartadvocate.faults.add(
        "insert_note", StoredLate(after=STILL_STORING, error=ProcessKilledError())
    )
    [row] = service.jobs_published()
    with pytest.raises(ProcessKilledError):
        service.worker("doomed")(SYSTEM, int(row.body))
    service.lives("doomed").kill()
    service.later(timedelta(seconds=16))
    assert [row.state for row in service.store.deliveries()] == [
        DeliveryState.DELIVERED,
        DeliveryState.UNKNOWN,
    ]
    service.later(PACE.settle)
    assert len(service.smartadvocate.inserted) == 1


def test_of_a_lost_claim_of_documents_one_waits_and_the_others_go_out_at_once(service: FakeService) -> None:
    service.pace = Pace(lanes=4, per_lane=1)
    for number, case in enumerate(CASES[:4]):
        service.upload(f"d-{number}", case_integration_id=case)
    documents = service.document_worker("doomed")
    service.smartadvocate.faults.add("upload_document", Before(ProcessKilledError()))
    service.clock.advance(timedelta(minutes=20))
    service.due_jobs.tick(SYSTEM)
    [row] = [row for row in service.jobs_published() if row.queue == "sync-documents"]
    documents._deliver._pace = service.pace
    with pytest.raises(ProcessKilledError):
        documents(SYSTEM, int(row.body))
    service.lives("doomed").kill()
    service.later(timedelta(seconds=16))
    states = [row.state for row in service.store.deliveries()]
    assert sorted(states) == [DeliveryState.DELIVERED] * 3 + [DeliveryState.UNKNOWN]
    service.later(PACE.settle)
    assert len(service.smartadvocate.uploaded) == 4
