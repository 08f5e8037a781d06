"""A night's exception report in short: what a list of them shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class ExceptionDay:
    """The day (UTC) of the report, how many cases did not sync, and how many of them for each reason."""

    day: date
    cases: int
    by_reason: Mapping[str, int]
