"""What every process of the service does at its start."""

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import structlog

from core.errors import TransientError

_log = structlog.get_logger(__name__)

T = TypeVar("T")


def patiently(step: Callable[[], T], within_s: float = 60.0) -> T:
    """Repeat a step while a server is just starting; raises its TransientError after `within_s` seconds."""
    deadline = time.monotonic() + within_s
    while True:
        try:
            return step()
        except TransientError as error:
            if time.monotonic() > deadline:
                raise
            _log.info("waiting", detail=str(error))
            time.sleep(0.5)


def beside(step: Callable[[], T]) -> Callable[[], T]:
    """Begin a step in a thread of its own, while this one goes on; return what waits for it.

    That returns or raises what came of the step, and called again takes the step again: `patiently` repeats
    it so. The thread keeps no process from ending.
    """
    begun: list[Future[T]] = [Future()]

    def run(future: Future[T]) -> None:
        try:
            future.set_result(step())
        except BaseException as error:  # noqa: BLE001 - it is raised where it is waited for
            future.set_exception(error)

    threading.Thread(target=run, args=begun, name="beside", daemon=True).start()
    return lambda: begun.pop().result() if begun else step()


def on_signal(stop: Callable[[], None]) -> None:
    """Call `stop` on SIGTERM and SIGINT from now on."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
