"""A measured figure: ours beside the limit, in rounds that take turns."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


class MiscountError(Exception):
    """A round lost or repeated something, so its time says nothing."""


@dataclass(frozen=True, slots=True)
class Round:
    """One round: ours and the limit, measured one right after the other, in the figure's unit."""

    ours: float
    limit: float

    @property
    def ratio(self) -> float:
        """Ours as a part of the limit."""
        return self.ours / self.limit


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured. `bar` is the ratio to reach: at least, or where `at_most` is set at most.

    `counts` is what our side left behind, by name, after every round the same.
    """

    name: str
    unit: str
    rounds: tuple[Round, ...]
    bar: float
    detail: str
    at_most: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def median(self) -> Round:
        """The round with the median ratio: two neighbours in time, so that both met the same machine."""
        ratio = statistics.median_low(r.ratio for r in self.rounds)
        return next(r for r in self.rounds if r.ratio == ratio)

    @property
    def is_reached(self) -> bool:
        """Whether the median round meets the bar."""
        ratio = self.median.ratio
        return ratio <= self.bar if self.at_most else ratio >= self.bar

    def to_data(self) -> dict[str, Any]:
        """Return the row of `bench.json`."""
        median = self.median
        return {
            "name": self.name,
            "ours": round(median.ours, 3),
            "limit": round(median.limit, 3),
            "unit": self.unit,
            "ratio": round(median.ratio, 3),
            "bar": f"{'at most' if self.at_most else 'at least'} {self.bar:g}",
            "reached": self.is_reached,
            "detail": self.detail,
            "rounds": [{"ours": round(r.ours, 3), "limit": round(r.limit, 3)} for r in self.rounds],
            "counts": dict(self.counts),
        }


def take_turns(rounds: int, ours: Callable[[], float], limit: Callable[[], float]) -> tuple[Round, ...]:
    """Measure both in each round; which comes first changes, as the machine may grow warmer or slower."""
    measured = []
    for number in range(rounds):
        if number % 2:
            mine = ours()
            measured.append(Round(mine, limit()))
        else:
            theirs = limit()
            measured.append(Round(ours(), theirs))
    return tuple(measured)


def must_be(what: str, found: int, expected: int) -> int:
    """Return `found`. Raises MiscountError where it is not what was expected."""
    if found != expected:
        raise MiscountError(f"{what}: {found}, expected {expected}")
    return found
