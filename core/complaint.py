"""When a trouble that lasts is said again: at once, and then ever more rarely."""

import time
from collections.abc import Callable, Sequence
from typing import Final

AGAIN_AFTER_S: Final = (60.0, 300.0, 900.0)  # since it was said last; the last of them from then on


class Complaint:
    """Whether to speak of something that is tried again and again, such as a server that is away.

    One for each loop that tries, used by its thread alone. `again_after_s` are seconds.
    """

    def __init__(
        self,
        monotonic: Callable[[], float] = time.monotonic,
        *,
        again_after_s: Sequence[float] = AGAIN_AFTER_S,
    ) -> None:
        self._monotonic = monotonic
        self._again_after_s = again_after_s
        self._began_s: float | None = None
        self._said: dict[str, tuple[float, int]] = {}  # what was said: when last, and how often

    def is_news(self, what: str) -> bool:
        """Tell whether `what` is to be said now: it is new since all was well, or its time has come again."""
        now_s = self._monotonic()
        if self._began_s is None:
            self._began_s = now_s
        at_s, times = self._said.get(what, (float("-inf"), 0))
        if times and now_s - at_s < self._again_after_s[min(times, len(self._again_after_s)) - 1]:
            return False
        self._said[what] = (now_s, times + 1)
        return True

    def over(self) -> float | None:
        """All is well again: return for how many seconds it was not, None if nothing had been said."""
        began_s, self._began_s = self._began_s, None
        was_said = bool(self._said)
        self._said.clear()
        return self._monotonic() - began_s if began_s is not None and was_said else None
