"""What limits first, at 1, 10 and 100 times the load: `python -m tests.benchmarks.capacity [--write]`.

A simulation on paper: a load model, the figures of `bench.json`, and division. It writes the tables of
docs/capacity.md, which a test holds to both.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import ceil, floor
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "capacity.md"
BENCH: Final = ROOT / "bench.json"
BEGIN: Final = "<!-- python -m tests.benchmarks.capacity --write: from here -->"
END: Final = "<!-- to here -->"
TIMES: Final = (1, 10, 100)
HEADROOM: Final = 0.7
"""How much of what was measured is planned with: the rest is for restarts, and a worker that died."""
_HOUR_S: Final = 3_600
_MB: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Load:
    """What comes. Assumptions, each of which `--NAME` replaces.

    At ×1 they make 450 events a second at the peak: in the middle of the 300 to 600 that are expected.
    """

    firms: int = 10_000
    messages_a_day: float = 855  # of a firm
    documents_a_day: float = 45  # of a firm
    document_mb: float = 2.0
    peak_hour: float = 0.12  # of a day's events, in the busiest hour
    burst: float = 1.5  # the busiest minutes of that hour
    large_firm: float = 20.0  # times the mean firm
    cases: int = 1_500  # of a firm, that are known
    read_a_night: float = 0.2  # of them: changed within the last thirty days, which every night reads again
    night_s: int = 2_700  # over which the night's starts are spread
    page: int = 200  # cases a search returns
    rate: float = 5.0  # requests a second that a firm allows, as it is set by default
    outbox_rows: float = 1.2  # an event: its announcement, and a share of a job

    def events_s(self) -> float:
        """Messages and documents a second, at the peak."""
        return self.firms * (self.messages_a_day + self.documents_a_day) * self._peak()

    def messages_s(self) -> float:
        """Messages a second, at the peak."""
        return self.firms * self.messages_a_day * self._peak()

    def documents_mb_s(self) -> float:
        """Megabytes of documents a second, at the peak."""
        return self.firms * self.documents_a_day * self._peak() * self.document_mb

    def night_cases_s(self) -> float:
        """Cases that must be read a second, for the night to be over with its span."""
        return self.firms * self.cases * self.read_a_night / self.night_s

    def large_firm_s(self) -> float:
        """Requests a second of the largest firm, at the peak: one a message, one a document."""
        return self.large_firm * (self.messages_a_day + self.documents_a_day) * self._peak()

    def large_firm_night_s(self) -> float:
        """Seconds in which the largest firm's cases are read, where its own limit is all that slows it."""
        pages = ceil(self.large_firm * self.cases * self.read_a_night / self.page)
        return pages / self.rate

    def _peak(self) -> float:
        return self.peak_hour * self.burst / _HOUR_S


@dataclass(frozen=True, slots=True)
class Resource:
    """What the load needs, and how much of it one of something does, as a figure of bench.json says.

    `is_shared`: a cell has one of it, so more of it means more cells.
    """

    name: str
    unit: str
    figure: str
    needs: Callable[[Load], float]
    does: Callable[[Mapping[str, Any]], float]
    is_shared: bool = False


def _ours(figure: Mapping[str, Any]) -> float:
    return float(figure["ours"])


RESOURCES: Final = (
    Resource("intake", "events/s", "intake", Load.events_s, _ours),
    Resource(
        "workers for messages, SmartAdvocate answering in 50 ms",
        "notes/s",
        "notes-scale",
        Load.messages_s,
        lambda figure: float(figure["ours"]) / 4,  # it measures four workers together
    ),
    Resource("workers for documents", "MB/s", "documents", Load.documents_mb_s, _ours),
    Resource(
        "workers for the night, SmartAdvocate answering in 50 ms",
        "cases/s",
        "case-parallel-firms",
        Load.night_cases_s,
        lambda figure: float(figure["ours"]) / 4,
    ),
    Resource("the cell's Postgres: notes", "notes/s", "notes", Load.messages_s, _ours, is_shared=True),
    Resource("the cell's Postgres: events", "events/s", "intake", Load.events_s, _ours, is_shared=True),
    Resource(
        "the cell's Postgres: the night",
        "cases/s",
        "case-resync-unchanged",
        Load.night_cases_s,
        _ours,
        is_shared=True,
    ),
    Resource(
        "the cell's outbox: one relay at a time",
        "rows/s",
        "relay",
        lambda load: load.events_s() * load.outbox_rows,
        _ours,
        is_shared=True,
    ),
)


def needed(resource: Resource, load: Load, figures: Mapping[str, Mapping[str, Any]]) -> int:
    """Return how many of it the load takes, planned with HEADROOM."""
    return max(1, ceil(resource.needs(load) / (resource.does(figures[resource.figure]) * HEADROOM)))


def cells(load: Load, figures: Mapping[str, Mapping[str, Any]]) -> tuple[int, Resource]:
    """Return how many cells the load takes, and what asks for so many."""
    shared = [resource for resource in RESOURCES if resource.is_shared]
    first = max(shared, key=lambda resource: resource.needs(load) / resource.does(figures[resource.figure]))
    return needed(first, load, figures), first


def firms_a_cell(load: Load, figures: Mapping[str, Mapping[str, Any]]) -> int:
    """Return how many firms of this kind one cell takes, in hundreds where there are so many."""
    _, first = cells(load, figures)
    whole = floor(load.firms * first.does(figures[first.figure]) * HEADROOM / first.needs(load))
    return whole // 100 * 100 if whole >= 100 else whole


def tables(load: Load, figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the tables of the page, in Markdown."""
    loads = [replace(load, firms=load.firms * times) for times in TIMES]
    heads = [f"× {times}" for times in TIMES]
    parts = [
        _table(["assumed", *heads], [*_load_rows(loads)]),
        _table(
            ["what", "one does, measured", "more of it:", *heads, "figure"],
            [_resource_row(resource, loads, figures) for resource in RESOURCES],
        ),
        _table(["result", *heads], [*_result_rows(loads, figures)]),
    ]
    return "\n\n".join(parts)


def beside(figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the table of figures of ours beside what others publish, in Markdown."""
    intake, relay = (f"{figures[name]['ours']:,.0f}" for name in ("intake", "relay"))
    return _table(
        ["ours", "published", "source"],
        [
            [
                f"{intake} events a second into Postgres, 100 a transaction, from one intake (`intake`)",
                "a general-purpose network disk (gp3) gives 3,000 operations a second unless more is "
                "paid for; a commit needs one, and those that come together share it",
                "[AWS, EbsBlockDevice]"
                "(https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EbsBlockDevice.html)",
            ],
            [
                f"{intake} events a second out of one quorum queue (`intake`), {relay} rows a second into "
                "quorum queues with confirms (`relay`), one node",
                "30,000 messages of 1 KiB a second was the aim of a study of clusters of 3 to 9 nodes with "
                "100 quorum queues, replicated three times; best for its price were 7 nodes of 8 processors",
                "[RabbitMQ, Cluster Sizing Case Study](https://www.rabbitmq.com/blog/2020/06/22/"
                "cluster-sizing-case-study-quorum-queues-part-2)",
            ],
            [
                "relays are woken after the commit, by a connection of its own that puts wake-ups together",
                "a commit that notifies takes a lock of the whole server: three outages in March 2025, with "
                "processors and disks idle",
                "[Recall.ai](https://www.recall.ai/blog/postgres-listen-notify-does-not-scale)",
            ],
        ],
    )


def read_figures(file: Path = BENCH) -> dict[str, Mapping[str, Any]]:
    """Return the figures of bench.json by name."""
    return {figure["name"]: figure for figure in json.loads(file.read_text(encoding="utf-8"))["figures"]}


def with_tables(page: str, load: Load, figures: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the page with its tables made anew: the simulation's, then those beside what others publish."""
    before, first = page.split(BEGIN, 1)
    _, between = first.split(END, 1)
    between, second = between.split(BEGIN, 1)
    _, after = second.split(END, 1)
    made = [f"{BEGIN}\n\n{text}\n\n{END}" for text in (tables(load, figures), beside(figures))]
    return f"{before}{made[0]}{between}{made[1]}{after}"


def _load_rows(loads: Sequence[Load]) -> Sequence[Sequence[str]]:
    return [
        ["firms", *(f"{load.firms:,}" for load in loads)],
        ["cases", *(f"{load.firms * load.cases:,}" for load in loads)],
        [
            "events a day",
            *(f"{load.firms * (load.messages_a_day + load.documents_a_day):,.0f}" for load in loads),
        ],
        ["events a second at the peak", *(_number(load.events_s()) for load in loads)],
        ["documents at the peak, MB/s", *(_number(load.documents_mb_s()) for load in loads)],
        ["cases a second in the night", *(_number(load.night_cases_s()) for load in loads)],
    ]


def _resource_row(
    resource: Resource, loads: Sequence[Load], figures: Mapping[str, Mapping[str, Any]]
) -> Sequence[str]:
    one = resource.does(figures[resource.figure])
    numbers = [f"{needed(resource, load, figures):,}" for load in loads]
    of = "cells" if resource.is_shared else "processes"
    return [resource.name, f"{_number(one)} {resource.unit}", of, *numbers, f"`{resource.figure}`"]


def _result_rows(loads: Sequence[Load], figures: Mapping[str, Mapping[str, Any]]) -> Sequence[Sequence[str]]:
    found = [cells(load, figures) for load in loads]
    return [
        ["cells", *(str(number) for number, _ in found)],
        ["what asks for them first", *(first.name for _, first in found)],
        ["firms a cell", *(f"{firms_a_cell(load, figures):,}" for load in loads)],
        [
            f"largest firm at the peak, of {loads[0].rate:g} requests/s",
            *(f"{load.large_firm_s():.1f}" for load in loads),
        ],
        ["largest firm's night alone, min", *(f"{load.large_firm_night_s() / 60:.1f}" for load in loads)],
    ]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the tables, or write them into the page."""
    made = argparse.ArgumentParser(prog="python -m tests.benchmarks.capacity", description=__doc__)
    made.add_argument("--write", action="store_true", help="write them into docs/capacity.md")
    for field in fields(Load):
        kind = type(field.default)
        made.add_argument(f"--{field.name.replace('_', '-')}", type=kind, default=field.default, metavar="N")
    options = vars(made.parse_args(arguments))
    write = options.pop("write")
    load, figures = Load(**options), read_figures()
    if not write:
        sys.stdout.write(f"{tables(load, figures)}\n")
        return 0
    if load != Load():
        made.error("the page has the load model as it stands in the program")
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8"), load, figures), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
