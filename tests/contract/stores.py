"""The stores that the contract suites run over: the in-memory one and Postgres, behind one face for tests."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Protocol

import psycopg
from psycopg.conninfo import make_conninfo

from adapters.postgres.outbox.outbox_reader import PostgresOutboxReader
from adapters.postgres.store.own_connection import OwnConnection
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.wake_ups import Channel, WakeUps
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from core.actor import SYSTEM, Actor
from core.ports.inbox import RejectedEvent
from core.ports.outbox import OutboxReader
from core.ports.unit_of_work import UnitOfWork
from core.process import HEARTBEAT, AboutProcess, ProcessKind, owner_of, process_of
from tests.fakes import FakeClock, FakeStore


class Store(Protocol):
    """A store under test. `serial` says that its transactions wait for each other rather than overlap."""

    serial: bool

    def owner(self, name: str = "worker-1") -> str:
        """Return in whose name the process of this name claims: it begins when first asked for."""
        ...

    def lose(self, name: str = "worker-1") -> None:
        """Let the process of this name be silent for so long that it is gone; the others live."""
        ...

    def unit_of_work(self, actor: Actor = SYSTEM) -> AbstractContextManager[UnitOfWork]:
        """Return a unit of work, to be entered."""
        ...

    def outbox_reader(self) -> OutboxReader:
        """Return a reader for one relay."""
        ...

    def lose_wake_ups(self) -> None:
        """Let commits from now on wake nobody."""
        ...

    def now(self) -> datetime:
        """Return the store's time."""
        ...

    def let_time_pass(self, by: timedelta) -> None:
        """Let what is due by time come due."""
        ...

    def states(self) -> dict[str, str]:
        """Return each delivery's state by subject id."""
        ...

    def content(self, subject_id: str) -> dict[str, Any]:
        """Return what is stored of the content of a delivery."""
        ...

    def rejected(self) -> Sequence[RejectedEvent]:
        """Return what was set aside, oldest first."""
        ...


class _Owners:
    """Processes by the names that tests give them."""

    def owner(self: "Store", name: str = "worker-1") -> str:
        known = self.__dict__.setdefault("processes by name", {})
        if name not in known:
            with self.unit_of_work() as uow:
                known[name] = uow.processes.begin(AboutProcess(ProcessKind.WORKER, "host", "1.0", 4))
                uow.commit()
        return owner_of(known[name], 1)

    def lose(self: "Store", name: str = "worker-1") -> None:
        lost = process_of(self.owner(name))
        self.let_time_pass(HEARTBEAT.gone_after + timedelta(seconds=1))
        with self.unit_of_work() as uow:
            for process_id in self.__dict__["processes by name"].values():
                if process_id != lost:
                    uow.processes.renew(process_id)
            gone = uow.processes.declare_gone(uow.processes.look(), HEARTBEAT)
            uow.commit()
        assert lost in gone


class InMemory(_Owners):
    """The fake."""

    serial = True

    def __init__(self) -> None:
        self.clock = self._clock = FakeClock()
        self.store = FakeStore(self._clock)
        self.now: Callable[[], datetime] = self._clock.now
        self.let_time_pass: Callable[[timedelta], None] = self._clock.advance

    def unit_of_work(self, actor: Actor = SYSTEM) -> AbstractContextManager[UnitOfWork]:
        return self.store.unit_of_work()

    def outbox_reader(self) -> OutboxReader:
        return self.store.outbox_reader()

    def lose_wake_ups(self) -> None:
        self.store.loses_wake_ups = True

    def states(self) -> dict[str, str]:
        return {row.subject_id: row.state.value for row in self.store.deliveries()}

    def content(self, subject_id: str) -> dict[str, Any]:
        [row] = [row for row in self.store.deliveries() if row.subject_id == subject_id]
        return dict(row.data)

    def rejected(self) -> Sequence[RejectedEvent]:
        return list(self.store.tables.rejected.values())


# Time passes in a database when all its instants move into the past together.
_LET_TIME_PASS = (
    """
    update lanes
    set ready_at = ready_at - %(by)s, lease_until = lease_until - %(by)s, tried_at = tried_at - %(by)s
    """,
    "update issue_mutes set until = until - %(by)s",
    "update hold_probes set probed_at = probed_at - %(by)s",
    """
    update deliveries
    set run_at = run_at - %(by)s, doubtful_since = doubtful_since - %(by)s, lost_at = lost_at - %(by)s,
        first_attempt_at = first_attempt_at - %(by)s,
        delivered_at = delivered_at - %(by)s, created_at = created_at - %(by)s
    """,
    """
    update jobs
    set lease_until = lease_until - %(by)s, published_at = published_at - %(by)s,
        enqueued_at = enqueued_at - %(by)s
    """,
    "update request_slots set next_at = next_at - %(by)s",
    "update hand_seats set lease_until = lease_until - %(by)s",
    """
    update processes
    set seen_at = seen_at - %(by)s, started_at = started_at - %(by)s, gone_at = gone_at - %(by)s,
        calls_until = calls_until - %(by)s
    """,
    """
    update runs
    set rests_until = rests_until - %(by)s, started_at = started_at - %(by)s, ended_at = ended_at - %(by)s
    """,
    "update case_changes set at = at - %(by)s",
    "update audit_log set at = at - %(by)s",
    "update probe_results set at = at - %(by)s",
    "update delivery_attempts set ended_at = ended_at - %(by)s, began_at = began_at - %(by)s",
    "update inbox set received_at = received_at - %(by)s, ended_at = ended_at - %(by)s",
    "update removals set reached_at = reached_at - %(by)s, ended_at = ended_at - %(by)s",
    "update firms set paused_until = paused_until - %(by)s, wake_at = wake_at - %(by)s",
    "update rejected_events set received_at = received_at - %(by)s",
    "update two_way_firms set since = since - %(by)s, watched_at = watched_at - %(by)s",
    """
    update watched_cases
    set since = since - %(by)s, read_at = read_at - %(by)s, active_until = active_until - %(by)s
    """,
    """
    update sessions
    set issued_at = issued_at - %(by)s, seen_at = seen_at - %(by)s, ends_at = ends_at - %(by)s
    """,
    "update sign_in_links set expires_at = expires_at - %(by)s",
    """
    update api_keys
    set made_at = made_at - %(by)s, expires_at = expires_at - %(by)s, revoked_at = revoked_at - %(by)s,
        used_at = used_at - %(by)s
    """,
    "update cases set created_at = created_at - %(by)s, updated_at = updated_at - %(by)s",
    """
    update letters
    set written_at = written_at - %(by)s, due_at = due_at - %(by)s, ended_at = ended_at - %(by)s
    """,
    """
    update bulk_operations
    set counted_at = counted_at - %(by)s, touched_at = touched_at - %(by)s, ended_at = ended_at - %(by)s
    """,
    "update sign_in_tries set full_at = full_at - %(by)s",
    "update tries set last_at = last_at - %(by)s",
    "update outbox set again_at = again_at - %(by)s",
    "update answers set taken_at = taken_at - %(by)s, lease_until = lease_until - %(by)s",
    "update outbox set created_at = created_at - %(by)s, published_at = published_at - %(by)s",
    "update issues set opened_at = opened_at - %(by)s, last_seen_at = last_seen_at - %(by)s,"
    " resolved_at = resolved_at - %(by)s",
)
# Emptying all tables makes hundreds of files; a test fills a few.
_FILLED = """
select 'select array_remove(array['
    || string_agg(format('case when exists (select from %1$I) then %1$L end', tablename), ', ')
    || '], null)'
from pg_tables
where schemaname = 'public' and tablename not in ('schema_migrations', 'cells')
"""


class Postgres(_Owners):
    """The real one, in a database that is the tests' own."""

    serial = False

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._readers: list[PostgresOutboxReader] = []
        self._wake_ups: WakeUps | None = None
        self._loses_wake_ups = False
        if filled := self._value(self._value(_FILLED)):
            self._connection().execute(f"truncate {', '.join(filled)} cascade")

    def unit_of_work(self, actor: Actor = SYSTEM) -> AbstractContextManager[UnitOfWork]:
        return PostgresUnitOfWork(self._pool, actor, self._wake)

    def _wake(self, channel: Channel) -> None:
        if self._loses_wake_ups or not self._readers:
            return
        if self._wake_ups is None:
            arguments = self._pool.kwargs
            assert isinstance(arguments, dict)
            is_pooled = arguments["prepare_threshold"] is None
            url = make_conninfo("", **{k: v for k, v in arguments.items() if k != "prepare_threshold"})
            own = OwnConnection(url, application_name="wake-ups", answer_within_s=3.0, is_pooled=is_pooled)
            self._wake_ups = WakeUps(own)
        self._wake_ups(channel)

    def lose_wake_ups(self) -> None:
        self._loses_wake_ups = True

    def outbox_reader(self) -> OutboxReader:
        self._readers.append(PostgresOutboxReader(self._pool))
        return self._readers[-1]

    def now(self) -> datetime:
        now: datetime = self._value("select statement_timestamp()")
        return now

    def let_time_pass(self, by: timedelta) -> None:
        for statement in _LET_TIME_PASS:
            self._connection().execute(statement, {"by": by})

    def states(self) -> dict[str, str]:
        return dict(self._connection().execute("select subject_id, state from deliveries").fetchall())

    def content(self, subject_id: str) -> dict[str, Any]:
        query = "select data from deliveries where subject_id = %s"
        row = self._connection().execute(query, [subject_id]).fetchone()
        assert row is not None
        return dict(row[0])

    def rejected(self) -> Sequence[RejectedEvent]:
        rows = self._connection().execute(
            "select channel, reason, detail, size, body from rejected_events order by id"
        )
        return [RejectedEvent(*row) for row in rows]

    def close(self) -> None:
        """Close what the readers listen on."""
        for reader in self._readers:
            reader.close()
        if self._wake_ups is not None:
            self._wake_ups.close()
        if self._own is not None:
            self._own.close()

    def _value(self, query: str) -> Any:
        row = self._connection().execute(query.encode()).fetchone()
        assert row is not None
        return row[0]

    _own: psycopg.Connection[Any] | None = None

    def _connection(self) -> psycopg.Connection[Any]:
        if self._own is None:
            arguments = self._pool.kwargs
            assert isinstance(arguments, dict)
            self._own = psycopg.connect("", autocommit=True, **arguments)
        return self._own
