"""The parts of the service as threads of one process."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import structlog

from core.desk import Desk
from core.errors import CasebridgeError
from core.outbox_row import OutboxRow
from core.reason import Reason
from core.unexpected import error_chain

_log = structlog.get_logger(__name__)


class AllInOne:
    """The whole service in this process; `desk` is what commands use, `url` where HTTP answers.

    `environment` holds the variables with which a command beside it speaks to the same service.
    """

    def __init__(self, url: str, desk: Desk, environment: Mapping[str, str]) -> None:
        self.url = url
        self.desk = desk
        self.environment = environment
        self.listeners: list[Callable[[OutboxRow], None]] = []
        self._failed = ""
        self._watched: list[Callable[[], None]] = []

    def listen(self, listener: Callable[[OutboxRow], None]) -> None:
        """Hand announcements to `listener` from now on."""
        self.listeners.append(listener)

    def watch(self, check: Callable[[], None]) -> None:
        """Have `check` called with this one's own: it raises CasebridgeError where nothing can go on."""
        self._watched.append(check)

    def check(self) -> None:
        """Raise CasebridgeError if a part has ended by itself."""
        for check in self._watched:
            check()
        if self._failed:
            raise CasebridgeError(f"the {self._failed} has stopped unexpectedly", reason=Reason.WORKER_BROKEN)

    @contextmanager
    def running(self, name: str, run: Callable[[], None], stop: Callable[[], None]) -> Iterator[None]:
        """Run a part in a thread; stop it and wait for it on leaving."""

        def watched() -> None:
            try:
                run()
            except Exception as error:  # noqa: BLE001 - whatever it is, it must be seen
                # Only our own errors promise to keep secrets and text out of their words.
                detail = str(error) if isinstance(error, CasebridgeError) else ""
                _log.error("part_failed", part=name, detail=detail, error_chain=error_chain(error))
                self._failed = name

        thread = threading.Thread(target=watched, name=name, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop()
            thread.join(60)
