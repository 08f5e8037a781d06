"""What the end of a large firm's run costs, whatever the planner's statistics know of it."""

from collections.abc import Iterator

import pytest

from adapters.postgres.runs import runs
from tests.integration.postgres_support import Postgres, plan_nodes, postgres

CASES = 20_000


@pytest.fixture
def store(migrated_database_url: str) -> Iterator[Postgres]:
    with postgres(migrated_database_url) as store:
        store.connect_firm()
        yield store


def add_cases(store: Postgres) -> None:
    with store.pool.connection() as connection:
        connection.execute(
            """
            insert into cases (firm_id, integration_id, readable_id, practice_area, stage, closed, attorneys,
                               paralegals, lead_attorney, description, client_first_name, client_last_name,
                               client_phone, client_email, modified_at)
            select 'north', n::text, n::text, 'injury', 'intake', false, '[]',
                   '[]', 'null', '', '', '', '', '', now()
            from generate_series(1, %s) as n
            """,
            [CASES],
        )


def add_results(store: Postgres, run_id: int, number: int) -> None:
    with store.pool.connection() as connection:
        connection.execute(
            """
            insert into run_results (run_id, integration_id, firm_id, outcome, readable_id, changed)
            select %s, n::text, 'north', 'unchanged', n::text, '{}' from generate_series(1, %s) as n
            """,
            [run_id, number],
        )


def test_cases_that_a_run_did_not_see_are_found_in_one_reading_though_statistics_are_older(
    store: Postgres,
) -> None:
    """PostgreSQL gave up after a minute where statistics knew the first run alone, and no cases."""
    add_results(store, 1, CASES)
    with store.pool.connection() as connection:
        connection.execute("analyze run_results")
    add_cases(store)
    add_results(store, 2, CASES - 2)
    asked, unseen = {"firm_id": "north", "run_id": 2, "limit": 10}, runs._SQL["unseen"]
    with store.pool.connection() as connection:
        found = connection.execute(unseen, asked).fetchall()
        explained = connection.execute("explain (analyze, format json) " + unseen, asked).fetchone()
    assert found == [(str(CASES - 1),), (str(CASES),)]
    assert explained is not None
    read = [node["Actual Rows"] * node["Actual Loops"] for node in plan_nodes(explained[0][0]["Plan"])]
    assert max(read) <= 2 * CASES
