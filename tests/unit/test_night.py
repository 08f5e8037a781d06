"""The night as schedulers, pauses, pages and tokens meet it."""

from datetime import UTC, datetime, timedelta

from core.actor import SYSTEM
from core.desk import Desk
from core.night import PLACES, delay_of, place_of
from core.schedule import NIGHT_SPAN, TIMETABLE, JobName
from core.upkeep import LastSlot
from core.usecases.publish_due_jobs import FIRMS_A_TICK, PublishDueJobs
from tests.fakes.clock import FakeClock
from tests.fakes.notices import FakeNotices
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService
from tests.fakes.store import FakeStore

EVENING = datetime(2026, 11, 2, 21, 15, tzinfo=UTC)
CASES = JobName.SYNC_CASES


def go_to(service: FakeService, moment: datetime) -> None:
    service.clock.advance(moment - service.clock.now())


def a_service(*firm_ids: str) -> FakeService:
    service = FakeService()
    for firm_id in firm_ids:
        service.add_firm(SYSTEM, a_firm(firm_id))
    service.due_jobs.tick(SYSTEM)
    return service


def open_runs(service: FakeService) -> set[str]:
    return {run.firm_id for run in service.store.tables.runs.values()}


def shown(desk: Desk) -> tuple[LastSlot | None, timedelta | None]:
    [(last, overdue)] = [
        (job.last, job.overdue) for job in desk.upkeep.schedules(SYSTEM) if job.name is CASES
    ]
    return last, overdue


def test_of_many_schedulers_one_starts_each_firms_night() -> None:
    firm_ids = [f"firm-{n}" for n in range(30)]
    service = a_service(*firm_ids)
    others = [
        PublishDueJobs(service.store.unit_of_work, service.clock, TIMETABLE, FakeNotices()) for _ in range(3)
    ]
    started = 0
    for minute in range(46):
        go_to(service, EVENING + timedelta(minutes=minute))
        for scheduler in others:
            started += scheduler.tick(SYSTEM).get(CASES, 0)
        so_far = {f for f in firm_ids if delay_of(f, NIGHT_SPAN) <= timedelta(minutes=minute)}
        assert open_runs(service) == so_far
    assert started == 30


def test_many_firms_that_are_behind_are_started_bit_by_bit() -> None:
    firm_ids = [f"firm-{n}" for n in range(2 * FIRMS_A_TICK + 1)]
    service = a_service(*firm_ids)
    go_to(service, EVENING + timedelta(hours=3))
    started = [service.due_jobs.tick(SYSTEM).get(CASES, 0) for _ in range(4)]
    assert started == [FIRMS_A_TICK, FIRMS_A_TICK, 1, 0]
    assert open_runs(service) == set(firm_ids)


def test_a_firm_that_is_connected_after_its_place_waits_for_the_next_night() -> None:
    first, last = sorted(("north", "south"), key=place_of)
    service = a_service(last)
    go_to(service, EVENING + delay_of(first, NIGHT_SPAN) + timedelta(seconds=1))
    service.due_jobs.tick(SYSTEM)
    service.add_firm(SYSTEM, a_firm(first))
    go_to(service, EVENING + timedelta(hours=1))
    service.due_jobs.tick(SYSTEM)
    assert open_runs(service) == {last}


def test_a_manual_run_starts_at_once() -> None:
    service = a_service("north")
    service.desk.start_sync(SYSTEM, service.store.tables.firms["north"])
    assert open_runs(service) == {"north"}


def test_each_connection_is_probed_an_hour_before_its_own_run() -> None:
    service = a_service("north", "south")
    for firm_id in sorted(("north", "south"), key=place_of):
        go_to(service, service.desk.next_night(SYSTEM, firm_id) - timedelta(hours=1))
        assert service.due_jobs.tick(SYSTEM)[JobName.PROBE_CONNECTIONS] == 1


def test_a_night_on_its_way_is_under_way_and_one_that_stands_is_overdue() -> None:
    service = a_service("north")
    go_to(service, EVENING + timedelta(minutes=9))
    service.due_jobs.tick(SYSTEM)
    last, overdue = shown(service.desk)
    assert last is not None
    assert last.round is not None
    assert (last.due_at, last.round.percent, overdue) == (EVENING, 20, None)
    service.clock.advance(timedelta(minutes=5))  # nobody ticks
    assert shown(service.desk)[1] == timedelta(minutes=5)
    go_to(service, EVENING + timedelta(minutes=50))
    service.due_jobs.tick(SYSTEM)
    service.clock.advance(timedelta(hours=1))
    last, overdue = shown(service.desk)
    assert last is not None
    assert last.round is not None
    assert (last.round.reached, overdue) == (PLACES, None)


def test_a_scheduler_that_starts_anew_in_the_middle_of_the_span_goes_on() -> None:
    clock = FakeClock()
    store = FakeStore(clock)
    firm_ids = [f"firm-{n}" for n in range(40)]
    with store.unit_of_work(SYSTEM) as uow:
        for firm_id in firm_ids:
            uow.firms.save(a_firm(firm_id))
        uow.commit()

    def tick() -> int:
        return PublishDueJobs(store.unit_of_work, clock, TIMETABLE, FakeNotices()).tick(SYSTEM).get(CASES, 0)

    tick()
    clock.advance(EVENING + timedelta(minutes=20) - clock.now())
    first = tick()
    clock.advance(timedelta(minutes=15))
    second = tick()
    clock.advance(timedelta(minutes=15))
    assert 0 < first < 40
    assert first + second + tick() == 40
    assert len(store.tables.runs) == 40
