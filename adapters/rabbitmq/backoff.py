"""Growing pauses between attempts."""

import random


class Backoff:
    """Pauses that double from `first_s` to `most_s` seconds, each shortened by up to half at random.

    The chance in it keeps a fleet that lost its broker at one instant from coming back at one instant.
    """

    def __init__(self, first_s: float, most_s: float) -> None:
        self._first_s = first_s
        self._most_s = most_s
        self._next_s = first_s

    def next_s(self) -> float:
        """Return the next pause in seconds."""
        pause = self._next_s
        self._next_s = min(self._most_s, pause * 2)
        return pause * random.uniform(0.5, 1.0)

    def reset(self) -> None:
        """Begin again with the shortest pause, after a success."""
        self._next_s = self._first_s
