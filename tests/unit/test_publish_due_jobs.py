"""The timetable, and what is taken up again."""

from datetime import UTC, datetime, timedelta

from core.actor import SYSTEM
from core.errors import ConnectionRejectedError, RateLimitedError
from core.firm import ConnectionState
from core.schedule import TIMETABLE, JobName
from core.usecases.publish_due_jobs import PublishDueJobs
from tests.fakes.clock import FakeClock
from tests.fakes.faults import Before
from tests.fakes.notices import FakeNotices
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService
from tests.fakes.store import FakeStore


def test_a_slot_is_started_once_however_many_schedulers_look() -> None:
    clock = FakeClock()
    store = FakeStore(clock)
    schedulers = [PublishDueJobs(store.unit_of_work, clock, TIMETABLE, FakeNotices()) for _ in range(3)]
    started = [JobName.SYNC_MESSAGES in scheduler.tick(SYSTEM) for scheduler in schedulers]
    assert started == [True, False, False]
    clock.advance(timedelta(minutes=2))
    assert sum(JobName.SYNC_MESSAGES in scheduler.tick(SYSTEM) for scheduler in schedulers) == 1


def test_after_a_downtime_one_catch_up_stands_for_all_that_were_missed() -> None:
    service = FakeService()
    service.due_jobs.tick(SYSTEM)
    service.clock.advance(timedelta(hours=5))
    assert JobName.SYNC_MESSAGES in service.due_jobs.tick(SYSTEM)
    assert JobName.SYNC_MESSAGES not in service.due_jobs.tick(SYSTEM)


def test_the_nightly_run_starts_at_the_firms_own_minute_for_connected_firms_that_want_it() -> None:
    service = FakeService()
    service.add_firm(SYSTEM, a_firm("north"))
    service.add_firm(SYSTEM, a_firm("by-hand", nightly_sync=False))
    service.due_jobs.tick(SYSTEM)
    its_turn = service.desk.next_night(SYSTEM, "north")
    assert datetime(2026, 11, 2, 21, 15, tzinfo=UTC) <= its_turn < datetime(2026, 11, 2, 22, tzinfo=UTC)
    service.clock.advance(its_turn - service.clock.now() - timedelta(microseconds=1))
    assert not service.due_jobs.tick(SYSTEM).get(JobName.SYNC_CASES)
    service.clock.advance(timedelta(microseconds=1))
    assert service.due_jobs.tick(SYSTEM)[JobName.SYNC_CASES] == 1
    assert service.desk.next_night(SYSTEM, "north") == its_turn + timedelta(days=1)


def test_a_nightly_run_missed_in_a_downtime_is_caught_up_once() -> None:
    service = FakeService()
    service.add_firm(SYSTEM, a_firm("north"))
    service.due_jobs.tick(SYSTEM)
    service.clock.advance(timedelta(days=3))
    assert service.due_jobs.tick(SYSTEM)[JobName.SYNC_CASES] == 1
    service.clock.advance(timedelta(minutes=1))
    assert JobName.SYNC_CASES not in service.due_jobs.tick(SYSTEM)


def test_a_new_installation_starts_no_nightly_run_for_the_evening_before() -> None:
    service = FakeService()
    service.add_firm(SYSTEM, a_firm("north"))
    assert JobName.SYNC_CASES not in service.due_jobs.tick(SYSTEM)


def test_jobs_lost_with_the_broker_come_back_from_the_store() -> None:
    service = FakeService()
    service.with_firm(None, "300417")
    service.send("m-1")
    assert service.jobs_published()  # …and the broker loses it
    service.work()
    assert not service.smartadvocate.inserted
    service.clock.advance(timedelta(seconds=61))
    service.due_jobs.recover(SYSTEM)
    service.work()
    assert len(service.smartadvocate.inserted) == 1


def test_a_probe_that_met_a_pause_is_made_up_for_when_that_is_over() -> None:
    service = FakeService()
    service.with_firm()
    service.due_jobs.tick(SYSTEM)
    its_turn = service.desk.next_night(SYSTEM, "north") - timedelta(hours=1)
    service.later(its_turn - timedelta(minutes=1) - service.clock.now())
    refused = Before(ConnectionRejectedError("the log-in was refused"))
    service.smartadvocate.faults.add("search_cases", Before(RateLimitedError("left alone")), refused)
    service.later(timedelta(minutes=2))
    assert service.store.tables.issues == {}
    service.clock.advance(timedelta(minutes=2))
    service.due_jobs.wake(SYSTEM)
    service.work()
    assert service.store.tables.firms["north"].connection is ConnectionState.RECONNECT_REQUIRED


def test_no_firm_is_probed_after_a_pause_at_another_time_of_the_day() -> None:
    service = FakeService()
    service.with_firm()
    service.admission.hold("north", timedelta(minutes=3))
    service.clock.advance(timedelta(minutes=4))
    service.due_jobs.wake(SYSTEM)
    assert JobName.PROBE_CONNECTIONS not in [row.queue for row in service.jobs_published()]


def test_idle_firms_get_no_jobs() -> None:
    service = FakeService()
    for number in range(20):
        service.add_firm(SYSTEM, a_firm(f"idle-{number}"))
    assert service.due_jobs.tick(SYSTEM).get(JobName.SYNC_MESSAGES) == 0
    assert not service.jobs_published()
