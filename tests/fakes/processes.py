"""Processes in memory."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.ports.processes import Processes, StoreLook
from core.process import AboutProcess, Heartbeat, HeldJob, ProcessView, process_of
from tests.fakes.tables import ProcessRow
from tests.fakes.transaction import Transaction

_LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class FakeProcesses(Processes):
    """Processes by number."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def begin(self, about: AboutProcess) -> int:
        process_id, now = self._transaction.next_id(), self._transaction.now()
        self._rows[process_id] = ProcessRow(process_id, about, now, now)
        return process_id

    def renew(self, process_id: int) -> datetime | None:
        row = self._rows.get(process_id)
        if row is None or row.gone_at is not None:
            return None
        self._rows[process_id] = replace(row, seen_at=self._transaction.now())
        return self._rows[process_id].seen_at

    def end(self, process_id: int) -> None:
        now, row = self._transaction.now(), self._rows.get(process_id)
        if row is not None and row.gone_at is None:
            self._rows[process_id] = replace(row, gone_at=now, calls_until=now)

    def look(self) -> StoreLook:
        tables = self._transaction.tables
        return StoreLook(self._transaction.now(), tables.server.get("started", _LONG_AGO))

    def declare_gone(self, look: StoreLook, heartbeat: Heartbeat) -> Sequence[int]:
        now = self._transaction.now()
        silent_since = now - heartbeat.gone_after
        if now > look.now + heartbeat.look_within:
            return []
        gone = [row for row in self._rows.values() if row.gone_at is None and row.seen_at < silent_since]
        for row in gone:
            self._rows[row.process_id] = replace(row, gone_at=now, calls_until=now - heartbeat.quiet)
        return sorted(row.process_id for row in gone)

    def forget_gone(self, longer_than: timedelta) -> int:
        before = self._transaction.now() - longer_than
        old = [row.process_id for row in self._rows.values() if row.gone_at and row.gone_at < before]
        for process_id in old:
            del self._rows[process_id]
        return len(old)

    def holding(self, process_id: int) -> Collection[str]:
        tables = self._transaction.tables
        owners = [lane.owner for lane in tables.lanes.values()]
        owners += [job.owner for job in tables.jobs.values()]
        owners += [seat.owner for seat in tables.hand_seats.values()]
        return {owner for owner in owners if owner is not None and process_of(owner) == process_id}

    def all(self) -> Sequence[ProcessView]:
        tables = self._transaction.tables
        views = []
        for row in self._rows.values():
            jobs = tuple(
                HeldJob(job.name, job.firm_id, job.run_id)
                for job in sorted(tables.jobs.values(), key=lambda job: job.job_id)
                if job.owner is not None and process_of(job.owner) == row.process_id
            )
            cases = [lane.owner for lane in tables.lanes.values() if lane.owner is not None]
            seats = [seat.owner for seat in tables.hand_seats.values()]
            views.append(
                ProcessView(
                    row.process_id,
                    row.about,
                    row.started_at,
                    row.seen_at,
                    row.gone_at,
                    jobs,
                    sum(process_of(owner) == row.process_id for owner in cases),
                    sum(process_of(owner) == row.process_id for owner in seats),
                )
            )
        views.sort(key=lambda view: view.process_id)
        views.sort(key=lambda view: view.seen_at, reverse=True)
        return sorted(views, key=lambda view: view.gone_at is not None)

    @property
    def _rows(self) -> dict[int, ProcessRow]:
        return self._transaction.tables.processes


def lost_until(transaction: Transaction, owner: str, owners: Sequence[str] | None) -> datetime | None:
    """Return until when a lost owner can have begun calls; None for one that is not lost."""
    if owners is not None:
        return transaction.now() if owner in owners else None
    row = transaction.tables.processes.get(process_of(owner))
    return row.calls_until if row is not None else None


def is_alive(transaction: Transaction, owner: str) -> bool:
    """Tell whether the owner's process is there and not gone."""
    row = transaction.tables.processes.get(process_of(owner))
    return row is not None and row.gone_at is None
