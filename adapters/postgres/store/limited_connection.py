"""A connection that waits for an answer only so long."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import psycopg
from psycopg import errors, sql
from psycopg.abc import RV, PQGen

from adapters.postgres.store.fronts import Fronts
from adapters.postgres.store.time_limits import PEOPLE, TimeLimits

ANSWER_WITHIN_S = 75.0
"""Longer than the server's own limit for a statement: who exceeds that is told by the server."""
_INTERVAL_S = 0.1  # psycopg's own: how often it looks whether it was interrupted


class LimitedConnection(psycopg.Connection[Any]):
    """Ends itself when a statement has had no answer for `answer_within_s` seconds, with OperationalError.

    The kernel notices a silent peer. It does not notice one behind a proxy or load balancer that takes what
    is sent and passes nothing on; without a limit of our own the thread would wait there for ever.
    """

    answer_within_s = ANSWER_WITHIN_S
    fronts: Fronts | None = None
    people: TimeLimits = PEOPLE
    """What transactions of people and programs are held to."""
    begins_with: sql.Composed | None = None
    """What each transaction begins with, where settings of a connection do not hold: behind a pooler."""

    _planned_s = float("-inf")  # of `time.monotonic`

    def forget_old_plans(self, after_s: float) -> bool:
        """Let all statements be planned anew if that was done more than `after_s` ago; tell whether it was.

        Between transactions only. Raises psycopg.Error where the server does not answer.
        """
        now_s = time.monotonic()
        if now_s - self._planned_s < after_s:
            return False
        self.set_autocommit(True)
        self.execute("discard plans")
        self.set_autocommit(False)
        self._planned_s = now_s
        return True

    def wait(self, gen: PQGen[RV], interval: float = _INTERVAL_S, timeout: float | None = None) -> RV:
        """See `psycopg.Connection.wait`; a caller's own `timeout` is the caller's to handle."""
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.answer_within_s)
        except errors._WaitTimeout:  # noqa: SLF001 - it has no public name
            self.close()
        raise psycopg.OperationalError(f"no answer from the server within {self.answer_within_s:g} s")

    @contextmanager
    def answering_within(self, seconds: float) -> Iterator[None]:
        """Wait less long within the block."""
        before, self.answer_within_s = self.answer_within_s, seconds
        try:
            yield
        finally:
            self.answer_within_s = before


_STALE_S = 60.0


class Failures:
    """What the last attempt to connect met, None where it came about; times are of `time.monotonic`.

    A row of failures without an attempt for a minute is not believed to be an outage any more.
    """

    last: psycopg.OperationalError | None = None
    last_begun_s = float("-inf")
    """When the last attempt that failed began."""
    row_begun_s = float("inf")
    """Since when none has come about."""
    has_connected = False

    def failed(self, begun_s: float, error: psycopg.OperationalError) -> None:
        """Take note of an attempt that failed."""
        if self.last is None or begun_s - self.last_begun_s > _STALE_S:
            self.row_begun_s = begun_s
        self.last_begun_s, self.last = begun_s, error

    def came_about(self) -> None:
        """Take note of one that did not."""
        self.last, self.has_connected = None, True

    def telling(self) -> type[LimitedConnection]:
        """Return the connections of which it is told: a class, for that is what a pool takes."""
        failures = self

        class Telling(LimitedConnection):
            """Tells what came of the attempt."""

            @classmethod
            def connect(cls, *arguments: Any, **named: Any) -> Self:
                """See `psycopg.Connection.connect`."""
                begun_s = time.monotonic()
                try:
                    made = super().connect(*arguments, **named)
                except psycopg.OperationalError as error:
                    failures.failed(begun_s, error)
                    raise
                failures.came_about()
                return made

        return Telling
