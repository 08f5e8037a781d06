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

from adapters.postgres.store.errors import translating
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from core.errors import RateLimitedError, TransientError
from core.firm import Firm
from core.ports.admission import Admission
from core.ports.clock import Clock
from core.reason import Reason

BLOCK_S: Final = 1.0  # slots reserved at once are within this time
MAX_KEPT: Final = 20_000  # firms of which this process remembers its slots

_SQL: Final = Statements.beside(__file__)


@dataclass(slots=True)
class _Slots:
    """What this process holds of one firm's slots. Times are of `monotonic`, in seconds."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    next_s: float = 0.0
    left: int = 0
    block: int = 0  # size of the last block
    looked_s: float = float("-inf")  # when the store was asked last whether there is a pause
    paused_until_s: float = float("-inf")


class PostgresAdmission(Admission):
    """`Admission` for the threads of one process; `sleep` returns True when the process is stopping."""

    def __init__(
        self,
        pool: Pool,
        clock: Clock,
        sleep: Callable[[float], bool],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pool = pool
        self._clock = clock
        self._sleep = sleep
        self._monotonic = monotonic
        self._firms: dict[str, _Slots] = {}

    def wait(self, firm: Firm, *, not_after: datetime | None = None) -> None:
        slots = self._slots(firm.firm_id)
        with slots.lock:
            now_s = self._monotonic()
            # Looked at again after a second: a pause may be lifted, too.
            if slots.paused_until_s > now_s and now_s - slots.looked_s < BLOCK_S:
                raise _paused(firm, slots.paused_until_s - now_s)
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
                now_s = self._monotonic()
                if slots.paused_until_s > now_s:  # another thread met it meanwhile
                    raise _paused(firm, slots.paused_until_s - now_s)

    def hold(self, firm_id: str, pause: timedelta) -> None:
        slots = self._slots(firm_id)
        with slots.lock:
            slots.left, slots.looked_s = 0, self._monotonic()
            slots.paused_until_s = max(slots.paused_until_s, slots.looked_s + pause.total_seconds())
        with translating(), self._pool.connection() as connection:
            Session(connection).run(_SQL["hold"], {"firm_id": firm_id, "pause": pause})

    def _next(self, firm: Firm, slots: _Slots, now_s: float) -> float:
        """Return the firm's next slot of this process. The caller holds `slots.lock`."""
        rate = firm.requests_per_second
        if not rate:
            self._look(firm, slots, now_s)
            return now_s
        interval_s = 1 / rate
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
            [[left_s, first_in_s]] = Session(connection).rows(_SQL["reserve"], asked)
        slots.looked_s = now_s = self._monotonic()
        if left_s is not None:
            slots.paused_until_s = now_s + left_s
            raise _paused(firm, left_s)
        slots.paused_until_s = now_s
        slots.block, slots.left = number, number - 1
        first_s: float = now_s + first_in_s
        slots.next_s = first_s + interval_s
        return first_s

    def _look(self, firm: Firm, slots: _Slots, now_s: float) -> None:
        """Ask whether there is a pause, once a second: for a firm without a limit, and where slots are late.

        The caller holds `slots.lock`.
        """
        if now_s - slots.looked_s < BLOCK_S:
            return
        slots.looked_s = now_s
        with translating(), self._pool.connection() as connection:
            row = Session(connection).row(_SQL["pause_left"], {"firm_id": firm.firm_id})
        slots.paused_until_s = self._monotonic() + (row[0] if row else 0.0)
        if row is not None:
            raise _paused(firm, row[0])

    def _slots(self, firm_id: str) -> _Slots:
        known = self._firms.get(firm_id)
        if known is not None:
            return known
        if len(self._firms) >= MAX_KEPT:
            self._firms.clear()
        return self._firms.setdefault(firm_id, _Slots())


def _paused(firm: Firm, left_s: float) -> RateLimitedError:
    return RateLimitedError(
        f"firm {firm.firm_id!r}: SmartAdvocate asked for a pause, {left_s:.0f} s of it are left; nothing was "
        "sent",
        firm_id=firm.firm_id,
        retry_after=timedelta(seconds=left_s),
    )
