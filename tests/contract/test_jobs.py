"""What the jobs promise (`core.ports.jobs.Jobs`)."""

import json
from datetime import timedelta

from core.cursor import Window
from core.job import Job
from core.run import Trigger
from core.schedule import JobName
from tests.contract.stores import Store

MESSAGES, CASES = JobName.SYNC_MESSAGES, JobName.SYNC_CASES
WAITING = timedelta(minutes=1)


def enqueue(store: Store, *firm_ids: str, name: JobName = MESSAGES, run_id: int | None = None) -> int:
    with store.unit_of_work() as uow:
        number = uow.jobs.enqueue(name, firm_ids, run_id=run_id)
        uow.commit()
    return number


def start(store: Store, job_id: int, name: str = "worker-1") -> Job | None:
    owner = store.owner(name)
    with store.unit_of_work() as uow:
        job = uow.jobs.start(job_id, owner)
        uow.commit()
    return job


def finish(store: Store, job: Job) -> None:
    with store.unit_of_work() as uow:
        uow.jobs.finish(job)
        uow.commit()


def requeue(store: Store) -> int:
    with store.unit_of_work() as uow:
        number = uow.jobs.requeue_lost(WAITING)
        uow.commit()
    return number


def take_back(store: Store, *owners: str) -> int:
    with store.unit_of_work() as uow:
        number = uow.jobs.take_back(owners or None)
        uow.commit()
    return number


def running(store: Store, firm_id: str = "north", name: JobName = MESSAGES) -> int:
    with store.unit_of_work() as uow:
        return uow.jobs.running(name, firm_id)


def published(store: Store) -> list[tuple[str | None, int]]:
    """Take the jobs out of the outbox, as the relay would: (queue, job id)."""
    with store.outbox_reader().window(1_000) as window:
        window.mark_published([row.row_id for row in window.rows])
        return [(row.queue, json.loads(row.body)) for row in window.rows]


def the_job(store: Store) -> int:
    [(_, job_id)] = published(store)
    return job_id


def test_each_job_added_is_in_the_outbox_of_the_same_transaction_under_its_queue(store: Store) -> None:
    with store.unit_of_work() as uow:
        assert uow.jobs.enqueue(MESSAGES, ["north"]) == 1
    assert published(store) == []
    assert enqueue(store, "north", "south") == 2
    assert enqueue(store, "north", name=CASES, run_id=7) == 1
    rows = published(store)
    assert [queue for queue, _ in rows] == ["sync-messages", "sync-messages", "sync-cases"]
    assert [start(store, job_id) for _, job_id in rows] == [
        Job(rows[0][1], MESSAGES, "north"),
        Job(rows[1][1], MESSAGES, "south"),
        Job(rows[2][1], CASES, "north", 7),
    ]


def test_a_job_is_unique_while_it_waits_by_name_firm_and_run(store: Store) -> None:
    assert enqueue(store, "north", "north") == 1
    assert enqueue(store, "north", "south") == 1
    assert enqueue(store, "north", name=CASES, run_id=1) == 1
    assert enqueue(store, "north", name=CASES, run_id=1) == 0
    assert enqueue(store, "north", name=CASES, run_id=2) == 1
    assert enqueue(store, "north", name=CASES) == 1
    assert len(published(store)) == 5


def test_enqueuing_for_nobody_adds_nothing(store: Store) -> None:
    assert enqueue(store) == 0
    assert published(store) == []


def test_a_job_is_taken_up_once(store: Store) -> None:
    enqueue(store, "north")
    job_id = the_job(store)
    assert start(store, job_id) is not None
    assert start(store, job_id) is None


def test_an_unknown_or_finished_job_is_none(store: Store) -> None:
    assert start(store, 987_654_321) is None
    enqueue(store, "north")
    job = start(store, the_job(store))
    assert job is not None
    finish(store, job)
    assert start(store, job.job_id) is None
    finish(store, job)


def test_while_a_job_is_worked_on_another_may_wait(store: Store) -> None:
    enqueue(store, "north")
    start(store, the_job(store))
    assert enqueue(store, "north") == 1
    assert enqueue(store, "north") == 0


def test_running_counts_the_jobs_that_are_worked_on(store: Store) -> None:
    enqueue(store, "north", "south")
    enqueue(store, "north", name=CASES)
    assert running(store) == 0
    jobs = [start(store, job_id) for _, job_id in published(store)]
    assert running(store) == 1
    enqueue(store, "north")
    start(store, the_job(store))
    assert running(store) == 2
    assert jobs[0] is not None
    finish(store, jobs[0])
    assert running(store) == 1
    store.let_time_pass(timedelta(days=1))
    assert running(store) == 1


def test_a_job_that_waits_too_long_is_published_again_and_then_given_time(store: Store) -> None:
    enqueue(store, "north")
    job_id = the_job(store)
    assert requeue(store) == 0
    store.let_time_pass(2 * WAITING)
    assert requeue(store) == 1
    assert published(store) == [("sync-messages", job_id)]
    assert requeue(store) == 0
    assert start(store, job_id) is not None


def test_a_job_of_a_process_that_is_gone_is_replaced_by_one_that_waits(store: Store) -> None:
    enqueue(store, "north")
    lost = start(store, the_job(store), "doomed")
    assert lost is not None
    store.let_time_pass(timedelta(days=1))
    assert (requeue(store), take_back(store)) == (0, 0)
    store.lose("doomed")
    assert take_back(store) == 1
    [(queue, job_id)] = published(store)
    assert queue == "sync-messages"
    again = start(store, job_id)
    assert again is not None
    assert (again.name, again.firm_id, again.run_id) == (lost.name, lost.firm_id, lost.run_id)


def test_who_comes_back_to_a_lost_job_has_no_part_in_the_one_that_replaced_it(store: Store) -> None:
    """A worker that was asleep, say: it must not give back a seat, nor claims, that are another's."""
    enqueue(store, "north")
    lost = start(store, the_job(store), "doomed")
    assert lost is not None
    store.lose("doomed")
    take_back(store)
    [(_, job_id)] = published(store)
    assert job_id != lost.job_id
    assert start(store, job_id) is not None
    finish(store, lost)
    assert running(store) == 1
    assert start(store, lost.job_id) is None


def test_a_lost_job_gives_way_to_one_that_waits_in_its_place(store: Store) -> None:
    enqueue(store, "north")
    lost = the_job(store)
    start(store, lost, "doomed")
    enqueue(store, "north")
    newer = the_job(store)
    store.lose("doomed")
    take_back(store)
    assert [job_id for _, job_id in published(store)] in ([newer], [])
    assert start(store, lost) is None
    assert start(store, newer) is not None


def test_of_several_lost_jobs_of_one_name_one_waits_again(store: Store) -> None:
    for _ in range(3):
        enqueue(store, "north")
        start(store, the_job(store), "doomed")
    store.lose("doomed")
    assert take_back(store) == 1
    assert start(store, the_job(store)) is not None
    assert enqueue(store, "north") == 1


def test_an_outage_of_the_broker_does_not_fill_the_outbox(store: Store) -> None:
    enqueue(store, "north")
    for _ in range(5):
        store.let_time_pass(2 * WAITING)
        requeue(store)
    assert len(published(store)) == 1


def test_a_run_counts_its_slices_that_no_worker_came_back_from(store: Store) -> None:
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.MANUAL, Window(store.now(), store.now()))
        uow.commit()
    for name in ("first", "second"):
        enqueue(store, "north", name=CASES, run_id=run.run_id)
        [(_, job_id)] = published(store)
        assert start(store, job_id, name)
        store.lose(name)
        take_back(store)
    with store.unit_of_work() as uow:
        counted = uow.runs.get(run.run_id)
        assert counted is not None
        assert counted.cut_short == 2
        assert uow.runs.advance(counted, None, [])
        after = uow.runs.get(run.run_id)
    assert after is not None
    assert after.cut_short == 0


def test_a_process_that_is_gone_starts_nothing(store: Store) -> None:
    """It may have stood still for long, and nobody would take the job back from it."""
    enqueue(store, "north")
    job_id = the_job(store)
    store.lose("doomed")
    assert start(store, job_id, "doomed") is None
    assert start(store, job_id) is not None


def test_a_job_that_an_errand_broke_off_is_taken_back_from_it_alone(store: Store) -> None:
    """Its process lives on; a run does not count it as a slice that nobody came back from."""
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.MANUAL, Window(store.now(), store.now()))
        uow.commit()
    enqueue(store, "north", name=CASES, run_id=run.run_id)
    lost = start(store, the_job(store), "broken")
    enqueue(store, "north")
    start(store, the_job(store))
    assert lost is not None
    assert take_back(store, store.owner("broken")) == 1
    assert the_job(store) != lost.job_id
    assert (running(store), running(store, name=CASES)) == (1, 0)
    with store.unit_of_work() as uow:
        after = uow.runs.get(run.run_id)
    assert after is not None
    assert after.cut_short == 0
