"""docs/capacity.md says what its program computes from bench.json, and the program computes what it says."""

from dataclasses import replace
from typing import Any, Final

import pytest

from tests.benchmarks.capacity import (
    HEADROOM,
    PAGE,
    RESOURCES,
    Load,
    cells,
    firms_a_cell,
    needed,
    read_figures,
    with_tables,
)

LOAD: Final = Load()


def figures(**ours: float) -> dict[str, Any]:
    """The figures of bench.json, some of them replaced."""
    found = {name: dict(figure) for name, figure in read_figures().items()}
    for name, value in ours.items():
        found[name.replace("_", "-")]["ours"] = value
    return found


def test_the_page_has_the_tables_of_these_figures() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_tables(page, LOAD, read_figures()), "make capacity ARGS=--write"


def test_the_expected_load_is_what_was_asked_for() -> None:
    assert 300 <= LOAD.events_s() <= 600
    assert LOAD.messages_s() < LOAD.events_s()


def test_ten_times_the_firms_are_ten_times_the_load_and_no_firm_is_larger() -> None:
    ten = replace(LOAD, firms=LOAD.firms * 10)
    assert ten.events_s() == pytest.approx(10 * LOAD.events_s())
    assert ten.large_firm_s() == LOAD.large_firm_s()


def test_what_a_cell_has_one_of_and_is_slowest_at_asks_for_the_cells() -> None:
    number, first = cells(LOAD, figures(notes=100))
    assert (first.figure, number) == ("notes", -(-LOAD.messages_s() // (100 * HEADROOM)))
    number, first = cells(LOAD, figures(notes=1e6, relay=200))
    assert first.figure == "relay"
    assert number == needed(first, LOAD, figures(relay=200))


def test_a_cell_takes_as_many_firms_as_its_first_limit_lets_it_with_headroom() -> None:
    found = figures(notes=1_000)
    assert firms_a_cell(LOAD, found) == pytest.approx(LOAD.firms * 700 / LOAD.messages_s(), abs=100)


def test_more_processes_help_where_a_cell_can_have_more_than_one() -> None:
    [workers] = [resource for resource in RESOURCES if resource.figure == "notes-scale"]
    assert not workers.is_shared
    assert needed(workers, LOAD, figures(notes_scale=400)) == -(-LOAD.messages_s() // (100 * HEADROOM))


def test_the_largest_firm_stays_below_its_own_limit() -> None:
    """The page says so."""
    assert LOAD.large_firm_s() < LOAD.rate
