"""Which firms have work: asked by every tick, so its cost must not grow with what is idle or done."""

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.postgres.deliveries import lanes
from adapters.postgres.deliveries.settling import WORDS
from adapters.postgres.firms import firms
from adapters.postgres.store.statements import Statements
from core.event import EventKind
from core.move import NOT_AT_WORK
from core.night import PLACES
from tests.fakes.samples import a_message
from tests.integration.postgres_support import Postgres, plan_nodes, postgres

BUSY, IDLE = 10, 10_000


@pytest.fixture
def store(migrated_database_url: str) -> Iterator[Postgres]:
    with postgres(migrated_database_url) as store:
        for n in range(BUSY):
            store.connect_firm(f"busy-{n}")
            store.add(
                *[a_message(f"m-{k}", firm_id=f"busy-{n}", case_integration_id=f"{k}") for k in range(20)]
            )
        yield store


def add_idle_firms(store: Postgres) -> None:
    with store.pool.connection() as connection:
        connection.execute(
            """
            insert into firms (firm_id, name, connection, sync_mode, nightly_sync, immediate, settings)
            select 'idle-' || n, 'idle', 'connected', 'all', true, true, '{}' from generate_series(1, %s) as n
            """,
            [IDLE],
        )
        connection.execute(
            """
            insert into lanes (firm_id, kind, case_integration_id, held_for)
            select 'idle-' || n, 'message-sent', k::text, case when k = 1 then 'reconnect_required' end
            from generate_series(1, %s) as n, generate_series(1, 3) as k
            """,
            [IDLE],
        )


def explained(store: Postgres) -> list[dict[str, Any]]:
    """Return the nodes of the executed plan."""
    statement = Statements.beside(lanes.__file__)["firms_due"]
    kind = {**WORDS, "kind": EventKind.MESSAGE_SENT.value}
    with store.pool.connection() as connection:
        row = connection.execute("explain (analyze, buffers, format json) " + statement, kind).fetchone()
    assert row is not None
    return list(plan_nodes(row[0][0]["Plan"]))


def pages_read(nodes: list[dict[str, Any]]) -> int:
    return int(nodes[0]["Shared Hit Blocks"] + nodes[0]["Shared Read Blocks"])


@pytest.mark.parametrize("analysed", [False, True], ids=["before any statistics", "with statistics"])
def test_idle_firms_cost_nothing(store: Postgres, analysed: bool) -> None:
    alone = pages_read(explained(store))
    add_idle_firms(store)
    if analysed:
        with store.pool.connection() as connection:
            connection.execute("analyze")
    nodes = explained(store)
    on_lanes = [node for node in nodes if node.get("Relation Name") == "lanes"]
    assert {node.get("Index Name") for node in on_lanes} == {"lanes_ready"}
    assert max(node["Actual Rows"] * node["Actual Loops"] for node in nodes) <= BUSY + 1
    assert pages_read(nodes) <= 1.5 * alone + 10, "an index level or two more, not a page a firm"


def test_firms_that_are_idle_held_paused_or_not_connected_are_not_due(store: Postgres) -> None:
    add_idle_firms(store)
    with store.pool.connection() as connection:
        connection.execute("update firms set connection = 'reconnect_required' where firm_id = 'busy-3'")
        connection.execute("update firms set paused_until = now() + interval '1 h' where firm_id = 'busy-4'")
        connection.execute("update firms set paused_until = now() - interval '1 h' where firm_id = 'busy-5'")
    with store.unit_of_work() as uow:
        due = uow.deliveries.firms_due(EventKind.MESSAGE_SENT)
    assert list(due) == [f"busy-{n}" for n in range(BUSY) if n not in {3, 4}]


def test_a_tick_in_the_night_reads_the_firms_whose_turn_it_is_and_no_others(store: Postgres) -> None:
    add_idle_firms(store)
    second = PLACES // (45 * 60)
    statement = Statements.beside(firms.__file__)["nightly"]
    asked = {"since": 7 * second, "until": 8 * second, "limit": 100, "moving": sorted(NOT_AT_WORK)}
    with store.pool.connection() as connection:
        connection.execute("analyze firms")
        row = connection.execute("explain (analyze, buffers, format json) " + statement, asked).fetchone()
    assert row is not None
    nodes = list(plan_nodes(row[0][0]["Plan"]))
    on_firms = [node for node in nodes if node.get("Relation Name") == "firms"]
    assert {node.get("Index Name") for node in on_firms} == {"firms_by_place"}
    assert max(node["Actual Rows"] for node in nodes) < 20, "of 10,000 there are four a second"
    assert pages_read(nodes) < 40
