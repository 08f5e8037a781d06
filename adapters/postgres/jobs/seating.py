"""Who sits where, in Postgres: the firm's seat lock, the room that is left, and parked jobs (`core.seats`).

Every step that takes or frees a seat first takes the firm's seat lock, and it is the first lock of its
transaction. So whoever parks a job has either seen the seat that is being freed, or is seen by whoever frees
it. A seat whose lease ran out is freed by nobody: `wake_all`, which the schedulers call every few seconds,
finds the jobs that wait for it.
"""

from typing import Final

from adapters.postgres.store.session import Session
from core.schedule import JobName
from core.seats import Room, choose

LOCK_CLASS: Final = 7_203_116  # any number, but the same in every release

_LOCK: Final = "select pg_advisory_xact_lock(%(class)s, hashtext(%(firm_id)s))"
_ROOM: Final = """
with seat as (
    select name <> 'sync-messages' as is_others
    from jobs
    where name = any(%(names)s) and firm_id = %(firm_id)s and state = 'running'
      and lease_until > statement_timestamp()
    union all
    select false
    from hand_seats
    where firm_id = %(firm_id)s and lease_until > statement_timestamp()
      and (is_taken or not %(by_hand)s)
)
select coalesce((settings ->> 'concurrency')::integer, 2),
       (select count(*) from seat),
       (select count(*) from seat where is_others)
from firms
where firm_id = %(firm_id)s
"""
_PARKED: Final = "select job_id, name from parked_jobs where firm_id = %(firm_id)s"
_WAKE: Final = """
with woken as (
    delete from parked_jobs
    where job_id = any(%(job_ids)s)
    returning job_id, firm_id, name
),
added as (
    insert into outbox (queue, firm_id, job_id, body)
    select name, firm_id, job_id, to_json(job_id)
    from woken
    order by array_position(%(job_ids)s, job_id)
    returning row_id
)
select number, case when number > 0 then pg_notify('casebridge_outbox', '') end
from (select count(*) as number from added) as total
"""
# Tried for, never waited for: a firm whose lock is held is just being seen to.
_FIRMS_WITH_PARKED: Final = """
select firm_id
from (select distinct firm_id from parked_jobs) as firm
where pg_try_advisory_xact_lock(%(class)s, hashtext(firm_id))
"""
_FORGET_LAPSED: Final = """
delete from hand_seats
where seat_id in (
    select seat_id from hand_seats where lease_until <= statement_timestamp() for update skip locked
)
"""


def lock(session: Session, firm_id: str) -> None:
    """Take the firm's seat lock until the end of the transaction."""
    session.rows(_LOCK, {"class": LOCK_CLASS, "firm_id": firm_id})


def room(session: Session, firm_id: str, *, by_hand: bool = False) -> Room | None:
    """Return what is free, in force while the lock is held. None for a firm that is not stored: no limit.

    What commands ask for counts as taken, except for other commands (`by_hand`).
    """
    names = [name.value for name in JobName]
    row = session.row(_ROOM, {"firm_id": firm_id, "names": names, "by_hand": by_hand})
    return Room.of(*row) if row else None


def wake(session: Session, firm_id: str) -> int:
    """Publish parked jobs, as many as find seats. The caller holds the firm's seat lock."""
    parked = session.rows(_PARKED, {"firm_id": firm_id})
    free = room(session, firm_id) if parked else None
    if free is None:
        return 0
    chosen = choose(free, [(job_id, JobName(name)) for job_id, name in parked])
    row = session.row(_WAKE, {"job_ids": list(chosen)}) if chosen else None
    return int(row[0]) if row else 0


def wake_all(session: Session) -> int:
    """Publish parked jobs of all firms that have room; in its transaction after all that locks jobs."""
    session.run(_FORGET_LAPSED)
    firms = session.rows(_FIRMS_WITH_PARKED, {"class": LOCK_CLASS})
    return sum(wake(session, firm_id) for (firm_id,) in firms)
