"""Wakes who waits at the server, after the commit and beside it: `notify` within a transaction would make all
commits of the server pass one at a time (ADR 99).
"""

import threading
from enum import StrEnum
from typing import Final

import psycopg
import structlog

from adapters.postgres.store.errors import translated
from adapters.postgres.store.own_connection import OwnConnection
from adapters.postgres.store.statements import Statements
from core.complaint import Complaint
from core.foreign import unexpected

_log = structlog.get_logger(__name__)
_SQL: Final = Statements.beside(__file__)

AT_MOST_EVERY_S: Final = 0.025
_FIRST_PAUSE_S: Final = 0.25  # while the server is away
_LONGEST_PAUSE_S: Final = 5.0
_END_WITHIN_S: Final = 1.0


class Channel(StrEnum):
    """What can be waited for, under the name that the server knows."""

    OUTBOX = "casebridge_outbox"


class WakeUps:
    """Sends wake-ups from a thread and a connection that do nothing else; one for a process.

    The first goes out at once, others that come within 25 ms go out together after that time. Nobody waits
    for one and nobody is told where it fails: who is not woken looks by himself, within a second. Begins with
    the first wake-up, so not before a fork.
    """

    def __init__(self, connection: OwnConnection, *, at_most_every_s: float = AT_MOST_EVERY_S) -> None:
        """`connection` is for this alone; it is closed at the end."""
        self._connection = connection
        self._at_most_every_s = at_most_every_s
        self._lock = threading.Lock()
        self._asked: set[Channel] = set()
        self._something = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._complaint = Complaint()

    def __call__(self, channel: Channel) -> None:
        """Wake those who wait there, soon. Never waits, raises nothing."""
        with self._lock:
            self._asked.add(channel)
            if self._thread is None and not self._stop.is_set():
                self._thread = threading.Thread(target=self._run, name="wake-ups", daemon=True)
                self._thread.start()
        self._something.set()

    def close(self) -> None:
        """Send what was asked for, if the server is there, and end; within a second or so."""
        with self._lock:
            self._stop.set()
            thread = self._thread
        self._something.set()
        if thread is not None:
            thread.join(_END_WITHIN_S)

    def _run(self) -> None:
        pause_s = 0.0
        while self._is_something_asked():
            if self._sent():
                pause_s = self._at_most_every_s
            else:
                pause_s = min(max(2 * pause_s, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
            self._stop.wait(pause_s)
        self._connection.close()

    def _is_something_asked(self) -> bool:
        """Wait until there is; False at the end."""
        if not self._stop.is_set():
            self._something.wait()
            self._something.clear()
        with self._lock:
            return bool(self._asked) or not self._stop.is_set()

    def _sent(self) -> bool:
        with self._lock:
            channels, self._asked = sorted(self._asked), set()
        if not channels:
            return True
        try:
            connection = self._connection.getconn()
            try:
                connection.execute(_SQL["wake"], {"channels": [channel.value for channel in channels]})
            finally:
                self._connection.putconn(connection)
        except Exception as error:  # noqa: BLE001 - whatever it is, it costs a wake-up and no more
            if isinstance(error, psycopg.Error):
                told = translated(error)
            else:
                told = unexpected(error, "the wake-ups")
            if self._complaint.is_news(str(told)):
                _log.warning("wake_ups_lost", reason=told.reason, detail=str(told))
            return False
        if (away_s := self._complaint.over()) is not None:
            _log.info("wake_ups_go_on", after_s=round(away_s, 1))
        return True
