"""Jobs in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from core.job import Job
from core.schedule import JobName
from tests.fakes.seating import publish, room, wake
from tests.fakes.tables import JobRow
from tests.fakes.transaction import Transaction


class FakeJobs:
    """Jobs by number; waiting ones are unique by name, firm and run."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def enqueue(self, name: JobName, firm_ids: Sequence[str], *, run_id: int | None = None) -> int:
        """Add jobs, and an outbox row for each."""
        added = 0
        for firm_id in sorted(set(firm_ids)):
            if not self._waits(name, firm_id, run_id):
                job = JobRow(self._transaction.next_id(), name, firm_id, run_id, self._transaction.now())
                self._publish(job)
                added += 1
        return added

    def start(self, job_id: int, lease: timedelta) -> Job | None:
        """Take up a waiting job, or park it."""
        job = self._rows.get(job_id)
        if job is None or job.lease_until is not None:
            return None
        free = room(self._transaction, job.firm_id)
        if free is not None and not free.seats(job.name):
            self._rows[job_id] = replace(job, is_parked=True)
            return None
        self._rows[job_id] = replace(job, is_parked=False, lease_until=self._transaction.now() + lease)
        return Job(job.job_id, job.name, job.firm_id, job.run_id)

    def running(self, name: JobName, firm_id: str) -> int:
        """Count those under a lease in force."""
        now = self._transaction.now()
        return sum(
            job.name is name
            and job.firm_id == firm_id
            and job.lease_until is not None
            and job.lease_until > now
            for job in self._rows.values()
        )

    def finish(self, job: Job) -> None:
        """Remove it, if it is still there."""
        row = self._rows.get(job.job_id)
        if row is not None and row.lease_until is not None:
            del self._rows[job.job_id]
        wake(self._transaction, job.firm_id)

    def requeue_lost(self, waiting_longer_than: timedelta) -> int:
        """Publish again; a job whose lease ran out is replaced by one that waits, unless one does."""
        now, published = self._transaction.now(), 0
        for job in list(self._rows.values()):
            if job.lease_until is None:
                if not job.is_parked and now - job.published_at > waiting_longer_than:
                    self._publish(replace(job, published_at=now))
                    published += 1
            elif job.lease_until <= now:
                del self._rows[job.job_id]
                published += self.enqueue(job.name, [job.firm_id], run_id=job.run_id)
        firms = {job.firm_id for job in self._rows.values() if job.is_parked}
        return published + sum(wake(self._transaction, firm_id) for firm_id in sorted(firms))

    def _waits(self, name: JobName, firm_id: str, run_id: int | None) -> bool:
        key = (name, firm_id, run_id)
        return any(
            job.lease_until is None and (job.name, job.firm_id, job.run_id) == key
            for job in self._rows.values()
        )

    def _publish(self, job: JobRow) -> None:
        """Put it into the outbox unless it is there: an outage of the broker must not fill it."""
        self._rows[job.job_id] = job
        publish(self._transaction, job)

    @property
    def _rows(self) -> dict[int, JobRow]:
        return self._transaction.tables.jobs
