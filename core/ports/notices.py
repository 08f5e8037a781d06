"""Port: what is told to whoever runs the service, beside what is stored for people."""

from typing import Protocol

from core.written_twice import WrittenTwice


class Notices(Protocol):
    """A line in the log each, and a count. Nothing here raises: work goes on whatever becomes of it."""

    def unexpected(self, error: BaseException, doing: str, **about: str | int | None) -> None:
        """Tell of an error that nobody foresaw, by type and places (`core.unexpected`), and count it.

        `doing` is one word for what was under way, `about` are ids that tell of whom: never content.
        """
        ...

    def written_twice(self, found: WrittenTwice) -> None:
        """Tell that something is in SmartAdvocate twice, with both ids."""
        ...
