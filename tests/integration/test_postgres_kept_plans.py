"""Plans are kept for some seconds: neither made anew for each statement, nor for ever (ADR 116)."""

from adapters.postgres.store.limited_connection import LimitedConnection
from adapters.postgres.store.pool import PLANS_KEPT_S, connection_arguments, open_pool
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from core.actor import ALL_FIRMS, SYSTEM, Actor, Role

GROWN = 20_000  # rows; a table of one page before


def read_by(connection: LimitedConnection) -> str:
    """Return how the prepared statement reads its table."""
    row = connection.execute("explain (format json) execute by_key(17)").fetchone()
    assert row is not None
    return str(row[0][0]["Plan"]["Node Type"])


def test_a_plan_from_a_tables_small_days_is_forgotten(migrated_database_url: str) -> None:
    arguments = connection_arguments(migrated_database_url, "test")
    with LimitedConnection.connect("", **arguments) as connection:
        connection.execute("create temporary table growing (key integer primary key)")
        connection.execute("insert into growing values (1)")
        connection.execute("analyze growing")
        connection.commit()
        connection.execute("set plan_cache_mode = force_generic_plan")
        connection.execute("prepare by_key (integer) as select from growing where key = $1")
        assert read_by(connection) == "Seq Scan"
        connection.execute("insert into growing select generate_series(2, %s)", [GROWN])
        connection.commit()
        assert read_by(connection) == "Seq Scan", "nobody analyzed it meanwhile"
        connection.commit()
        assert connection.forget_old_plans(PLANS_KEPT_S)
        assert read_by(connection).startswith("Index")
        connection.commit()
        assert not connection.forget_old_plans(PLANS_KEPT_S), "that was a moment ago"
        assert connection.forget_old_plans(0)


def test_casebridge_keeps_plans_and_what_people_ask_is_planned_each_time(migrated_database_url: str) -> None:
    person = Actor("max", Role.OPERATOR, ALL_FIRMS)
    with open_pool(migrated_database_url, min_size=1, max_size=1, application_name="test") as pool:
        modes = {}
        for actor in (SYSTEM, person, SYSTEM):
            with PostgresUnitOfWork(pool, actor) as uow:
                row = uow._session.row("show plan_cache_mode")
                modes[actor.name] = row and row[0]
    assert modes == {SYSTEM.name: "auto", person.name: "force_custom_plan"}
