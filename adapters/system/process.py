"""What every process of the service does at its start."""

import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Final, TypeVar

import structlog

from core.complaint import Complaint
from core.errors import TransientError

_log = structlog.get_logger(__name__)

T = TypeVar("T")


FIRST_PAUSE_S: Final = 0.5
LONGEST_PAUSE_S: Final = 8.0


def patiently(
    step: Callable[[], T],
    within_s: float = 60.0,
    *,
    sleep: Callable[[float], object] = time.sleep,
    monotonic: Callable[[], float] = time.monotonic,
) -> T:
    """Repeat a step while a server is just starting; raises its TransientError after `within_s` seconds.

    With growing pauses; what is waited for is said once.
    """
    deadline, pause_s, complaint = monotonic() + within_s, FIRST_PAUSE_S, Complaint(monotonic)
    while True:
        try:
            done = step()
        except TransientError as error:
            left_s = deadline - monotonic()
            if left_s <= 0:
                raise
            if complaint.is_news(str(error)):
                _log.warning("waiting", reason=error.reason, detail=str(error), at_most_s=round(left_s))
            sleep(min(pause_s, left_s))
            pause_s = min(pause_s * 1.5, LONGEST_PAUSE_S)
        else:
            waited_s = complaint.over()
            if waited_s is not None:
                _log.info("waited", seconds=round(waited_s, 1))
            return done


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
    """Call `stop` on SIGTERM, SIGINT and, unless it is ignored (`nohup`), SIGHUP from now on."""
    numbers = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    for number in numbers:
        signal.signal(number, lambda *_: stop())
