"""How fast a firm is called, for all processes together: slots reserved in Postgres (GCRA).

A row a firm holds the instant of its next free slot, by the server's clock. A process reserves slots in
blocks that grow while it uses them up, to about a second's worth: so a busy firm costs a statement a
second. A slot is only used while the process asked for a pause less than a second ago, so a firm that is
paused is left alone by every process within a second. Slots that pass unused are lost: requests that were due
earlier are not made up for in a burst.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from adapters.postgres.records.issues import PostgresIssues
from adapters.postgres.store.errors import translating
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.text import short
from core.errors import FirmPausedError, TransientError
from core.firm import Firm
from core.issue import IssueKind
from core.pause import LONGEST_PAUSE, granted, shortened
from core.ports.admission import Admission
from core.ports.clock import Clock
from core.reason import Reason

BLOCK_S: Final = 1.0  # slots reserved at once are within this time
MAX_KEPT: Final = 20_000  # firms of which this process remembers its slots

_log = structlog.get_logger(__name__)
_SQL: Final = Statements.beside(__file__)


@dataclass(slots=True)
class _Slots:
    """What this process holds of one firm's slots. Times are of `monotonic`, in seconds."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    next_s: float = 0.0
    left: int = 0
    block: int = 0  # size of the last block
    interval_s: float = 0.0  # of the rate that its slots were reserved at
    looked_s: float = float("-inf")  # when the store was asked last whether there is a pause
    paused_until_s: float = float("-inf")
    was_paused: bool = False  # something is known of a pause, which is over once the firm speaks
    paused_by: str = ""  # the person whose pause it is


class PostgresAdmission(Admission):
    """`Admission` for the threads of one process; `sleep` returns True when the process is stopping."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        sleep: Callable[[float], bool],
        monotonic: Callable[[], float] = time.monotonic,
        *,
        longest_pause: timedelta = LONGEST_PAUSE,
    ) -> None:
        self._longest_pause = longest_pause
        self._pool = pool
        self._clock = clock
        self._sleep = sleep
        self._monotonic = monotonic
        self._firms: dict[str, _Slots] = {}

    def wait(self, firm: Firm, *, not_after: datetime | None = None) -> None:
        slots = self._slots(firm.firm_id)
        with slots.lock:
            now_s = self._monotonic()
            if slots.paused_until_s > now_s:
                self._look(firm, slots, now_s)
            slot_s = self._next(firm, slots, now_s)
        wait_s = slot_s - self._monotonic()
        if not_after is not None and self._clock.now() + timedelta(seconds=max(wait_s, 0.0)) >= not_after:
            raise TransientError(
                f"firm {firm.firm_id!r}: its limit of {firm.requests_per_second:g} requests a second left no "
                "room in time; nothing was sent",
                reason=Reason.LIMIT_REACHED,
                firm_id=firm.firm_id,
                limit=f"{firm.requests_per_second:g} requests a second",
            )
        if wait_s > 0:
            if self._sleep(wait_s):
                raise TransientError(
                    f"firm {firm.firm_id!r}: this process is stopping; nothing was sent",
                    reason=Reason.STOPPING,
                    firm_id=firm.firm_id,
                )
            with slots.lock:
                # Blocks of several processes queue up: this slot may have been reserved seconds ago.
                self._look(firm, slots, self._monotonic())

    def hold(self, firm_id: str, pause: timedelta | None, call: str = "") -> timedelta:
        length, slots = granted(pause, self._longest_pause), self._slots(firm_id)
        _log.warning(
            "firm_paused",
            firm_id=firm_id,
            reason=Reason.RATE_LIMITED.value,
            call=call,
            asked_s=None if pause is None else pause.total_seconds(),
            pause_s=length.total_seconds(),
        )
        asked = {"firm_id": firm_id, "pause": length, "asked": pause, "call": short(call)}
        # In one go: who looks between would find no pause yet, and send.
        with slots.lock:
            slots.left, slots.looked_s, slots.was_paused = 0, self._monotonic(), True
            slots.paused_until_s = max(slots.paused_until_s, slots.looked_s + length.total_seconds())
            with translating(), self._pool.connection() as connection:
                session = Session(connection)
                session.run(_SQL["hold"], asked)
                self._note(session, firm_id, pause, call)
                row = session.row(_SQL["pause_left"], {"firm_id": firm_id})
                session.commit()
            if row is not None and row[0] is not None:  # as it is for everybody
                slots.paused_until_s, slots.paused_by = self._monotonic() + row[0], row[2] or ""
        return length

    def shorten(self, firm_id: str, asked: timedelta, call: str) -> timedelta:
        if asked <= self._longest_pause:
            return asked
        with translating(), self._pool.connection() as connection:
            session = Session(connection)
            self._note(session, firm_id, asked, call)
            session.commit()
        self._slots(firm_id).was_paused = True
        return self._longest_pause

    def spoke(self, firm_id: str) -> None:
        slots = self._firms.get(firm_id)
        if slots is None or not slots.was_paused:
            return
        slots.was_paused = False
        with translating(), self._pool.connection() as connection:
            session = Session(connection)
            if session.run(_SQL["spoke"], {"firm_id": firm_id}):
                PostgresIssues(session).resolve(firm_id, IssueKind.PAUSE_SHORTENED)
            session.commit()

    def _note(self, session: Session, firm_id: str, asked: timedelta | None, call: str) -> None:
        if asked is None or asked <= self._longest_pause:
            return
        words = shortened(asked, self._longest_pause, call)
        if session.run(_SQL["note"], {"firm_id": firm_id}):
            PostgresIssues(session).open(firm_id, IssueKind.PAUSE_SHORTENED, firm_id, words)

    def _next(self, firm: Firm, slots: _Slots, now_s: float) -> float:
        """Return the firm's next slot of this process. The caller holds `slots.lock`."""
        rate = firm.requests_per_second
        if not rate:
            self._look(firm, slots, now_s)
            return now_s
        interval_s = 1 / rate
        if slots.interval_s != interval_s:
            # The firm's limit was changed: others' slots follow right behind the old block, at the new one.
            slots.left, slots.block, slots.interval_s = 0, 0, interval_s
        while slots.left:
            slot_s = slots.next_s
            slots.next_s += interval_s
            slots.left -= 1
            if now_s <= slot_s + interval_s:
                return slot_s
            slots.block = 0  # slots pass unused: ask for fewer
        return self._reserve(firm, slots, interval_s)

    def _reserve(self, firm: Firm, slots: _Slots, interval_s: float) -> float:
        number = max(1, min(2 * slots.block, int(BLOCK_S / interval_s)))
        asked = {"firm_id": firm.firm_id, "number": number, "interval": timedelta(seconds=interval_s)}
        with translating(), self._pool.connection() as connection:
            [[left_s, first_in_s, was_paused, by]] = Session(connection).rows(_SQL["reserve"], asked)
        slots.was_paused, slots.paused_by = was_paused, by or ""
        slots.looked_s = now_s = self._monotonic()
        if left_s is not None:
            slots.paused_until_s = now_s + left_s
            raise _paused(firm, left_s, slots.paused_by)
        slots.paused_until_s = now_s
        slots.block, slots.left = number, number - 1
        first_s: float = now_s + first_in_s
        slots.next_s = first_s + interval_s
        return first_s

    def _look(self, firm: Firm, slots: _Slots, now_s: float) -> None:
        """Ask whether there is a pause, once a second: for a firm without a limit, and where slots are late.

        A pause that is known is asked for each time. It may be lifted: who has just been woken for that must
        not be sent away by what it was, since nobody wakes it again. The caller holds `slots.lock`.
        """
        if slots.paused_until_s <= now_s and now_s - slots.looked_s < BLOCK_S:
            return
        slots.looked_s = now_s
        with translating(), self._pool.connection() as connection:
            row = Session(connection).row(_SQL["pause_left"], {"firm_id": firm.firm_id})
        left_s, slots.was_paused, by = row or (None, False, None)
        slots.paused_by = by or ""
        slots.paused_until_s = self._monotonic() + (left_s or 0.0)
        if left_s is not None:
            raise _paused(firm, left_s, slots.paused_by)

    def _slots(self, firm_id: str) -> _Slots:
        known = self._firms.get(firm_id)
        if known is not None:
            return known
        if len(self._firms) >= MAX_KEPT:
            self._firms.clear()
        return self._firms.setdefault(firm_id, _Slots())


def _paused(firm: Firm, left_s: float, by: str) -> FirmPausedError:
    whose = f"it was paused by {by}" if by else "SmartAdvocate asked for a pause"
    return FirmPausedError(
        f"firm {firm.firm_id!r}: {whose}, {left_s:.0f} s of it are left; nothing was sent",
        reason=Reason.PAUSED if by else None,
        firm_id=firm.firm_id,
        retry_after=timedelta(seconds=left_s),
    )
