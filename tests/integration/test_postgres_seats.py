"""Seats under concurrency: never too many, nobody forgotten, no deadlock with those who ask for jobs."""

import json
import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial

import pytest

from core.schedule import JobName
from tests.fakes.samples import a_firm
from tests.integration.postgres_support import WITHIN_S, Postgres, all_at_once, beside, postgres

RUNS = range(1, 41)
WORKERS = 8


@pytest.fixture
def store(migrated_database_url: str) -> Iterator[Postgres]:
    with postgres(migrated_database_url, max_size=WORKERS + 4) as store:
        for firm_id in ("north", "south"):
            with store.unit_of_work() as uow:
                uow.firms.save(a_firm(firm_id, concurrency=3))
                uow.commit()
        yield store


class Broker:
    """Hands each published job to one worker, and watches how many of a firm are in work at once."""

    def __init__(self, store: Postgres) -> None:
        self._store = store
        self._lock = threading.Lock()
        self.in_work: dict[str, int] = {"north": 0, "south": 0}
        self.most: dict[str, int] = {"north": 0, "south": 0}
        self.done: list[tuple[str, int | None]] = []

    def take(self) -> list[int]:
        with self._store.pool.connection() as connection:
            rows = connection.execute(
                """
                with next as (
                    select row_id from outbox where published_at is null
                    order by row_id limit 1 for update skip locked
                )
                update outbox set published_at = now() from next where outbox.row_id = next.row_id
                returning body
                """
            ).fetchall()
        return [json.loads(body) for (body,) in rows]

    def work(self) -> None:
        """Take jobs until all runs are done; each asks for messages of both firms, as the intake does."""
        while len(self.done) < 2 * len(RUNS):
            for job_id in self.take():
                owner = self._store.owner()
                with self._store.unit_of_work() as uow:
                    job = uow.jobs.start(job_id, owner)
                    uow.commit()
                if job is None:
                    continue
                with self._lock:
                    self.in_work[job.firm_id] += 1
                    self.most[job.firm_id] = max(self.most[job.firm_id], self.in_work[job.firm_id])
                with self._store.unit_of_work() as uow:
                    uow.jobs.enqueue(JobName.SYNC_DOCUMENTS, ["north", "south"])
                    uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north", "south"])
                    uow.commit()
                with self._lock:
                    self.in_work[job.firm_id] -= 1
                    if job.run_id is not None:
                        self.done.append((job.firm_id, job.run_id))
                with self._store.unit_of_work() as uow:
                    uow.jobs.finish(job)
                    uow.jobs.enqueue(JobName.SYNC_MESSAGES, [job.firm_id])
                    uow.commit()


def test_workers_at_once_keep_every_firms_limit_and_work_off_every_parked_job(store: Postgres) -> None:
    broker = Broker(store)
    for run_id in RUNS:
        with store.unit_of_work() as uow:
            uow.jobs.enqueue(JobName.SYNC_CASES, ["north", "south"], run_id=run_id)
            uow.commit()
    all_at_once(*[broker.work] * WORKERS)
    assert sorted(broker.done) == [(firm, run_id) for firm in ("north", "south") for run_id in RUNS]
    assert broker.most["north"] <= 3
    assert broker.most["south"] <= 3


def test_a_job_that_is_parked_while_a_seat_is_being_freed_is_not_forgotten(store: Postgres) -> None:
    owner = store.owner()

    def start(job_id: int) -> bool:
        with store.unit_of_work() as uow:
            job = uow.jobs.start(job_id, owner)
            uow.commit()
        return job is not None

    with store.unit_of_work() as uow:
        for run_id in (1, 2, 3):
            uow.jobs.enqueue(JobName.SYNC_CASES, ["north"], run_id=run_id)
        uow.commit()
        ids = [job_id for (job_id,) in store.rows("select job_id from jobs order by job_id")]
        first = uow.jobs.start(ids[0], owner)
        uow.commit()
        assert first is not None
        assert start(ids[1])
        uow.jobs.finish(first)
        with beside(partial(start, ids[2])) as third:
            store.wait_until_blocked()
            uow.commit()
            assert third.result(WITHIN_S)
    assert store.rows("select count(*) from parked_jobs") == [(0,)]


def test_a_scheduler_that_recovers_waits_for_nobodys_seats(store: Postgres) -> None:
    owner = store.owner()
    with store.unit_of_work() as busy:
        busy.jobs.enqueue(JobName.SYNC_CASES, ["north"], run_id=1)
        busy.commit()
        [[job_id]] = store.rows("select job_id from jobs")
        busy.jobs.start(job_id, owner)
        with store.unit_of_work() as scheduler:
            assert scheduler.jobs.requeue_lost(timedelta(minutes=1)) == 0
