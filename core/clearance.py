"""Whether a call may still begin."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Clearance:
    """A call may begin until `not_after` (UTC), and while `may_begin` says so: it is asked anew each time.

    A call has begun when the last byte of its body is handed over: before that no server can act on it.
    """

    not_after: datetime
    may_begin: Callable[[], bool]
