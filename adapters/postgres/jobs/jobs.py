"""Jobs in Postgres. The broker carries their ids, by way of the outbox."""

from collections.abc import Sequence
from datetime import timedelta

from adapters.postgres.jobs import seating
from adapters.postgres.store.session import Session
from core.job import Job
from core.schedule import JobName

# A job that waits already is counted up, which locks it: it cannot start before our commit, so it sees
# the change on whose account it was asked for. In the order of the firms, against deadlocks.
_ENQUEUE = """
with asked as (
    insert into jobs (name, firm_id, run_id, state)
    select %(name)s, firm_id, %(run_id)s, 'waiting'
    from unnest(%(firm_ids)s::text[]) as firm (firm_id)
    order by firm_id collate "C"
    on conflict (name, firm_id, run_id) where state = 'waiting' do update
    set asked = jobs.asked + 1
    returning job_id, firm_id, asked
),
added as (
    insert into outbox (queue, firm_id, job_id, body)
    select %(name)s, firm_id, job_id, to_json(job_id)
    from asked
    where asked = 0
    order by job_id
    returning row_id
)
select number, case when number > 0 then pg_notify('casebridge_outbox', '') end
from (select count(*) as number from added) as total
"""
_LOCK_SEATS_OF = """
select name, firm_id, pg_advisory_xact_lock(%(class)s, hashtext(firm_id))
from jobs
where job_id = %(job_id)s and state = 'waiting'
"""
_START = """
with unparked as (
    delete from parked_jobs
    where job_id = %(job_id)s
)
update jobs
set state = 'running', lease_until = statement_timestamp() + %(lease)s
where job_id = %(job_id)s and state = 'waiting'
returning job_id, name, firm_id, run_id
"""
_PARK = """
insert into parked_jobs (job_id, firm_id, name)
select job_id, firm_id, name
from jobs
where job_id = %(job_id)s and state = 'waiting'
on conflict (job_id) do nothing
"""
_RUNNING = """
select count(*)
from jobs
where name = %(name)s and firm_id = %(firm_id)s and state = 'running'
  and lease_until > statement_timestamp()
"""
_FINISH = "delete from jobs where job_id = %(job_id)s and state = 'running'"
_DROP_LOST = """
delete from jobs
where job_id in (
    select job_id
    from jobs
    where state = 'running' and lease_until <= statement_timestamp()
    for update skip locked
)
returning name, firm_id, run_id
"""
# What still waits in the outbox is not put there a second time: an outage of the broker must not fill it.
_REPUBLISH = """
with unheard as materialized (
    select job_id
    from jobs
    where state = 'waiting' and published_at < statement_timestamp() - %(waiting)s
      and not exists (select from parked_jobs where parked_jobs.job_id = jobs.job_id)
    order by name desc, firm_id, run_id
    for update skip locked
),
republished as (
    update jobs
    set published_at = statement_timestamp()
    from unheard
    where jobs.job_id = unheard.job_id
    returning jobs.job_id, jobs.name, jobs.firm_id
),
added as (
    insert into outbox (queue, firm_id, job_id, body)
    select name, firm_id, job_id, to_json(job_id)
    from republished
    where not exists (
        select from outbox where outbox.job_id = republished.job_id and outbox.published_at is null
    )
    order by job_id
    returning row_id
)
select (select count(*) from republished),
       case when exists (select from added) then pg_notify('casebridge_outbox', '') end
"""


class PostgresJobs:
    """Jobs; a firm's job of one name (and run) is unique while it waits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def enqueue(self, name: JobName, firm_ids: Sequence[str], *, run_id: int | None = None) -> int:
        """Put a job for each firm in the queue, through the outbox, unless one waits. The number added."""
        if not firm_ids:
            return 0
        return self._ask(name.value, firm_ids, run_id)

    def start(self, job_id: int, lease: timedelta) -> Job | None:
        """Take up a waiting job, or return None: a repeated or outdated message, or no seat is free.

        Without a seat the job is parked: it waits on, and is published again when it can have one. Waits for
        transactions that have just asked for this job. The first of its transaction.
        """
        asked = {"job_id": job_id, "class": seating.LOCK_CLASS}
        waiting = self._session.row(_LOCK_SEATS_OF, asked)
        if waiting is None:
            return None
        room = seating.room(self._session, waiting[1])
        if room is not None and not room.seats(JobName(waiting[0])):
            self._session.run(_PARK, {"job_id": job_id})
            return None
        row = self._session.row(_START, {"job_id": job_id, "lease": lease})
        return Job(row[0], JobName(row[1]), row[2], row[3]) if row else None

    def running(self, name: JobName, firm_id: str) -> int:
        """Return how many of the firm's jobs of this name are being worked on."""
        row = self._session.row(_RUNNING, {"name": name.value, "firm_id": firm_id})
        return int(row[0]) if row else 0

    def finish(self, job: Job) -> None:
        """Remove a job that was taken up, if it is still there: its lease may have run out.

        Its seat goes to the firm's next parked job, which is published. The first of its transaction.
        """
        seating.lock(self._session, job.firm_id)
        self._session.run(_FINISH, {"job_id": job.job_id})
        seating.wake(self._session, job.firm_id)

    def requeue_lost(self, waiting_longer_than: timedelta) -> int:
        """See `Jobs.requeue_lost`.

        Parked jobs are published only where a seat is free that nobody gave back: its lease ran out.
        """
        row = self._session.row(_REPUBLISH, {"waiting": waiting_longer_than})
        return self._ask_for_lost() + (int(row[0]) if row else 0) + seating.wake_all(self._session)

    def _ask_for_lost(self) -> int:
        """Let a job whose lease ran out become one that waits, asked for as any other is.

        So whoever asks for the same meanwhile, or did a moment before, gets along with it. Names in the order
        in which schedulers ask for jobs, against deadlocks.
        """
        lost: dict[tuple[str, int], list[str]] = {}  # by name and run, 0 where it is none's
        for name, firm_id, run_id in self._session.rows(_DROP_LOST):
            lost.setdefault((name, run_id or 0), []).append(firm_id)
        return sum(
            self._ask(name, firm_ids, run_id or None)
            for (name, run_id), firm_ids in sorted(lost.items(), reverse=True)
        )

    def _ask(self, name: str, firm_ids: Sequence[str], run_id: int | None) -> int:
        """As `enqueue`; also for a job that another release knows."""
        asked = {"name": name, "firm_ids": sorted(set(firm_ids)), "run_id": run_id}
        row = self._session.row(_ENQUEUE, asked)
        return int(row[0]) if row else 0
