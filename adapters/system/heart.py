"""The threads of a process's life: one shows that it lives, one gives back what broke off (ADR 97)."""

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import Final

import structlog

from core.actor import SYSTEM
from core.complaint import Complaint
from core.errors import CasebridgeError
from core.foreign import foreign_errors_told, is_an_end, unexpected
from core.ports.processes import Errand, Life
from core.process import HEARTBEAT, Heartbeat
from core.usecases.keep_alive import KeepAlive
from core.usecases.look_for_gone import LookForGone
from core.usecases.steps.standing import Standing

_log = structlog.get_logger(__name__)
_AGAIN_AFTER_S: Final = 0.5  # while the store is away
_LOOK_EVERY_S: Final = 15.0  # whether an errand that has ended holds something
_GIVE_BACK_AFTER_S: Final = 2.0  # a job that breaks off each time must not go round in circles
_JOIN_WITHIN_S: Final = 1.0


class Heart(Life):
    """A process's life, which begins with `start` or with its first errand. One for a process.

    With `look` it looks for others that are gone, and `gone` is called when there are some.
    """

    def __init__(
        self,
        keep_alive: KeepAlive,
        standing: Standing,
        *,
        look: LookForGone | None = None,
        gone: Callable[[], object] = lambda: None,
        close: Callable[[], object] = lambda: None,
        heartbeat: Heartbeat = HEARTBEAT,
    ) -> None:
        self._keep_alive = keep_alive
        self._standing = standing
        self._look = look
        self._gone = gone
        self._close = close
        self._heartbeat = heartbeat
        self._starting = threading.Lock()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Give the first sign of life, and go on until `stop`; once is enough. Raises TransientError."""
        with self._starting:
            if self._threads or self._stop.is_set():
                return
            with foreign_errors_told("the heartbeat"):
                self._keep_alive.beat(SYSTEM)
            for name, run in (("heart", self._run), ("give-back", self._give_back)):
                self._threads.append(threading.Thread(target=run, name=name, daemon=True))
                self._threads[-1].start()

    def errand(self) -> AbstractContextManager[Errand]:
        self.start()
        return self._standing.errand()

    def stop(self) -> None:
        """End this life, if it has begun: no call begins any more, and what is held is taken back at once."""
        with self._starting:
            self._stop.set()
            self._standing.dropped.set()
            for thread in self._threads:
                thread.join(_JOIN_WITHIN_S)
            if self._threads:
                with suppress(CasebridgeError):
                    self._keep_alive.end(SYSTEM)
            self._close()

    def _run(self) -> None:
        complaint, now_s = Complaint(), time.monotonic()
        next_beat_s = now_s + self._heartbeat.every.total_seconds()
        next_look_s = now_s if self._look is not None else float("inf")
        while not self._stop.wait(max(0.0, min(next_beat_s, next_look_s) - time.monotonic())):
            began_s = time.monotonic()
            try:
                if began_s >= next_beat_s:
                    if not self._keep_alive.beat(SYSTEM):
                        _log.warning("process_was_gone", process_id=self._standing.process_id)
                    next_beat_s = began_s + self._heartbeat.every.total_seconds()
                if self._look is not None and began_s >= next_look_s:
                    next_look_s = began_s + self._heartbeat.look_every.total_seconds()
                    for process_id in self._look(SYSTEM):
                        _log.warning("process_gone", process_id=process_id)
                        self._gone()
            except BaseException as error:
                if is_an_end(error):
                    raise
                # Whatever it is, the next sign may get through.
                told = error if isinstance(error, CasebridgeError) else unexpected(error, "the heartbeat")
                if complaint.is_news(str(told)):
                    _log.warning("process_not_renewed", reason=told.reason, detail=str(told))
                # Also where it was due already: a server that refuses at once would be asked without a pause.
                next_beat_s = time.monotonic() + _AGAIN_AFTER_S
                next_look_s = max(next_look_s, time.monotonic() + _AGAIN_AFTER_S)
            else:
                complaint.over()

    def _give_back(self) -> None:
        complaint = Complaint()
        while True:
            self._standing.dropped.wait(_LOOK_EVERY_S)
            if self._stop.wait(_GIVE_BACK_AFTER_S):
                return
            try:
                if number := self._keep_alive.give_back(SYSTEM):
                    _log.warning("errands_given_back", number=number)
                complaint.over()
            except BaseException as error:  # it is tried until it is done
                if is_an_end(error):
                    raise
                told = error if isinstance(error, CasebridgeError) else unexpected(error, "the giving back")
                if complaint.is_news(str(told)):
                    _log.warning("errands_not_given_back", reason=told.reason, detail=str(told))
