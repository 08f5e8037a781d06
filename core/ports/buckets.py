"""Port: how often somebody may try to sign in, or ask the API, over all processes of the web."""

from typing import Protocol


class Buckets(Protocol):
    """A bucket each, by the store's clock: `at_once` tries fill it, and it fills up by `per_s` a second."""

    def take(self, who: str, per_s: float, at_once: int) -> float:
        """Take one try from the bucket of `who`: 0, or how many seconds until there is one again.

        `who` is an address or a person; the store keeps a digest of it, and that only until the bucket is
        full again.
        """
        ...

    def note(self, who: str, per_s: float, at_once: int, number: int) -> float:
        """Take `number` from the bucket, which may be overdrawn: they were let through already.

        Returns 0 while there is one left, else how many seconds until there is one again.
        """
        ...
