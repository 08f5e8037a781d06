"""Port: the keys that encrypt what is kept of connections."""

from collections.abc import Mapping, Sequence
from typing import Protocol


class Keys(Protocol):
    """Key ids with what each encrypts. Raises TransientError where the store is out of reach."""

    @property
    def current(self) -> str:
        """The id of the key that encrypts."""
        ...

    def counts(self) -> Mapping[str, int]:
        """Return how many secrets each key encrypts, also keys that are not given any more."""
        ...

    def try_each(self) -> Sequence[str]:
        """Open one secret under each key that is stored; return what does not open, in words."""
        ...

    def unaware(self) -> Sequence[str]:
        """Return the processes at work on the store that do not know the current key, in words.

        As far as they show: one that is connected to nothing at the moment does not.
        """
        ...

    def rotate(self) -> tuple[int, Sequence[str]]:
        """Encrypt with the current key what is under another, while everybody works on.

        Returns how many secrets were encrypted anew, and what is in the way of others, in words. What
        somebody held at the moment is left for another call; `counts` tells.
        """
        ...
