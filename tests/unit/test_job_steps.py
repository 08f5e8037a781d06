"""What all jobs have in common: taken up once, a slice of work, finished, and more asked for."""

from contextlib import suppress
from datetime import timedelta

import pytest

from core.actor import SYSTEM
from core.errors import PermanentError
from core.schedule import JobName
from core.usecases.steps.job import Slice, Task, finishing, take_up, work_off
from tests.fakes.clock import FakeClock
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService


@pytest.fixture
def service() -> FakeService:
    service = FakeService()
    service.add_firm(SYSTEM, a_firm("north"))
    return service


def a_job(service: FakeService, firm_id: str = "north", run_id: int | None = None) -> int:
    with service.store.unit_of_work() as uow:
        uow.jobs.enqueue(JobName.SYNC_CASES, [firm_id], run_id=run_id)
        uow.commit()
    [row] = service.jobs_published()
    return int(row.body)


class Work:
    """Keeps what it was given to do; says so often that there is more."""

    def __init__(self, more: int = 0) -> None:
        self.tasks: list[Task] = []
        self._more = more

    def __call__(self, task: Task) -> bool:
        self.tasks.append(task)
        return len(self.tasks) <= self._more


def test_a_job_is_done_once_however_often_its_message_comes(service: FakeService) -> None:
    work, job_id = Work(), a_job(service)
    for _ in range(3):
        work_off(service.store.unit_of_work, job_id, service.lives("worker"), work)
    [task] = work.tasks
    assert task.firm is not None
    assert (task.job.job_id, task.firm.firm_id, task.run) == (job_id, "north", None)
    assert not service.jobs_published()


def taken_up(service: FakeService, job_id: int) -> Task | None:
    with service.lives("worker").errand() as errand:
        return take_up(service.store.unit_of_work, job_id, errand)


def test_an_id_that_nobody_knows_does_nothing(service: FakeService) -> None:
    work = Work()
    work_off(service.store.unit_of_work, 99, service.lives("worker"), work)
    assert not work.tasks


def test_a_job_that_finds_no_seat_is_published_again_when_one_is_given_back(service: FakeService) -> None:
    """It stays parked: a message that came in vain would else be missed for a minute."""
    uows = service.store.unit_of_work
    service.add_firm(SYSTEM, a_firm("south", concurrency=1))
    with service.lives("worker").errand() as errand:
        working = take_up(uows, a_job(service, "south"), errand)
        assert working is not None
        with uows() as uow:
            uow.jobs.enqueue(JobName.SYNC_DOCUMENTS, ["south"])
            uow.commit()
        [row] = service.jobs_published()
        assert taken_up(service, int(row.body)) is None
        with finishing(uows, working.job):
            pass
    assert [again.body for again in service.jobs_published()] == [row.body]


def test_where_there_is_more_a_job_of_the_same_run_follows(service: FakeService) -> None:
    run, _ = service.start_sync(SYSTEM, a_firm("north"))
    [row] = service.jobs_published()
    work = Work(more=1)
    work_off(service.store.unit_of_work, int(row.body), service.lives("worker"), work)
    [following] = service.jobs_published()
    assert following.queue == JobName.SYNC_CASES
    work_off(service.store.unit_of_work, int(following.body), service.lives("worker"), work)
    assert [task.run.run_id for task in work.tasks if task.run] == [run.run_id, run.run_id]
    assert not service.jobs_published()


def test_the_work_is_done_outside_of_any_transaction_and_the_job_counts_as_running(
    service: FakeService,
) -> None:
    running = []

    def work(task: Task) -> bool:
        with service.store.unit_of_work() as uow:
            running.append(uow.jobs.running(task.job.name, task.job.firm_id))
        return False

    work_off(service.store.unit_of_work, a_job(service), service.lives("worker"), work)
    with service.store.unit_of_work() as uow:
        running.append(uow.jobs.running(JobName.SYNC_CASES, "north"))
    assert running == [1, 0]


def test_a_job_whose_work_broke_off_is_given_back_by_its_process_and_replaced(service: FakeService) -> None:
    def work(task: Task) -> bool:
        raise PermanentError(f"job {task.job.job_id} broke off")

    job_id = a_job(service)
    with pytest.raises(PermanentError):
        work_off(service.store.unit_of_work, job_id, service.lives("worker"), work)
    service.clock.advance(timedelta(days=1))  # no time cures it: its process lives on
    service.due_jobs.recover(SYSTEM)
    assert not service.jobs_published()
    assert service.lives("worker").keep_alive.give_back(SYSTEM) == 1
    [again] = service.jobs_published()
    assert int(again.body) != job_id


def test_a_job_of_a_firm_that_was_deleted_comes_without_a_firm(service: FakeService) -> None:
    task = taken_up(service, a_job(service, "gone"))
    assert task is not None
    assert task.firm is None


def test_a_job_is_finished_in_one_transaction_with_what_is_done_beside_it(service: FakeService) -> None:
    task = taken_up(service, a_job(service))
    assert task is not None
    with suppress(PermanentError), finishing(service.store.unit_of_work, task.job) as uow:
        uow.firms.save(a_firm("new"))
        raise PermanentError("cut short")
    with service.store.unit_of_work() as uow:
        assert uow.jobs.running(task.job.name, "north") == 1
        assert uow.firms.get("new") is None
    with finishing(service.store.unit_of_work, task.job) as uow:
        uow.firms.save(a_firm("new"))
    with service.store.unit_of_work() as uow:
        assert uow.jobs.running(task.job.name, "north") == 0
        assert uow.firms.get("new") is not None


def test_a_slice_is_over_with_its_time_or_when_the_process_stops() -> None:
    clock, stops = FakeClock(), False
    slice_ = Slice.begin(timedelta(seconds=20), clock, lambda: stops)
    assert not slice_.is_over
    clock.advance(timedelta(seconds=19))
    assert not slice_.is_over
    clock.advance(timedelta(seconds=1))
    assert slice_.is_over
    slice_ = Slice.begin(timedelta(seconds=20), clock, lambda: stops)
    assert not slice_.is_over
    stops = True
    assert slice_.is_over


def test_a_firm_may_be_called_while_it_is_connected_and_not_paused() -> None:
    now = FakeClock().now()
    assert a_firm().may_be_called(now)
    assert not a_firm(paused_until=now + timedelta(seconds=1)).may_be_called(now)
    assert a_firm(paused_until=now).may_be_called(now)
    assert not a_firm(connection="disconnected").may_be_called(now)
