"""Port: how often one thing has met an error that nobody foresaw, one time after the other.

What fails by a defect fails again: it has a bounded number of tries at its usual pace, then it is set aside,
and has one now and then.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import Final, Protocol

TRIES: Final = 8  # in a row, at the usual pace
SET_ASIDE_FOR: Final = timedelta(hours=1)  # then one try each
SET_ASIDE: Final = f"{TRIES} tries in a row failed: it is set aside, and tried once an hour"


class Thing(StrEnum):
    """What is tried, and what its key is."""

    JOB = "job"  # its name
    NOTES_OF_A_CASE = "notes"  # the case's integration id
    NOTE = "note"  # its id


class Tries(Protocol):
    """Counts tries of one firm's things that failed in a row. A try that ends well is to be said, too."""

    def failed(self, firm_id: str, thing: Thing, keys: Collection[str]) -> bool:
        """Count one more for each. True where any of them is set aside from now on."""
        ...

    def went_well(self, firm_id: str, thing: Thing, keys: Collection[str]) -> None:
        """Forget what was counted of these."""
        ...

    def set_aside(self, firm_id: str, thing: Thing, keys: Sequence[str]) -> set[str]:
        """Return those of them that are not to be tried now: they failed TRIES times, an hour ago at most."""
        ...

    def give_all_a_try(self, firm_id: str) -> int:
        """Let nothing of the firm be set aside any more. Returns how many things were."""
        ...
