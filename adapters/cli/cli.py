"""What the command line is given: the desk, who sits at it, and the processes that commands run."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # `casebridge --help` needs none of it
    from core.actor import Actor
    from core.desk import Desk
    from core.outbox_row import OutboxRow


class RunningService(Protocol):
    """The whole service in this process."""

    @property
    def url(self) -> str:
        """Where it answers."""
        ...

    @property
    def desk(self) -> "Desk":
        """Its use cases and queries."""
        ...

    @property
    def environment(self) -> "Mapping[str, str]":
        """Variables with which a command beside it speaks to the same service; one that is empty: not set."""
        ...

    def listen(self, listener: "Callable[[OutboxRow], None]") -> None:
        """Hand announcements to `listener` from now on, where no broker takes them."""
        ...

    def check(self) -> None:
        """Raise CasebridgeError if a part has ended by itself."""
        ...


class Processes(Protocol):
    """What runs until SIGTERM or SIGINT, and what prepares it."""

    def migrate(self) -> Sequence[str]:
        """Bring the database to this version; return the migrations applied."""
        ...

    def prepare_role(self) -> Sequence[str]:
        """Make the database role in which people and programs work, with its grants.

        Return the statements that somebody with more rights must run first; nothing where all is done.
        """
        ...

    def intake(self) -> None:
        """Consume upstream events."""
        ...

    def schedule(self) -> None:
        """Run a scheduler."""
        ...

    def work(self, threads: int | None) -> None:
        """Run a worker."""
        ...

    def web(self, host: str | None, port: int | None) -> None:
        """Serve HTTP."""
        ...

    def all_in_one(
        self,
        *,
        data_dir: Path | None = None,
        web_port: int | None = None,
        api_key: str | None = None,
        sandbox_url: str | None = None,
    ) -> AbstractContextManager[RunningService]:
        """Start everything in this process, and stop it in order.

        With `sandbox_url` it is a demo beside that sandbox, whatever servers the settings name.
        """
        ...

    def sandbox(self, arguments: Sequence[str]) -> int:
        """Run the sandbox SmartAdvocate; return its exit code."""
        ...

    def checks(self) -> Mapping[str, Callable[[], object]]:
        """Return parts by name -> raises where the part is out of order."""
        ...


@dataclass(frozen=True, slots=True)
class Cli:
    """The desk and the actor are asked for by commands that need them: reading settings may fail."""

    desk: "Callable[[], Desk]"
    actor: "Callable[[], Actor]"
    processes: Processes
