"""Jobs and slots under concurrency: one waits, one starts, one claims."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import pytest

from core.cursor import Window
from core.job import Job
from core.run import Trigger
from core.schedule import JobName
from tests.integration.postgres_support import LONG, WITHIN_S, Postgres, all_at_once, beside, postgres

FIRMS = [f"firm-{n}" for n in range(20)]
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def store(migrated_database_url: str) -> Iterator[Postgres]:
    with postgres(migrated_database_url) as store:
        yield store


def enqueue(store: Postgres, firms: list[str]) -> int:
    with store.unit_of_work() as uow:
        number = uow.jobs.enqueue(JobName.SYNC_MESSAGES, firms)
        uow.commit()
    return number


def start(store: Postgres, job_id: int) -> Job | None:
    owner = store.owner()
    with store.unit_of_work() as uow:
        job = uow.jobs.start(job_id, owner)
        uow.commit()
    return job


def only_job(store: Postgres) -> int:
    rows = store.rows("select job_id from jobs")
    assert len(rows) == 1
    return int(rows[0][0])


def lose_all(store: Postgres) -> None:
    """As the release before this one: by a lease that has run out."""
    with store.pool.connection() as connection:
        connection.execute(
            "update jobs set state = 'running', lease_until = now() where job_id in ("
            "select job_id from jobs where state = 'waiting' order by firm_id for update skip locked)"
        )


def requeue_lost(store: Postgres) -> int:
    with store.unit_of_work() as uow:
        number = uow.jobs.take_back() + uow.jobs.requeue_lost(LONG)
        uow.commit()
    return number


def test_however_many_ask_at_once_a_firm_has_one_waiting_job_and_one_row_to_publish(store: Postgres) -> None:
    added = all_at_once(*[partial(enqueue, store, FIRMS)] * 3, *[partial(enqueue, store, FIRMS[::-1])] * 3)
    assert sum(added) == len(FIRMS)
    assert store.rows("select count(*) from jobs") == [(len(FIRMS),)]
    assert store.rows("select count(*) from outbox") == [(len(FIRMS),)]


def test_jobs_of_different_runs_are_different_jobs(store: Postgres) -> None:
    with store.unit_of_work() as uow:
        assert uow.jobs.enqueue(JobName.SYNC_CASES, ["north"], run_id=1) == 1
        assert uow.jobs.enqueue(JobName.SYNC_CASES, ["north"], run_id=2) == 1
        assert uow.jobs.enqueue(JobName.SYNC_CASES, ["north"], run_id=2) == 0
        assert uow.jobs.enqueue(JobName.SYNC_CASES, ["north"]) == 1


def test_a_message_that_comes_twice_starts_its_job_once(store: Postgres) -> None:
    enqueue(store, ["north"])
    job_id = only_job(store)
    started = all_at_once(*[partial(start, store, job_id)] * 5)
    assert [job for job in started if job] == [Job(job_id, JobName.SYNC_MESSAGES, "north")]


def test_a_job_does_not_start_before_what_asked_for_it_is_committed(store: Postgres) -> None:
    """Else it could look for the new message too early, and nobody would look again before the tick."""
    enqueue(store, ["north"])
    with store.unit_of_work() as intake:
        assert intake.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"]) == 0
        with beside(partial(start, store, only_job(store))) as started:
            store.wait_until_blocked()
            intake.commit()
            assert started.result(WITHIN_S) is not None


def test_who_asks_while_the_job_is_being_started_gets_a_new_one(store: Postgres) -> None:
    enqueue(store, ["north"])
    owner = store.owner()
    with store.unit_of_work() as worker:
        worker.jobs.start(only_job(store), owner)
        with beside(partial(enqueue, store, ["north"])) as asked:
            store.wait_until_blocked()
            worker.commit()
            assert asked.result(WITHIN_S) == 1


def test_lost_jobs_are_taken_back_once_by_schedulers_at_once(store: Postgres) -> None:
    enqueue(store, FIRMS)
    with store.pool.connection() as connection:
        connection.execute("update outbox set published_at = now()")
        connection.execute("update jobs set published_at = now() - interval '1 hour'")

    assert sum(all_at_once(*[partial(requeue_lost, store)] * 4)) == len(FIRMS)
    assert store.rows("select count(*) from outbox where published_at is null") == [(len(FIRMS),)]


def test_a_job_that_is_asked_for_while_a_lost_one_is_taken_back_is_enough(store: Postgres) -> None:
    """The scheduler once ended over it: two waiting jobs of one kind cannot be."""
    enqueue(store, ["north"])
    lose_all(store)
    with store.unit_of_work() as other:
        assert other.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"]) == 1
        with beside(partial(requeue_lost, store)) as requeued:
            store.wait_until_blocked()
            other.commit()
            assert requeued.result(WITHIN_S) == 0
    assert store.rows("select state from jobs") == [("waiting",)]


def test_leases_that_run_out_while_jobs_are_asked_for_trouble_nobody(store: Postgres) -> None:
    def lose_and_ask() -> int:
        for _ in range(30):
            enqueue(store, FIRMS)
            lose_all(store)
        return 0

    def take_back() -> int:
        for _ in range(60):
            requeue_lost(store)
        return 0

    all_at_once(lose_and_ask, lose_and_ask, take_back, take_back)
    requeue_lost(store)
    assert store.rows("select state, count(*) from jobs group by state") == [("waiting", len(FIRMS))]


def test_several_lost_jobs_of_a_firm_become_one_that_waits(store: Postgres) -> None:
    for _ in range(3):
        enqueue(store, ["north"])
        lose_all(store)
    assert requeue_lost(store) == 1
    assert store.rows("select state from jobs") == [("waiting",)]


def test_of_schedulers_at_once_one_claims_a_slot(store: Postgres) -> None:
    def claim() -> datetime | None:
        with store.unit_of_work() as uow:
            uow.jobs.open_slot(JobName.SYNC_MESSAGES, NOON)
            uow.commit()
            due = uow.jobs.claim_slot(JobName.SYNC_MESSAGES)
            uow.commit()
        return due

    claimed = all_at_once(*[claim] * 6)
    assert [due for due in claimed if due] == [NOON]


def test_while_another_has_the_newest_slot_an_older_one_is_not_taken(store: Postgres) -> None:
    with store.unit_of_work() as first:
        first.jobs.open_slot(JobName.SYNC_MESSAGES, NOON - LONG)
        first.jobs.open_slot(JobName.SYNC_MESSAGES, NOON)
        first.commit()
        assert first.jobs.claim_slot(JobName.SYNC_MESSAGES) == NOON
        with store.unit_of_work() as second:
            assert second.jobs.claim_slot(JobName.SYNC_MESSAGES) is None


def test_a_slot_whose_scheduler_died_is_taken_by_the_next(store: Postgres) -> None:
    with store.unit_of_work() as first:
        first.jobs.open_slot(JobName.SYNC_MESSAGES, NOON)
        first.commit()
        first.jobs.claim_slot(JobName.SYNC_MESSAGES)
    with store.unit_of_work() as second:
        assert second.jobs.claim_slot(JobName.SYNC_MESSAGES) == NOON


def test_of_runs_started_at_once_for_a_firm_one_is_new_and_the_others_join_it(store: Postgres) -> None:
    def begin() -> tuple[int, bool]:
        with store.unit_of_work() as uow:
            run, is_new = uow.runs.start("north", Trigger.MANUAL, Window(NOON - LONG, NOON))
            uow.commit()
        return run.run_id, is_new

    started = all_at_once(*[begin] * 6)
    assert len({run_id for run_id, _ in started}) == 1
    assert sorted(is_new for _, is_new in started) == [False] * 5 + [True]


def test_of_two_workers_on_one_page_one_stores_it(store: Postgres) -> None:
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.MANUAL, Window(NOON - LONG, NOON))
        uow.commit()

    def advance() -> bool:
        with store.unit_of_work() as uow:
            stored = uow.runs.advance(run, None, [])
            uow.commit()
        return stored

    assert sorted(all_at_once(advance, advance)) == [False, True]
