"""Faults that the fake SmartAdvocate can be told to show."""

from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING

from core.errors import AnswerLostError

if TYPE_CHECKING:
    from tests.fakes.smartadvocate import FakeCaseManagement


@dataclass(frozen=True, slots=True)
class Before:
    """The call raises and has no effect. Any exception will do, also one that plays a killed process."""

    error: BaseException


@dataclass(frozen=True, slots=True)
class AfterStoring:
    """The note is stored and the caller never learns it."""

    error: BaseException | None = None

    def raised(self) -> BaseException:
        """Return what the caller sees."""
        return self.error or AnswerLostError("no answer to the insert of a note; its notes are read next")


@dataclass(frozen=True, slots=True)
class StoredLate:
    """The answer is lost, and the note appears only after the case's notes were read `reads` times.

    With `after` it appears so much later, however often they are read. `error` is raised instead of the loss.
    """

    reads: int = 1
    after: timedelta | None = None
    error: BaseException | None = None


Fault = Before | AfterStoring | StoredLate


class Faults:
    """Faults by method, used up first in, first out."""

    def __init__(self) -> None:
        self._queues: defaultdict[str, deque[Fault]] = defaultdict(deque)

    def add(self, method: str, *faults: Fault) -> None:
        """Let the next calls of `method` ("insert_note", "notes", "search_cases", …) show these."""
        self._queues[method].extend(faults)

    def take(self, method: str) -> Fault | None:
        """Return the fault for this call, if any."""
        return self._queues[method].popleft() if self._queues[method] else None


@dataclass(slots=True)
class Drift:
    """How the case search may misbehave.

    `between_pages` is called after each answer and may change cases. `page_cap` is the largest page the
    server gives, whatever is asked for. `unsorted` answers are in no order of time, though in a stable one.
    `clamps` repeats the last page for every page past the end, as some servers do; others have an error
    there: `past_the_end`. Cases of one instant come in an order that `at_random` draws anew for each answer.
    With `overcounts` the server tells how many cases there are, and so many more.
    """

    between_pages: "Callable[[FakeCaseManagement], None] | None" = None
    page_cap: int | None = None
    unsorted: bool = False
    clamps: bool = False
    past_the_end: Exception | None = None
    at_random: Random | None = None
    overcounts: int | None = None
