"""The relay's side of the outbox."""

import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import psycopg

from adapters.postgres.records.issues import PostgresIssues
from adapters.postgres.store.errors import translating
from adapters.postgres.store.limited_connection import LimitedConnection
from adapters.postgres.store.pool import Pool, connection_arguments
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from core.issue import IssueKind
from core.outbox_row import OutboxRow
from core.ports.outbox import OutboxReader, OutboxWindow
from core.ports.tries import SET_ASIDE, SET_ASIDE_FOR, TRIES

# Any number, but the same in every release: relays of one database take turns, window by window. Two at
# once would publish what concerns one case in any order.
_LOCK_KEY = 7_203_115_002
# How often it is looked for rows in case a wake-up was lost: while there is work, and otherwise (ADR 99).
LOOK_WHILE_BUSY_S: Final = 0.25
LOOK_WHILE_IDLE_S: Final = 1.0
_BUSY_FOR_S: Final = 5.0  # since a window had rows
_RECONNECT_PAUSE_S = 0.5
_LONGEST_PAUSE_S: Final = 10.0
_CONNECT_WITHIN_S: Final = 3
_LISTENER_ANSWERS_WITHIN_S = 5.0
_SILENCE_S = 30.0  # then the listener is asked something: a dead one would hear nothing and say nothing

_SQL: Final = Statements.beside(__file__)


class PostgresOutboxWindow(OutboxWindow):
    """See `core.ports.outbox.OutboxWindow`."""

    def __init__(self, session: Session, rows: Sequence[OutboxRow]) -> None:
        self._session = session
        self._rows = rows
        self._issues = PostgresIssues(session)

    @property
    def rows(self) -> Sequence[OutboxRow]:
        return self._rows

    def mark_published(self, row_ids: Collection[int]) -> None:
        if not row_ids:
            return
        marked = {"row_ids": list(row_ids), "tries": TRIES}
        for firm_id, row_id in self._session.rows(_SQL["mark"], marked):
            self._issues.resolve(firm_id, IssueKind.ANNOUNCEMENT_NOT_OUT, str(row_id))

    def mark_failed(self, row_ids: Collection[int]) -> None:
        failed = {"row_ids": list(row_ids), "tries": TRIES, "for": SET_ASIDE_FOR}
        for firm_id, row_id, is_set_aside in self._session.rows(_SQL["mark_failed"], failed):
            if is_set_aside:
                said = f"announcement {row_id} cannot be handed to the broker; {SET_ASIDE}"
                self._issues.open(firm_id, IssueKind.ANNOUNCEMENT_NOT_OUT, str(row_id), said)


class PostgresOutboxReader(OutboxReader):
    """See `core.ports.outbox.OutboxReader`. The server ends a window that stays open for a minute.

    Its rows are then published again. `wait` listens on a connection of its own, for one thread, and looks
    for rows by itself besides; while it cannot listen it only looks. Raises TransientError.
    """

    def __init__(self, pool: Pool, direct_url: str | None = None) -> None:
        """`direct_url` leads to PostgreSQL itself, where the pool's goes through a pooler."""
        self._pool = pool
        self._direct_url = direct_url
        self._listener: LimitedConnection | None = None
        self._heard_at = 0.0
        self._connect_at = 0.0
        self._pause_s = _RECONNECT_PAUSE_S
        self._looked_at = 0.0
        self._busy_until = 0.0

    @contextmanager
    def window(self, limit: int) -> Iterator[PostgresOutboxWindow]:
        with translating(), self._pool.connection() as connection:
            session = Session(connection)
            locked = session.row(_SQL["lock"], {"key": _LOCK_KEY})
            found = session.rows(_SQL["rows"], {"limit": limit}) if locked and locked[0] else []
            self._looked_at = time.monotonic()
            if found:
                self._busy_until = self._looked_at + _BUSY_FOR_S
            yield PostgresOutboxWindow(
                session,
                tuple(OutboxRow(row_id, queue, kind, body.encode()) for row_id, queue, kind, body in found),
            )

    def wait(self, timeout_s: float) -> bool:
        deadline = time.monotonic() + timeout_s
        while (now := time.monotonic()) < deadline:
            look_at = self._looked_at + (LOOK_WHILE_BUSY_S if now < self._busy_until else LOOK_WHILE_IDLE_S)
            try:
                listener, is_new = self._listening(now)
                if listener is None:
                    time.sleep(max(0.0, min(look_at, self._connect_at, deadline) - now))
                    if time.monotonic() >= look_at and self._rows_wait_in_pool():
                        return True
                elif is_new or now >= look_at or now - self._heard_at > _SILENCE_S:
                    is_waiting = self._rows_wait(listener)
                    self._heard_at = self._looked_at = time.monotonic()
                    if is_waiting:
                        return True
                elif list(listener.notifies(timeout=min(look_at, deadline) - now, stop_after=1)):
                    self._heard_at = time.monotonic()
                    return True
            except psycopg.Error:
                self.close()
        return False

    def close(self) -> None:
        """Close the connection that `wait` listens on; the next `wait` opens another."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()

    def _listening(self, now: float) -> tuple[LimitedConnection | None, bool]:
        """Return what hears wake-ups, and whether it is new: what was added before nobody has heard of."""
        if self._listener is not None or now < self._connect_at:
            return self._listener, False
        self._connect_at = now + self._pause_s
        self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)
        self._listener = self._listen()
        self._pause_s = _RECONNECT_PAUSE_S
        return self._listener, True

    def _listen(self) -> LimitedConnection:
        connection = LimitedConnection.connect("", autocommit=True, **self._arguments())
        connection.answer_within_s = _LISTENER_ANSWERS_WITHIN_S
        try:
            connection.execute(_SQL["listen"])
        except BaseException:
            connection.close()
            raise
        return connection

    def _arguments(self) -> dict[str, Any]:
        arguments = self._pool.kwargs
        if not isinstance(arguments, dict):
            raise TypeError("the reader needs a pool made by open_pool, whose arguments it shares")
        name = f"{arguments['application_name']}-listener"
        if self._direct_url is not None:
            arguments = connection_arguments(self._direct_url, name)
        return {**arguments, "application_name": name, "connect_timeout": _CONNECT_WITHIN_S}

    def _rows_wait_in_pool(self) -> bool:
        self._looked_at = time.monotonic()
        with self._pool.connection(LOOK_WHILE_IDLE_S) as connection:
            return self._rows_wait(connection)

    @staticmethod
    def _rows_wait(connection: LimitedConnection) -> bool:
        row = connection.execute(_SQL["waiting"]).fetchone()
        return bool(row and row[0])
