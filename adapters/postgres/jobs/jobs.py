"""Jobs in Postgres. The broker carries their ids, by way of the outbox."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from adapters.postgres.jobs.seats import LOCK_CLASS, Seats
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.wake_ups import Channel
from core.job import Job
from core.night import PLACES, Round
from core.ports.jobs import Jobs
from core.process import process_of
from core.reason import Reason
from core.schedule import NIGHTLY, JobName

_log = structlog.get_logger(__name__)
_SQL: Final = Statements.beside(__file__)


class PostgresJobs(Jobs):
    """See `core.ports.jobs.Jobs`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._seats = Seats(session)

    def enqueue(self, name: JobName, firm_ids: Sequence[str], *, run_id: int | None = None) -> int:
        if not firm_ids:
            return 0
        return self._ask(name.value, firm_ids, run_id)

    def enqueue_runs(self, name: JobName, runs: Mapping[str, int]) -> int:
        return self._add(name.value, list(runs), list(runs.values())) if runs else 0

    def start(self, job_id: int, owner: str) -> Job | None:
        asked = {"job_id": job_id, "class": LOCK_CLASS}
        waiting = self._session.row(_SQL["lock_seats_of"], asked)
        if waiting is None:
            return None
        room = self._seats.room(waiting[1])
        if room is not None and not room.seats(JobName(waiting[0])):
            self._session.run(_SQL["park"], {"job_id": job_id})
            return None
        # Waits for transactions that have just asked for this job.
        started = {"job_id": job_id, "owner": owner, "process_id": process_of(owner)}
        row = self._session.row(_SQL["start"], started)
        if row is None:
            return None
        # What the job logs from here on is about this firm; `JobLog` lets go of it afterwards.
        structlog.contextvars.bind_contextvars(firm_id=row[2])
        if row[3] is not None:
            structlog.contextvars.bind_contextvars(run_id=row[3])
        return Job(row[0], JobName(row[1]), row[2], row[3])

    def running(self, name: JobName, firm_id: str) -> int:
        row = self._session.row(_SQL["running"], {"name": name.value, "firm_id": firm_id})
        return int(row[0]) if row else 0

    def finish(self, job: Job) -> None:
        self._seats.lock(job.firm_id)
        self._session.run(_SQL["finish"], {"job_id": job.job_id})  # unless it was taken back before
        self._seats.wake(job.firm_id)

    def requeue_lost(self, waiting_longer_than: timedelta) -> int:
        # Parked jobs are published only where a seat is free that nobody gave back.
        [[number, added]] = self._session.rows(_SQL["republish"], {"waiting": waiting_longer_than})
        if added:
            self._session.will_wake(Channel.OUTBOX)
        return int(number) + self._seats.wake_all()

    def take_back(self, owners: Sequence[str] | None = None) -> int:
        number = self._ask_for_lost(owners)
        self._seats.forget_lost(owners)
        return number + self._seats.wake_all()

    def ask_seat(self, firm_id: str, owner: str) -> int:
        return self._seats.ask(firm_id, owner)

    def take_seat(self, seat_id: int) -> bool:
        return self._seats.take(seat_id)

    def leave_seat(self, seat_id: int) -> None:
        self._seats.leave(seat_id)

    def open_slot(self, name: JobName, due_at: datetime) -> None:
        slot = {"job": name.value, "due_at": due_at, "is_nightly": name in NIGHTLY}
        self._session.run(_SQL["open_slot"], slot)

    def claim_slot(self, name: JobName) -> datetime | None:
        row = self._session.row(_SQL["claim_slot"], {"job": name.value})
        if row is None:
            return None
        due_at: datetime = row[0]
        slot = {"job": name.value, "due_at": due_at}
        self._session.run(_SQL["slots_done"], slot)
        self._session.run(_SQL["forget_slots"], slot)
        return due_at

    def begin_round(self, name: JobName, due_at: datetime) -> None:
        self._session.run(_SQL["begin_round"], {"job": name.value, "due_at": due_at})

    def claim_round(self, name: JobName) -> Round | None:
        row = self._session.row(_SQL["claim_round"], {"job": name.value, "places": PLACES})
        return Round(*row) if row else None

    def move_round(self, name: JobName, to: Round) -> None:
        moved = {"due_at": to.due_at, "reached": to.reached, "moved_at": to.moved_at}
        self._session.run(_SQL["move_round"], {"job": name.value, **moved})

    def _ask_for_lost(self, owners: Sequence[str] | None) -> int:
        """Let a job whose owner is gone become one that waits, asked for as any other is.

        So whoever asks for the same meanwhile, or did a moment before, gets along with it. Names in the order
        in which schedulers ask for jobs, against deadlocks.
        """
        asked = {"owners": None if owners is None else list(owners)}
        lost: dict[tuple[str, int], list[str]] = {}  # by name and run, 0 where it is none's
        for name, firm_id, run_id in self._session.rows(_SQL["drop_lost"], asked):
            lost.setdefault((name, run_id or 0), []).append(firm_id)
            self._say_lost(name, firm_id, run_id)
        run_ids = sorted({run_id for _, run_id in lost if run_id})
        if run_ids and owners is None:
            self._session.run(_SQL["note_cut_short"], {"run_ids": run_ids})
        return sum(
            self._ask(name, firm_ids, run_id or None)
            for (name, run_id), firm_ids in sorted(lost.items(), reverse=True)
        )

    def _say_lost(self, name: str, firm_id: str, run_id: int | None) -> None:
        words = {"firm_id": firm_id, "reason": Reason.PROCESS_GONE.value, "job": name, "run_id": run_id}
        self._session.afterwards(lambda: _log.warning("job_lost", **words))

    def _ask(self, name: str, firm_ids: Sequence[str], run_id: int | None) -> int:
        """As `enqueue`; also for a job that another release knows."""
        firms = sorted(set(firm_ids))
        return self._add(name, firms, [run_id] * len(firms))

    def _add(self, name: str, firm_ids: Sequence[str], run_ids: Sequence[int | None]) -> int:
        asked = {"name": name, "firm_ids": firm_ids, "run_ids": run_ids}
        [[added]] = self._session.rows(_SQL["enqueue"], asked)
        if added:
            self._session.will_wake(Channel.OUTBOX)
        return int(added)
