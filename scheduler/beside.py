"""A thread beside the scheduler: what it does waits for no slot of the timetable, and holds none up."""

import threading
from abc import ABC, abstractmethod
from types import TracebackType
from typing import Final, Self

_END_WITHIN_S: Final = 5.0


class Beside(ABC):
    """Works inside its `with` block. What is cut off at its end must be safe to be done again."""

    def __init__(self, name: str) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(_END_WITHIN_S)

    @abstractmethod
    def _run(self) -> None:
        """Work until `_stop` is set."""
