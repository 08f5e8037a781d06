"""Schedule slots in Postgres."""

from datetime import datetime

from adapters.postgres.store.session import Session
from core.schedule import NIGHTLY, JobName

_OPEN = """
insert into slots (job, due_at, done_at)
select %(job)s, %(due_at)s,
       case when %(is_nightly)s and not exists (select from slots where job = %(job)s)
            then statement_timestamp() end
on conflict (job, due_at) do nothing
"""
# The newest, or none: an older one must not be taken while another scheduler has the newest.
_CLAIM = """
select due_at
from slots
where job = %(job)s and done_at is null
  and due_at = (select max(due_at) from slots where job = %(job)s and done_at is null)
for update skip locked
"""
_DONE = """
update slots
set done_at = statement_timestamp()
where job = %(job)s and done_at is null and due_at <= %(due_at)s
"""
# Nobody reads old slots; a few days of them help to see what happened.
_FORGET = """
delete from slots
where job = %(job)s and done_at is not null and due_at < %(due_at)s - interval '7 days'
"""


class PostgresSlots:
    """Slots of the timetable."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def open(self, name: JobName, due_at: datetime) -> None:
        """Note that the slot is due. The first ever of a nightly job counts as done: none was missed."""
        is_nightly = name in NIGHTLY
        self._session.run(_OPEN, {"job": name.value, "due_at": due_at, "is_nightly": is_nightly})

    def claim(self, name: JobName) -> datetime | None:
        """Lock the newest open slot until the transaction ends, and return its instant (UTC).

        It and all older ones are done when the transaction commits: one catch-up stands for all that were
        missed. None if there is none, or another scheduler has it.
        """
        row = self._session.row(_CLAIM, {"job": name.value})
        if row is None:
            return None
        due_at: datetime = row[0]
        self._session.run(_DONE, {"job": name.value, "due_at": due_at})
        self._session.run(_FORGET, {"job": name.value, "due_at": due_at})
        return due_at
