"""The postman: a thread beside the scheduler that writes letters and hands them to the mail server.

A thread of its own, because a slow mail server must hold up neither a slot of the timetable nor the outbox;
no job of a worker, because a job takes one of its firm's seats for calls to SmartAdvocate (ADR 98).
"""

import random
from typing import Final

import structlog

from core.actor import SYSTEM
from core.complaint import Complaint
from core.errors import CasebridgeError
from core.foreign import foreign_errors_told
from core.unexpected import error_chain
from core.usecases.send_letters import SendLetters
from core.usecases.write_letters import WriteLetters
from scheduler.beside import Beside

EVERY_S: Final = 15.0
_LONGEST_PAUSE_S: Final = 300.0
_log = structlog.get_logger(__name__)


class Postman(Beside):
    """Works inside its `with` block.

    A letter that is being handed over is claimed, and another process tries it again.
    """

    def __init__(self, write: WriteLetters, send: SendLetters, *, every_s: float = EVERY_S) -> None:
        self._write = write
        self._send = send
        self._every_s = every_s
        super().__init__("postman")

    def _run(self) -> None:
        failures, complaint = 0, Complaint()
        while not self._stop.is_set():
            try:
                with foreign_errors_told("the postman"):
                    self._write(SYSTEM)
                    while self._send(SYSTEM) and not self._stop.is_set():
                        pass
                failures = 0
                if (away_s := complaint.over()) is not None:
                    _log.info("postman_goes_on", after_s=round(away_s, 1))
            except CasebridgeError as error:
                failures += 1
                if complaint.is_news(f"{error.reason}: {error}"):
                    _log.warning(
                        "postman_waits",
                        reason=error.reason,
                        detail=str(error),
                        error_chain=error_chain(error),
                    )
            pause_s = min(self._every_s * 2 ** min(failures, 8), max(self._every_s, _LONGEST_PAUSE_S))
            self._stop.wait(pause_s * random.uniform(0.8, 1.0))
