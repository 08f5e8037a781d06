"""What every process of the service does at its start."""

import signal
import time
from collections.abc import Callable
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


def on_signal(stop: Callable[[], None]) -> None:
    """Call `stop` on SIGTERM and SIGINT from now on."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop())
