"""The cleaner: a thread beside the scheduler that removes what has served its purpose (ADR 100).

A thread of its own, because no slot of the timetable and no announcement waits for a removal. It goes round:
a batch of each that has something left, and after each a rest three times as long as the batch took, so that
removal has a quarter of one connection; a second at the most, so that it keeps up where all is slow. What
cannot be removed now waits for the next round and holds up nothing else.
"""

import random
import time
from typing import Final

import structlog

from core.actor import SYSTEM
from core.complaint import Complaint
from core.errors import CasebridgeError
from core.foreign import foreign_errors_told
from core.retention import Growing, Removed
from core.unexpected import error_chain
from core.usecases.remove_old import RemoveOld
from scheduler.beside import Beside

EVERY_S: Final = 60.0
_FROM_THE_START_EVERY_S: Final = 3_600.0
_LONGEST_REST_S: Final = 1.0
_log = structlog.get_logger(__name__)


class Cleaner(Beside):
    """Works inside its `with` block.

    A batch that is cut off is rolled back, and done again later.
    """

    def __init__(self, remove_old: RemoveOld, *, every_s: float = EVERY_S, rest: float = 3.0) -> None:
        """`rest` is how long it rests after a batch, as a multiple of what the batch took."""
        self._remove_old = remove_old
        self._every_s = every_s
        self._rest = rest
        self._complaints: dict[Growing, Complaint] = {what: Complaint() for what in Growing}
        self._told: set[str] = set()  # of this round: what is in the way of all is said once
        super().__init__("cleaner")

    def _run(self) -> None:
        began = time.monotonic()
        while not self._stop.is_set():
            if time.monotonic() - began > _FROM_THE_START_EVERY_S:
                self._remove_old.from_the_start(SYSTEM)
                began = time.monotonic()
            self._until_nothing_is_left()
            self._stop.wait(self._every_s * random.uniform(0.8, 1.2))

    def _until_nothing_is_left(self) -> None:
        left, numbers = list(Growing), dict.fromkeys(Growing, 0)
        self._told.clear()
        while left and not self._stop.is_set():
            for what in tuple(left):
                began = time.monotonic()
                removed = self._batch(what)
                numbers[what] += removed.number
                if removed.is_over:
                    left.remove(what)
                rest_s = self._rest * (time.monotonic() - began) if removed.number else 0.0
                if self._stop.wait(min(rest_s, _LONGEST_REST_S)):
                    break
        if told := {what.value: number for what, number in numbers.items() if number}:
            _log.info("removed", **told)

    def _batch(self, what: Growing) -> Removed:
        """Remove a batch; what cannot be removed now is over for this round."""
        complaint = self._complaints[what]
        try:
            with foreign_errors_told(f"the removal of {what}"):
                removed = self._remove_old.batch(SYSTEM, what)
        except CasebridgeError as error:
            trouble = f"{error.reason}: {error}"
            if complaint.is_news(trouble) and trouble not in self._told:
                self._told.add(trouble)
                _log.warning(
                    "removal_waits",
                    what=what.value,
                    reason=error.reason,
                    detail=str(error),
                    error_chain=error_chain(error),
                )
            return Removed(0, is_over=True)
        if (away_s := complaint.over()) is not None:
            _log.info("removal_goes_on", what=what.value, after_s=round(away_s, 1))
        return removed
