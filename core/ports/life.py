"""Port: what a process may do in its own name while it is seen to live (ADR 97)."""

from contextlib import AbstractContextManager
from typing import Protocol


class Errand(Protocol):
    """One piece of work of one thread: a job, or a command's calls."""

    @property
    def owner(self) -> str:
        """In whose name it claims: no other errand of any process has it."""
        ...

    def may_begin(self) -> bool:
        """Tell whether a call may begin now: nobody can have declared this process gone yet."""
        ...


class Life(Protocol):
    """A process's life in the store. What its errands claim is theirs until they end, however long."""

    def errand(self) -> AbstractContextManager[Errand]:
        """Begin an errand; it ends with the block.

        Whatever its owner still holds when the block is left by an exception is given back, as soon as the
        store allows it. Raises TransientError where no call could begin now.
        """
        ...
