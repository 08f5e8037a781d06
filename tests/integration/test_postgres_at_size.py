"""What is asked often or by people keeps its price with 20,000 open issues, 25,000 cases, 200,000 deliveries.

Held to the plan and to the rows that it touches, not to the time, which is the machine's.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any, Final, LiteralString

import pytest

from adapters.postgres.deliveries import desk, texts
from adapters.postgres.deliveries.desk import statement_for
from adapters.postgres.firms import firms
from adapters.postgres.notes import shared_notes
from adapters.postgres.outbox import outbox
from adapters.postgres.records import issues, upkeep
from adapters.postgres.records.upkeep import KEPT_TIMES, PostgresUpkeep
from adapters.postgres.runs import cases
from adapters.postgres.store.statements import Statements
from core.actor import ALL_FIRMS
from core.delivery_selection import Bounds, Selection
from core.event import EventKind
from core.overview import Behind, FirmOrder
from core.ports.issues import LOOKED_AT_ONCE
from core.reason import Reason
from tests.integration.postgres_support import Postgres, plan_nodes, postgres
from tests.servers import PostgresServer

FIRMS, ISSUES, CASES, DELIVERIES, UNFINISHED = 5_000, 20_000, 25_000, 200_000, 2_000
FILLED: Final[tuple[LiteralString, ...]] = (
    """
    insert into firms (firm_id, name, connection, sync_mode, nightly_sync, immediate, settings)
    select 'firm-' || n, 'a firm', 'connected', 'all', true, true, '{}' from generate_series(1, 5000) as n
    """,
    # Half of them are one firm's.
    """
    insert into deliveries (firm_id, kind, subject_id, case_integration_id, occurred_at, state, data,
                            delivered_at, created_at, note_id)
    select case when n % 2 = 0 then 'firm-1' else 'firm-' || n % 5000 + 1 end, 'message-sent', 'm-' || n,
           (n % 25000)::text, now() - n * interval '1 min', 'delivered',
           jsonb_build_object('text', repeat('w ', 100)),
           now() - n % 60 * interval '1 day', now() - n % 60 * interval '1 day', n::text
    from generate_series(1, 198000) as n
    """,
    """
    insert into deliveries (firm_id, kind, subject_id, case_integration_id, occurred_at, state, data, reason)
    select 'firm-' || n % 5000 + 1, 'message-sent', 'u-' || n, (n % 25000)::text, now(),
           (array['held', 'failed', 'pending', 'retrying'])[n % 4 + 1], '{"text": "w"}', 'permission_missing'
    from generate_series(1, 2000) as n
    """,
    """
    insert into issues (firm_id, kind, key, message)
    select 'firm-' || n % 5000 + 1, (array['delivery_held', 'delivery_failed'])[n % 2 + 1],
           'reason-' || n / 5000, 'm'
    from generate_series(1, 20000) as n
    """,
    """
    insert into cases (firm_id, integration_id, readable_id, lead_attorney, attorneys, paralegals,
                       description, closed, client_first_name, client_last_name, client_phone, modified_at)
    select 'firm-1', n::text, 'R' || n, '{}', '[]', '[]', repeat('d', 200), false, 'a', 'b', 'c',
           now() - n * interval '1 min'
    from generate_series(1, 25000) as n
    """,
    # A tenth of it waits, among it all of firm-7; half of the rest is one firm's.
    """
    insert into outbox (kind, firm_id, subject, body, published_at, place)
    select 'case-updated', case when n % 2 = 0 then 'firm-1' else 'firm-' || n % 5000 + 1 end,
           (n % 2000)::text, '{"data": {}}', now() - n * interval '1 s', n
    from generate_series(1, 90000) as n
    where n % 5000 <> 6
    """,
    """
    insert into outbox (queue, firm_id, body)
    select 'sync-messages', 'firm-7', n::text from generate_series(1, 10000) as n
    """,
    """
    insert into seen_notes (firm_id, note_id, case_integration_id, announced)
    select 'firm-' || n % 5000 + 1, 'note-' || n, (n % 2000)::text, true from generate_series(1, 50000) as n
    """,
)
HELD_BY_A_KEY: Final = {
    "--case": (Selection(case_integration_id="17"), 100),
    "--case, of one firm": (Selection(firm_id="firm-1", case_integration_id="18"), 100),
    "--case --state": (Selection(case_integration_id="18").replayable(), 100),
    "--case --kind": (Selection(case_integration_id="18", kind=EventKind.MESSAGE_SENT), 100),
    "--reason": (Selection(reason=Reason.FIRM_UNKNOWN), 3 * UNFINISHED),
    "--reason, of one firm": (Selection(firm_id="firm-1", reason=Reason.FIRM_UNKNOWN), 3 * UNFINISHED),
    "--state held failed": (Selection().replayable(), 3 * UNFINISHED),
}


@pytest.fixture(scope="module")
def filled(postgres_server: PostgresServer, template_url: str) -> Iterator[Postgres]:
    url = postgres_server.create_database(template=template_url)
    with postgres(url) as store:
        with store.pool.connection() as connection:
            for statement in FILLED:
                connection.execute(statement)
        with store.pool.connection() as connection:
            connection.execute("analyze")
        yield store
    postgres_server.drop_database(url)


def explained(store: Postgres, statement: LiteralString, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the nodes of the plan as it was executed; what it did is undone."""
    with store.pool.connection() as connection:
        row = connection.execute("explain (analyze, format json) " + statement, values).fetchone()
        connection.rollback()
    assert row is not None
    return list(plan_nodes(row[0][0]["Plan"]))


def read_whole(nodes: list[dict[str, Any]]) -> set[str]:
    """Return the tables that were read from end to end."""
    return {
        node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan" and node["Actual Loops"]
    }


def most_rows(nodes: list[dict[str, Any]]) -> int:
    """Return how many rows the busiest node had to look at."""
    dropped = ("Rows Removed by Filter", "Rows Removed by Index Recheck", "Rows Removed by Join Filter")
    return max(
        int((node["Actual Rows"] + sum(node.get(name, 0) for name in dropped)) * node["Actual Loops"])
        for node in nodes
    )


@pytest.mark.parametrize("firm_id", [None, "firm-1"])
def test_a_look_for_settled_issues_is_bounded_and_asks_indexes(filled: Postgres, firm_id: str | None) -> None:
    name = "resolve_settled" if firm_id is None else "resolve_settled_of_firm"
    values = {"firm_id": firm_id, "after": 0, "limit": LOOKED_AT_ONCE}
    nodes = explained(filled, Statements.beside(issues.__file__)[name], values)
    assert read_whole(nodes) == set()
    assert most_rows(nodes) <= LOOKED_AT_ONCE


def test_a_few_cases_of_a_firm_are_found_without_reading_all(filled: Postgres) -> None:
    values = {"firm_id": "firm-1", "limit": 5, "looked_at": cases.LOOKED_AT}
    nodes = explained(filled, Statements.beside(cases.__file__)["some"], values)
    assert read_whole(nodes) == set()
    assert most_rows(nodes) <= cases.LOOKED_AT < CASES


@pytest.mark.parametrize("name", HELD_BY_A_KEY)
@pytest.mark.parametrize("what", ["find", "count"])
def test_a_list_of_deliveries_reads_what_it_is_about(filled: Postgres, name: str, what: str) -> None:
    selection, bound = HELD_BY_A_KEY[name]
    statement, values = statement_for(ALL_FIRMS, selection, Statements.beside(desk.__file__)[what])
    nodes = explained(filled, statement, {**values, "limit": 50})
    assert read_whole(nodes) == set()
    assert most_rows(nodes) <= bound < DELIVERIES / 10


@pytest.mark.parametrize("selection", [Selection(firm_id="firm-1"), Selection(firm_id="no-such-firm")])
def test_a_list_of_one_firms_deliveries_reads_what_it_shows(filled: Postgres, selection: Selection) -> None:
    statement, values = statement_for(ALL_FIRMS, selection, Statements.beside(desk.__file__)["find"])
    nodes = explained(filled, statement, {**values, "limit": 50})
    assert read_whole(nodes) == set()
    assert most_rows(nodes) <= 50


@pytest.mark.parametrize("selection", [Selection(), Selection(firm_id="firm-1"), Selection().replayable()])
def test_a_later_page_of_deliveries_costs_what_the_first_one_does(
    filled: Postgres, selection: Selection
) -> None:
    statement, values = statement_for(ALL_FIRMS, selection, Statements.beside(desk.__file__)["find_before"])
    nodes = explained(filled, statement, {**values, "limit": 50, "before": DELIVERIES // 2})
    assert read_whole(nodes) == set()
    assert most_rows(nodes) <= 3 * UNFINISHED


def test_counting_for_a_page_ends_at_its_cap(filled: Postgres) -> None:
    statement, values = statement_for(
        ALL_FIRMS, Selection(), Statements.beside(desk.__file__)["count_at_most"]
    )
    assert most_rows(explained(filled, statement, {**values, "at_most": 10_001})) <= 10_001


@pytest.mark.parametrize("kind", ["replayable", "discardable"])
def test_a_batch_of_a_bulk_operation_reads_what_it_is_about(filled: Postgres, kind: str) -> None:
    wanted: Selection = getattr(replace(Selection(), bounds=Bounds(DELIVERIES, DELIVERIES)), kind)()
    statement, values = statement_for(ALL_FIRMS, wanted, Statements.beside(desk.__file__)["numbers"])
    nodes = explained(filled, statement, {**values, "limit": 1_000, "after": 0})
    assert read_whole(nodes) <= {"delivery_attempts"}  # which is empty here
    assert most_rows(nodes) <= 3 * UNFINISHED


def test_what_waits_is_told_without_reading_what_is_done(filled: Postgres) -> None:
    nodes = explained(filled, Statements.beside(upkeep.__file__)["backlogs"], {})
    assert read_whole(nodes) == set()
    assert most_rows(nodes) <= UNFINISHED


@pytest.mark.parametrize("order", FirmOrder)
@pytest.mark.parametrize("behind", [None, Behind("firm-300")])
def test_firms_at_a_glance_are_read_in_their_order(
    filled: Postgres, order: FirmOrder, behind: Behind | None
) -> None:
    name = "by_night" if order is FirmOrder.NIGHT else "by_problems"
    values = {
        "firms": None,
        "words": "",
        "firm_id": behind and behind.firm_id,
        "good_at": None,
        "issues": 4,
        "limit": 50,
    }
    nodes = explained(filled, Statements.beside(firms.__file__)[name], values)
    if order is FirmOrder.NIGHT:
        assert read_whole(nodes) == set()
        assert most_rows(nodes) <= 51 + ISSUES // 50  # the firms that are shown, and what is open of them
    else:
        assert read_whole(nodes) <= {"firms", "issues"}  # all of them are open here
        assert most_rows(nodes) <= ISSUES + FIRMS


@pytest.mark.parametrize("name", ["purge_delivered", "purge_failed"])
@pytest.mark.parametrize("after", ["30 days", "400 days"], ids=["much is due", "nothing is due"])
def test_text_is_removed_by_a_thousand_without_reading_what_is_not_due(
    filled: Postgres, name: str, after: str
) -> None:
    values = {"after": after, "limit": 1_000, "private": ["text"], "text_purged": "text_purged"}
    nodes = explained(filled, Statements.beside(texts.__file__)[name], values)
    assert read_whole(nodes) <= {"firms"}
    assert most_rows(nodes) <= FIRMS


def test_counting_for_metrics_reads_what_is_not_done(filled: Postgres) -> None:
    values = {"discarded": Reason.DISCARDED.value}
    nodes = explained(filled, Statements.beside(upkeep.__file__)["count_deliveries"], values)
    assert read_whole(nodes) == set()
    assert most_rows(nodes) <= UNFINISHED
    counted = PostgresUpkeep(filled.pool).snapshot()
    assert sum(counted.deliveries.values()) == UNFINISHED


def test_what_took_long_to_count_is_not_counted_again_at_once(filled: Postgres) -> None:
    """However often it is scraped: counting takes a twentieth of the time."""
    clock = iter([0.0, 2.0, 2.0 + 2.0 * KEPT_TIMES - 0.1, 2.0 + 2.0 * KEPT_TIMES, 50.0, 50.0])
    upkept = PostgresUpkeep(filled.pool, elapsed=lambda: next(clock))
    first = upkept.snapshot()
    assert upkept.snapshot() is first
    assert upkept.snapshot() is not first


@pytest.mark.parametrize("at", ["1970-01-01T00:00:00Z", "9999-01-01T00:00:00Z", "now"])
def test_who_follows_a_firms_cases_reads_a_page_of_them(filled: Postgres, at: str) -> None:
    values = {"firm_id": "firm-1", "at": at, "id": "", "limit": 51}
    nodes = explained(filled, Statements.beside(cases.__file__)["changed"], values)
    assert read_whole(nodes) == set()
    assert most_rows(nodes) <= 51


@pytest.mark.parametrize("name", ["behind_of_all", "behind", "newest_of_all", "newest", "newest_of_case"])
@pytest.mark.parametrize("firm_ids", [["firm-1"], ["firm-2", "firm-7"]], ids=["one firm", "two firms"])
def test_announcements_are_read_by_their_place(filled: Postgres, name: str, firm_ids: list[str]) -> None:
    asked = {"place": 80_000, "before": 50_000, "kind": None, "limit": 51}
    values = {**asked, "firms": firm_ids, "subject": None if name == "newest_of_all" else "44"}
    nodes = explained(filled, Statements.beside(outbox.__file__)[name], values)
    assert read_whole(nodes) == set()
    assert most_rows(nodes) <= 51 * len(firm_ids)


@pytest.mark.parametrize("name", ["last_of_all", "last"])
def test_the_last_place_is_found_at_the_end_of_an_index(filled: Postgres, name: str) -> None:
    values = {"firms": ["firm-1", "firm-7"]}
    nodes = explained(filled, Statements.beside(outbox.__file__)[name], values)
    assert read_whole(nodes) == set()
    assert most_rows(nodes) <= 2


@pytest.mark.parametrize(
    ("module", "name", "asked"),
    [
        (desk, "named", {"name": "m-150000"}),
        (cases, "firms_with", {"integration_id": "17"}),
        (shared_notes, "seen", {"note_id": "note-17"}),
    ],
)
def test_a_look_up_finds_an_id_by_itself_however_many_firms_there_are(
    filled: Postgres, module: ModuleType, name: str, asked: Mapping[str, Any]
) -> None:
    assert module.__file__ is not None
    statement = Statements.beside(module.__file__)[name]
    for reach in (None, ["firm-1"], [f"firm-{number}" for number in range(1, FIRMS + 1)]):
        nodes = explained(filled, statement, {**asked, "firms": reach, "limit": 20})
        assert read_whole(nodes) == set()
        assert most_rows(nodes) <= FIRMS, "each firm has the id once at the most"
        loops = [node["Actual Loops"] for node in nodes if "Index Name" in node]
        assert max(loops) <= 20, "no index is walked for each firm"
