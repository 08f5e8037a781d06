"""The second wall: what a transaction for a person or a program can see, whatever it asks for."""

import json
from collections.abc import Iterator
from typing import LiteralString, cast

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner

from adapters.cli.app import build
from adapters.postgres.store.access import ROLE, prepare_role
from adapters.postgres.store.migrate import migrate
from adapters.postgres.store.pool import open_pool
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from bootstrap.application import Application
from bootstrap.command_line import command_line
from bootstrap.secret import Secret
from bootstrap.settings import Settings
from core.actor import ALL_FIRMS, SYSTEM, Actor, Reach, Role
from core.errors import ConfigurationError, PermanentError
from core.firm import Firm
from core.reason import Reason

# Tables without a firm of their own, each with the reason why it needs no policy of its actor's firms.
_NO_FIRM = {
    "bulk_operations": "several firms' at once: by a policy of its own, for who reaches all of them",
    "processes": "they serve all firms: for all firms only, by a policy of its own",
    "rejected_events": "whose they are is not certain: for all firms only, by a policy of its own",
    "api_keys": "a key may have several firms: for who reaches all of them, by a policy of its own",
    "people": "a person may have several firms: for who reaches all of them, by a policy of its own",
    "rounds": "no grants",
    "schema_migrations": "no grants",
    "sessions": "no grants",
    "sign_in_links": "no grants",
    "sign_in_tries": "no grants",
    "slots": "no grants",
    "cells": "no grants",
    "unexpected_errors": "no grants",
    "answers": "no grants",
    "removals": "no grants",
}


@pytest.fixture
def catalogue(migrated_database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(migrated_database_url, autocommit=True) as connection:
        yield connection


def _person(*firm_ids: str, firms: Reach | None = None) -> Actor:
    return Actor("tom", Role.FIRM_ADMIN, frozenset(firm_ids) if firms is None else firms)


def _tables(catalogue: psycopg.Connection) -> dict[str, tuple[bool, bool, int]]:
    rows = catalogue.execute(
        """
        select relname, relrowsecurity,
               exists (select from pg_attribute where attrelid = pg_class.oid and attname = 'firm_id'),
               (select count(*) from pg_policy where polrelid = pg_class.oid)
        from pg_class
        where relkind in ('r', 'p') and relnamespace = current_schema()::regnamespace
        """
    ).fetchall()
    return {name: (secured, has_firm, policies) for name, secured, has_firm, policies in rows}


def test_every_table_with_a_firm_has_a_policy(catalogue: psycopg.Connection) -> None:
    tables = _tables(catalogue)
    assert len(tables) > 25
    for name, (secured, has_firm, policies) in tables.items():
        if has_firm:
            assert secured, f"call casebridge_guard('{name}') in the migration that makes it"
            assert policies == 1, name
        else:
            assert name in _NO_FIRM, f"{name} has no firm_id: say here why it needs no policy"


def test_what_has_no_firm_is_out_of_reach_or_has_a_policy_of_its_own(catalogue: psycopg.Connection) -> None:
    tables = _tables(catalogue)
    for name, why in _NO_FIRM.items():
        secured, _, policies = tables[name]
        allowed = catalogue.execute("select has_table_privilege(%s, %s, 'select')", [ROLE, name]).fetchone()
        assert allowed is not None
        assert allowed[0] is not (why == "no grants"), name
        assert (secured and policies > 0) is (why != "no grants"), name


def test_rows_of_each_table_are_seen_by_their_own_firm_alone(catalogue: psycopg.Connection) -> None:
    """By the policy as it stands in the catalogue: every table is asked, a new one by itself."""
    guarded = [name for name, (_, has_firm, _) in _tables(catalogue).items() if has_firm]
    for reach, sees in (("*", True), ('{"north"}', True), ('{"south"}', False), ("{}", False), ("", False)):
        with catalogue.transaction():
            catalogue.execute(
                "select set_config('role', %s, true), set_config('casebridge.firms', %s, true)", [ROLE, reach]
            )
            for name in guarded:
                quals = catalogue.execute(
                    "select pg_get_expr(polqual, polrelid) from pg_policy where polrelid = %s::regclass",
                    [name],
                ).fetchall()
                row = catalogue.execute(
                    sql.SQL("select {} from (values ('north'::text)) as a_row (firm_id)").format(
                        sql.SQL(cast("LiteralString", quals[0][0]))
                    )
                ).fetchone()
                assert row is not None
                assert bool(row[0]) is sees, (name, reach)


def test_a_person_sees_its_own_firms_and_the_system_all(migrated_database_url: str) -> None:
    with open_pool(migrated_database_url, min_size=1, max_size=1, application_name="test") as pool:
        odd = 'n"or\\th, {"south"}'
        with PostgresUnitOfWork(pool, SYSTEM) as uow:
            for firm_id in ("north", "south", odd):
                uow.firms.save(Firm(firm_id, firm_id))
            uow.commit()
        for actor, seen in (
            (SYSTEM, {"north", "south", odd}),
            (_person(firms=ALL_FIRMS), {"north", "south", odd}),
            (_person("north"), {"north"}),
            (_person("north", odd), {"north", odd}),
            (_person(odd), {odd}),
            (_person(), set()),
            (_person("*"), set()),
        ):
            with PostgresUnitOfWork(pool, actor) as uow:
                assert {firm.firm_id for firm in uow.firms.all(ALL_FIRMS)} == seen, actor
                uow.commit()  # the next transaction of the same unit is held to them as well
                assert {firm.firm_id for firm in uow.firms.all(ALL_FIRMS)} == seen, actor
        with (
            PostgresUnitOfWork(pool, _person("south")) as uow,
            pytest.raises(PermanentError, match="InsufficientPrivilege"),
        ):
            uow.firms.save(Firm("north", "taken over"))


def test_what_a_person_did_leaves_nothing_to_the_next_transaction_of_its_connection(
    migrated_database_url: str,
) -> None:
    with open_pool(migrated_database_url, min_size=1, max_size=1, application_name="test") as pool:
        with PostgresUnitOfWork(pool, SYSTEM) as uow:
            uow.firms.save(Firm("north", "North"))
            uow.commit()
        with PostgresUnitOfWork(pool, _person("south")) as uow:
            assert uow.firms.all(ALL_FIRMS) == []
        with PostgresUnitOfWork(pool, SYSTEM) as uow:
            assert [firm.firm_id for firm in uow.firms.all(ALL_FIRMS)] == ["north"]


def test_migrate_says_what_an_administrator_has_to_run_and_doctor_whether_it_was_done(
    database_url: str,
) -> None:
    owner = sql.Identifier("cbtest_owner_of_its_own")
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(sql.SQL("drop role if exists {}").format(owner))
        admin.execute(sql.SQL("create role {} login password 'x'").format(owner))
        admin.execute(sql.SQL("grant all on schema public to {}").format(owner))
        try:
            url = psycopg.conninfo.make_conninfo(database_url, user="cbtest_owner_of_its_own", password="x")
            code, told = _casebridge(url, "migrate", "--json")
            data = json.loads(told)
            statements = data["to_run"]
            assert (code, statements[-1]) == (1, f'grant "{ROLE}" to "cbtest_owner_of_its_own"')
            assert data["applied"]
            code, told = _casebridge(url, "migrate")
            assert code == 1
            assert "row-level security" in told
            assert f"\n{statements[-1]};\n" in told
            assert _doctor(url) == "failed"
            for statement in statements:
                admin.execute(statement)
            assert _casebridge(url, "migrate", "--json") == (0, '{"applied": [], "to_run": []}\n')
            assert _doctor(url) == "ok"
        finally:
            admin.execute(sql.SQL("grant {} to current_user").format(owner))  # to drop what is its own
            admin.execute(sql.SQL("drop owned by {}").format(owner))
            admin.execute(sql.SQL("drop role {}").format(owner))


def _casebridge(url: str, *arguments: str) -> tuple[int, str]:
    application = Application(Settings(database_url=Secret(url)))
    try:
        done = CliRunner().invoke(build(command_line(application)), arguments)
    finally:
        application.close()
    return done.exit_code, done.stdout


def _doctor(url: str) -> str:
    _, told = _casebridge(url, "doctor", "--json")
    [state] = [row["state"] for row in json.loads(told) if row["part"] == "row-level security"]
    return str(state)


def test_who_may_not_make_the_role_is_told_the_statements(database_url: str) -> None:
    migrate(database_url)
    with psycopg.connect(database_url, autocommit=True) as admin:
        owner = "cbtest_owner_without_rights"
        admin.execute(sql.SQL("drop role if exists {}").format(sql.Identifier(owner)))
        admin.execute(sql.SQL("create role {} login password 'x'").format(sql.Identifier(owner)))
        try:
            url = psycopg.conninfo.make_conninfo(database_url, user=owner, password="x")
            left = prepare_role(url)
            assert left[-1] == f'grant "{ROLE}" to "{owner}"'
            with (
                open_pool(url, min_size=1, max_size=1, application_name="test") as pool,
                PostgresUnitOfWork(pool, _person("north")) as uow,
                pytest.raises(ConfigurationError) as refused,
            ):
                uow.firms.all(ALL_FIRMS)
            assert refused.value.reason is Reason.ROLE_MISSING
        finally:
            admin.execute(sql.SQL("drop role {}").format(sql.Identifier(owner)))
