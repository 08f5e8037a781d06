"""Processes in Postgres."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Final

from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from core.ports.processes import Processes, StoreLook
from core.process import AboutProcess, Heartbeat, HeldJob, ProcessKind, ProcessView, process_of

_SQL: Final = Statements.beside(__file__)


class PostgresProcesses(Processes):
    """See `core.ports.processes.Processes`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin(self, about: AboutProcess) -> int:
        told = {
            "kind": about.kind.value,
            "host": about.host,
            "version": about.version,
            "threads": about.threads,
        }
        [[process_id]] = self._session.rows(_SQL["begin"], told)
        return int(process_id)

    def renew(self, process_id: int) -> datetime | None:
        row = self._session.row(_SQL["renew"], {"process_id": process_id})
        return row[0] if row else None

    def end(self, process_id: int) -> None:
        self._session.run(_SQL["end"], {"process_id": process_id})

    def look(self) -> StoreLook:
        [[now, server_started_at]] = self._session.rows(_SQL["look"])
        return StoreLook(now, server_started_at)

    def declare_gone(self, look: StoreLook, heartbeat: Heartbeat) -> Sequence[int]:
        silent = {
            "gone_after": heartbeat.gone_after,
            "looked_at": look.now,
            "look_within": heartbeat.look_within,
            "quiet": heartbeat.quiet,
        }
        return sorted(process_id for (process_id,) in self._session.rows(_SQL["declare_gone"], silent))

    def forget_gone(self, longer_than: timedelta) -> int:
        return self._session.run(_SQL["forget_gone"], {"longer_than": longer_than})

    def holding(self, process_id: int) -> Collection[str]:
        return [owner for (owner,) in self._session.rows(_SQL["holding"], {"process_id": process_id})]

    def all(self) -> Sequence[ProcessView]:
        jobs: defaultdict[int, list[HeldJob]] = defaultdict(list)
        for owner, name, firm_id, run_id in self._session.rows(_SQL["jobs"]):
            jobs[process_of(owner)].append(HeldJob(name, firm_id, run_id))
        cases = {int(process_id): number for process_id, number in self._session.rows(_SQL["cases"])}
        seats = {int(process_id): number for process_id, number in self._session.rows(_SQL["seats"])}
        return [
            ProcessView(
                process_id,
                AboutProcess(ProcessKind(kind), host, version, threads),
                started_at,
                seen_at,
                gone_at,
                tuple(jobs[process_id]),
                cases.get(process_id, 0),
                seats.get(process_id, 0),
            )
            for process_id, kind, host, version, threads, started_at, seen_at, gone_at in self._session.rows(
                _SQL["all"]
            )
        ]
