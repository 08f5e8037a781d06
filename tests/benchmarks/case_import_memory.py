"""`case-import-memory`: how much more memory ten times the cases take."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.benchmarks.bench import Bench
from tests.benchmarks.case_import import import_once
from tests.benchmarks.figure import Figure, take_turns
from tests.benchmarks.sandboxes import sandbox

NAME = "case-import-memory"
BAR = 1.1


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: a firm of `many` cases beside one of `few`."""

    many: int
    few: int
    rounds: int


FULL = Sizes(many=200_000, few=20_000, rounds=1)
QUICK = Sizes(many=220, few=60, rounds=1)


def measure(bench: Bench, sizes: Sizes) -> Figure:
    """Import a large and a small firm, each in a process of its own, and compare their largest sizes."""
    counts: dict[str, int] = {}

    def peak(cases: int, name: str) -> float:
        with sandbox(bench.processes, cases=cases) as site:
            measured, found = import_once(bench, site)
            counts.update(_named(found, name))
            return measured["peak_mib"]

    rounds = take_turns(sizes.rounds, lambda: peak(sizes.many, "many"), lambda: peak(sizes.few, "few"))
    return Figure(
        NAME,
        "MiB",
        rounds,
        BAR,
        f"largest resident size of a process importing {sizes.many} cases; limit: the same for {sizes.few}",
        at_most=True,
        counts=counts,
    )


def _named(found: Mapping[str, int], name: str) -> dict[str, int]:
    return {f"{what}, {name}": number for what, number in found.items()}
