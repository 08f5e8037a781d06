"""A pause: a firm is left alone for a while.

Its SmartAdvocate asked for it (429; RFC 6585, 4), or a person stopped the firm.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.reason import Reason

DEFAULT_PAUSE: Final = timedelta(seconds=30)  # where it asked for one without its length
SHORTEST_PAUSE: Final = timedelta(seconds=1)  # where it says "at once", or its clock is behind
LONGEST_PAUSE: Final = timedelta(minutes=15)  # as the deployment is set; more is not granted


@dataclass(frozen=True, slots=True)
class Pause:
    """A pause in force, until `until` (UTC).

    `asked` is how long SmartAdvocate wanted to be left alone, None where it named no length. `call` says in
    words to what it answered so, "" where that is not known. `by` is the person who wished it, "" where it
    was SmartAdvocate; `why` is that person's reason.
    """

    until: datetime
    asked: timedelta | None = None
    call: str = ""
    by: str = ""
    why: str = ""

    @property
    def reason(self) -> Reason:
        """Why what waits for the firm waits."""
        return Reason.PAUSED if self.by else Reason.RATE_LIMITED

    def __str__(self) -> str:
        if self.by:
            return f"paused by {self.by} until {self.until:%Y-%m-%d %H:%M} UTC: {self.why}"
        length = f" of {in_words(self.asked)}" if self.asked is not None else ""
        answering = f" when asked to {self.call}" if self.call else ""
        end = f"{self.until:%Y-%m-%d %H:%M:%S} UTC"
        return f"SmartAdvocate asked for a pause{length}{answering}; it ends at {end}"


def granted(asked: timedelta | None, longest: timedelta) -> timedelta:
    """Return how long a firm is left alone: up to `longest`; `asked` is None where no length was named."""
    return min(DEFAULT_PAUSE if asked is None else max(asked, SHORTEST_PAUSE), longest)


def shortened(asked: timedelta, longest: timedelta, call: str) -> str:
    """Say what was asked for and by which call, where that is more than is granted."""
    answering = f" when asked to {call}" if call else ""
    return (
        f"SmartAdvocate asked for a pause of {in_words(asked)}{answering}, which is longer than the "
        f"{in_words(longest)} that are granted; it is called again after those"
    )


def in_words(length: timedelta) -> str:
    """Return a length of time for people: "2 s", "8 h 20 min"."""
    left = max(0, round(length.total_seconds()))
    parts = []
    for unit, seconds in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        number, left = divmod(left, seconds)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2]) or "0 s"
