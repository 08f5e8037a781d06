"""Jobs in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.job import Job
from core.night import Round
from core.ports.jobs import Jobs
from core.run import RunState
from core.schedule import NIGHTLY, JobName
from tests.fakes.processes import is_alive, lost_until
from tests.fakes.seating import publish, room, wake
from tests.fakes.tables import HandSeat, JobRow
from tests.fakes.transaction import Transaction


class FakeJobs(Jobs):
    """Jobs by number; waiting ones are unique by name, firm and run."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def enqueue(self, name: JobName, firm_ids: Sequence[str], *, run_id: int | None = None) -> int:
        added = 0
        for firm_id in sorted(set(firm_ids)):
            if not self._waits(name, firm_id, run_id):
                job = JobRow(self._transaction.next_id(), name, firm_id, run_id, self._transaction.now())
                self._publish(job)
                added += 1
        return added

    def enqueue_runs(self, name: JobName, runs: Mapping[str, int]) -> int:
        return sum(self.enqueue(name, [firm_id], run_id=run_id) for firm_id, run_id in runs.items())

    def start(self, job_id: int, owner: str) -> Job | None:
        job = self._rows.get(job_id)
        if job is None or job.owner is not None:
            return None
        free = room(self._transaction, job.firm_id)
        if free is not None and not free.seats(job.name):
            self._rows[job_id] = replace(job, is_parked=True)
            return None
        if not is_alive(self._transaction, owner):
            return None
        self._rows[job_id] = replace(job, is_parked=False, owner=owner)
        return Job(job.job_id, job.name, job.firm_id, job.run_id)

    def running(self, name: JobName, firm_id: str) -> int:
        return sum(
            job.name is name and job.firm_id == firm_id and job.owner is not None
            for job in self._rows.values()
        )

    def finish(self, job: Job) -> None:
        row = self._rows.get(job.job_id)
        if row is not None and row.owner is not None:
            del self._rows[job.job_id]
        wake(self._transaction, job.firm_id)

    def requeue_lost(self, waiting_longer_than: timedelta) -> int:
        now, published = self._transaction.now(), 0
        for job in list(self._rows.values()):
            waits = job.owner is None and not job.is_parked
            if waits and now - job.published_at > waiting_longer_than:
                self._publish(replace(job, published_at=now))
                published += 1
        return published + self._wake_all()

    def take_back(self, owners: Sequence[str] | None = None) -> int:
        number = 0
        for job in list(self._rows.values()):
            if job.owner is not None and lost_until(self._transaction, job.owner, owners) is not None:
                del self._rows[job.job_id]
                if owners is None:
                    self._note_cut_short(job.run_id)
                number += self.enqueue(job.name, [job.firm_id], run_id=job.run_id)
        for seat_id, seat in list(self._hand_seats.items()):
            if lost_until(self._transaction, seat.owner, owners) is not None:
                del self._hand_seats[seat_id]
        return number + self._wake_all()

    def _wake_all(self) -> int:
        firms = {job.firm_id for job in self._rows.values() if job.is_parked}
        return sum(wake(self._transaction, firm_id) for firm_id in sorted(firms))

    def _note_cut_short(self, run_id: int | None) -> None:
        rows = self._transaction.tables.runs
        run = rows.get(run_id) if run_id is not None else None
        if run is not None and run.state is RunState.WAITING:
            rows[run.run_id] = replace(run, cut_short=run.cut_short + 1)

    def ask_seat(self, firm_id: str, owner: str) -> int:
        seat_id = self._transaction.next_id()
        self._hand_seats[seat_id] = HandSeat(firm_id, False, owner)
        return seat_id

    def take_seat(self, seat_id: int) -> bool:
        seat = self._hand_seats.get(seat_id)
        if seat is None:
            return False
        free = room(self._transaction, seat.firm_id, by_hand=True)
        earlier = sum(
            number < seat_id and not other.is_taken
            for number, other in self._hand_seats.items()
            if other.firm_id == seat.firm_id
        )
        if free is not None and free.free + seat.is_taken <= earlier:
            return False
        self._hand_seats[seat_id] = replace(seat, is_taken=True)
        return True

    def leave_seat(self, seat_id: int) -> None:
        seat = self._hand_seats.pop(seat_id, None)
        if seat is not None:
            wake(self._transaction, seat.firm_id)

    def open_slot(self, name: JobName, due_at: datetime) -> None:
        rows = self._transaction.tables.slots
        first_ever = all(job is not name for job, _ in rows)
        rows.setdefault((name, due_at), first_ever and name in NIGHTLY)

    def claim_slot(self, name: JobName) -> datetime | None:
        rows = self._transaction.tables.slots
        newest = max((due for (job, due), done in rows.items() if job is name and not done), default=None)
        if newest is not None:
            for job, due in rows:
                if job is name and due <= newest:
                    rows[job, due] = True
        return newest

    def begin_round(self, name: JobName, due_at: datetime) -> None:
        before = self._transaction.tables.rounds.get(name)
        if before is None or before.due_at < due_at:
            self._transaction.tables.rounds[name] = Round(due_at, 0, due_at)

    def claim_round(self, name: JobName) -> Round | None:
        found = self._transaction.tables.rounds.get(name)
        return None if found is None or found.is_over else found

    def move_round(self, name: JobName, to: Round) -> None:
        self._transaction.tables.rounds[name] = to

    def _waits(self, name: JobName, firm_id: str, run_id: int | None) -> bool:
        key = (name, firm_id, run_id)
        return any(
            job.owner is None and (job.name, job.firm_id, job.run_id) == key for job in self._rows.values()
        )

    def _publish(self, job: JobRow) -> None:
        """Put it into the outbox unless it is there: an outage of the broker must not fill it."""
        self._rows[job.job_id] = job
        publish(self._transaction, job)

    @property
    def _rows(self) -> dict[int, JobRow]:
        return self._transaction.tables.jobs

    @property
    def _hand_seats(self) -> dict[int, HandSeat]:
        return self._transaction.tables.hand_seats
