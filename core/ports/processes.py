"""Ports: the processes of the service, as the store knows them and as each knows itself (ADR 97)."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.process import AboutProcess, Heartbeat, ProcessView


@dataclass(frozen=True, slots=True)
class StoreLook:
    """What a look at the store tells: its time, and since when its server runs (UTC)."""

    now: datetime
    server_started_at: datetime


class Processes(Protocol):
    """Processes. All times are the store's."""

    def begin(self, about: AboutProcess) -> int:
        """Note a process that begins now, and return the number that no other has had or will have."""
        ...

    def renew(self, process_id: int) -> datetime | None:
        """Note that the process lives, and return when; None where it is gone: then it may not go on.

        Touches this row alone.
        """
        ...

    def end(self, process_id: int) -> None:
        """Note that the process ends now by itself, and begins no call any more."""
        ...

    def look(self) -> StoreLook:
        """Return the store's time."""
        ...

    def declare_gone(self, look: StoreLook, heartbeat: Heartbeat) -> Sequence[int]:
        """Declare gone, for ever, whoever was not renewed for `gone_after`, and return their numbers.

        From `quiet` before now on they have begun no call. Nobody is declared gone where `look` was longer
        than `look_within` ago: the store may have stood still since.
        """
        ...

    def forget_gone(self, longer_than: timedelta) -> int:
        """Remove those gone for longer; return how many. Nothing can be claimed in their names any more."""
        ...

    def holding(self, process_id: int) -> Collection[str]:
        """Return the owners of this process that hold a case's deliveries, a job or a seat."""
        ...

    def all(self) -> Sequence[ProcessView]:
        """Return all processes with what they hold, those seen last first."""
        ...


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
