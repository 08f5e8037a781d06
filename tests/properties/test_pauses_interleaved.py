"""A firm is silent for as long as its SmartAdvocate said last, whatever the jobs do meanwhile, and no longer.

Any interleaving of messages, documents, runs, single imports and shared notes with answers of 429: without a
length, with seconds, with ones beyond what is granted.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.actor import SYSTEM
from core.delivery import DeliveryState
from core.delivery_selection import Selection
from core.errors import RateLimitedError, TransientError
from core.issue import IssueKind
from core.pause import DEFAULT_PAUSE, LONGEST_PAUSE, granted
from core.run import RunState
from tests.fakes.faults import Before
from tests.fakes.samples import a_firm, a_source_case
from tests.fakes.service import FakeService

SECOND = timedelta(seconds=1)
CALLS = ("insert_note", "upload_document", "search_cases", "case_by_id", "notes", "documents", "note_type")
words = st.one_of(st.none(), st.integers(0, 40), st.sampled_from([300, 899, 900, 901, 30_000, 1_795_755_607]))
things = st.sampled_from(
    ["message", "message of a new case", "document", "sync", "second passes", "minute passes"]
)


class Office:
    """A firm whose SmartAdvocate answers 429 as told, and what it said last."""

    def __init__(self, script: list[tuple[str, int | None]]) -> None:
        self.service = service = FakeService()
        self.firm = service.with_firm(a_firm(two_way=True, inbound_note_type="Case"), "300417", "300418")
        service.smartadvocate.note_types = {"Case": "1", "Plaintiff": "2"}
        self.script = list(script)
        self.called_at: list[datetime] = []
        self.silent_until = service.clock.now()
        self.numbers = iter(range(1_000_000))
        service.smartadvocate.during = self._during
        service.later(timedelta(minutes=2))

    def _during(self, method: str) -> None:
        now = self.service.clock.now()
        assert now >= self.silent_until, f"{method} was called {self.silent_until - now} too early"
        self.called_at.append(now)
        if self.script and self.script[0][0] == method:
            _, asked_s = self.script.pop(0)
            asked = None if asked_s is None else timedelta(seconds=asked_s)
            self.service.smartadvocate.faults.add(method, Before(RateLimitedError("slow", retry_after=asked)))
            self.silent_until = now + granted(asked, LONGEST_PAUSE)

    def do(self, thing: str) -> None:
        service, number = self.service, next(self.numbers)
        if thing == "message":
            service.send(f"m-{number}", case_integration_id=("300417", "300418")[number % 2])
        elif thing == "message of a new case":
            service.smartadvocate.put_case("north", a_source_case(str(400_000 + number)))
            service.send(f"m-{number}", case_integration_id=str(400_000 + number))
        elif thing == "document":
            service.upload(f"d-{number}")
        elif thing == "sync":
            service.start_sync(SYSTEM, replace(self.firm))
        else:
            self.pass_by(SECOND if thing == "second passes" else timedelta(minutes=1))
        service.work()

    def pass_by(self, time: timedelta) -> None:
        """As the scheduler: it looks when a pause ends, and is woken for no other reason here."""
        until = self.service.clock.now() + time
        while True:
            _, following = self.service.due_jobs.wake(SYSTEM)
            self.service.work()
            left = until - self.service.clock.now()
            if following is None or following > left:
                self.service.clock.advance(left)
                return
            self.service.clock.advance(max(following, timedelta(milliseconds=1)))

    def let_pauses_end(self) -> None:
        """No tick and no other look than at the ends of pauses: each wakes all that waits for it."""
        while True:
            self.service.due_jobs.wake(SYSTEM)
            self.service.work()
            _, left = self.service.due_jobs.wake(SYSTEM)
            if left is None:
                return
            assert self.service.clock.now() + left <= self.silent_until + SECOND
            self.service.clock.advance(left)

    def everything_went_out(self) -> bool:
        with self.service.store.unit_of_work() as uow:
            runs = uow.runs.list(frozenset({"north"}))
        rows = self.service.store.tables.deliveries.values()
        return all(row.state is DeliveryState.DELIVERED for row in rows) and all(
            run.state is RunState.FINISHED for run in runs
        )


@given(
    st.lists(st.tuples(st.sampled_from(CALLS), words), max_size=8),
    st.lists(things, min_size=1, max_size=15),
)
def test_a_firm_is_silent_no_longer_than_its_server_said_last_and_no_shorter(
    script: list[tuple[str, int | None]], doings: list[str]
) -> None:
    office = Office(script)
    for thing in doings:
        office.do(thing)
    office.let_pauses_end()
    office.service.later(timedelta(minutes=20))  # documents have a timetable, once nothing is in their way
    office.let_pauses_end()
    office.service.two_minutes_later()  # somebody asks the firm something
    office.let_pauses_end()
    office.service.two_minutes_later()
    assert office.everything_went_out()
    tables = office.service.store.tables
    assert all(row.attempts <= 1 for row in tables.deliveries.values()), "a pause counts for nobody"
    assert all(run.failures == 0 for run in tables.runs.values())
    assert not [key for key in tables.issues if key[1] == IssueKind.PAUSE_SHORTENED], (
        "the firm has spoken again"
    )
    assert len(office.service.smartadvocate.marks("north", "300417")) == len(
        set(office.service.smartadvocate.marks("north", "300417"))
    )


def test_a_pause_that_a_run_meets_is_waited_for_and_fails_nobody() -> None:
    office = Office([("insert_note", 2)])
    office.do("message")
    run, _ = office.service.start_sync(SYSTEM, office.firm)
    office.service.work()
    view = office.service.desk.runs.view(SYSTEM, run.run_id)
    assert (view.run.failures, view.run.state) == (0, RunState.WAITING)
    assert view.run.reason == "rate_limited"
    assert "asked for a pause of 2 s" in str(view.run.detail)
    office.pass_by(2 * SECOND)
    office.service.due_jobs.wake(SYSTEM)
    office.service.work()
    assert office.everything_went_out()


def test_after_failures_of_its_own_a_run_does_not_wait_longer_for_a_pause() -> None:
    """Seen: the third step of the retry table, ten minutes, for a pause of which five seconds were left."""
    service = FakeService()
    firm = service.with_firm(a_firm(), "300417")
    for error in (
        TransientError("down"),
        TransientError("down"),
        RateLimitedError("slow", retry_after=2 * SECOND),
    ):
        service.smartadvocate.faults.add("search_cases", Before(error))
    run, _ = service.start_sync(SYSTEM, firm)
    service.work()
    service.later(timedelta(seconds=5))
    service.later(timedelta(seconds=30))
    assert service.store.tables.runs[run.run_id].failures == 2
    service.clock.advance(2 * SECOND)
    service.due_jobs.wake(SYSTEM)
    service.work()
    assert service.store.tables.runs[run.run_id].state is RunState.FINISHED


def test_what_waits_for_a_pause_says_so_with_its_end_and_no_attempt_in_the_past() -> None:
    office = Office([("insert_note", 90)])
    office.do("message")
    office.do("message")
    office.service.clock.advance(30 * SECOND)
    [second, first] = office.service.desk.deliveries.find(SYSTEM, _all(), 10)
    for delivery in (first, second):
        assert delivery.run_at == office.silent_until
        assert delivery.reason == "rate_limited"
        assert "a pause of 1 min 30 s when asked to insert_note; it ends at" in str(delivery.detail)
        assert delivery.attempts == 0
    entry = office.service.desk.deliveries.story(SYSTEM, first.delivery_id).timeline[0]
    assert (entry.outcome, entry.reason) == (DeliveryState.RETRYING, "rate_limited")
    office.service.clock.advance(61 * SECOND)  # over, and no worker has taken it up yet
    [_, first] = office.service.desk.deliveries.find(SYSTEM, _all(), 10)
    assert first.run_at == office.service.clock.now()


def test_a_day_of_pauses_gives_nothing_up() -> None:
    service = FakeService()
    service.with_firm(a_firm(), "300417")
    service.smartadvocate.faults.add("insert_note", Before(TransientError("down")))
    service.send("m-1")
    service.work()
    for _ in range(200):
        limited = Before(RateLimitedError("slow", retry_after=timedelta(hours=1)))
        service.smartadvocate.faults.add("insert_note", limited)
        service.later(LONGEST_PAUSE)
    service.smartadvocate.faults.add("insert_note", Before(TransientError("down")))
    service.later(LONGEST_PAUSE)
    service.later(timedelta(minutes=1))
    assert len(service.smartadvocate.inserted) == 1


def test_a_longer_wish_is_cut_to_what_is_granted_and_opens_an_issue_until_the_firm_speaks() -> None:
    office = Office([("insert_note", 30_000)])
    office.do("message")
    [issue] = office.service.desk.records.issues(SYSTEM, "north", with_muted=False)
    assert issue.kind == IssueKind.PAUSE_SHORTENED
    assert "8 h 20 min when asked to insert_note" in issue.message
    office.pass_by(LONGEST_PAUSE)
    office.service.due_jobs.wake(SYSTEM)
    office.service.work()
    assert office.everything_went_out()
    assert office.service.desk.records.issues(SYSTEM, "north", with_muted=False) == []


def test_a_person_may_lift_a_pause_and_all_goes_on_at_once() -> None:
    office = Office([("insert_note", None)])
    office.do("message")
    office.silent_until = office.service.clock.now()
    lifted = office.service.desk.resume_firm(SYSTEM, "north")
    assert lifted is not None
    assert lifted.until - office.service.clock.now() == DEFAULT_PAUSE
    office.service.due_jobs.wake(SYSTEM)
    office.service.work()
    assert office.everything_went_out()
    [entry] = [e for e in office.service.store.tables.audit.values() if e.action == "firm-resumed"]
    assert entry.firm_id == "north"
    assert office.service.desk.resume_firm(SYSTEM, "north") is None


def _all() -> Selection:
    return Selection()
