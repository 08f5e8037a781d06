"""The role in which transactions for people and programs run: row-level security holds it to their firms.

One database URL serves all: such a transaction begins by taking the role and naming the firms, both for this
transaction only, so that it works behind a pooler that shares connections between transactions.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import psycopg
from psycopg import errors, sql

from adapters.postgres.store.address import straight
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.time_limits import PEOPLE, TimeLimits
from core.actor import Actor, AllFirms
from core.errors import ConfigurationError
from core.reason import Reason

ROLE: Final = "casebridge_limited"
# What nobody but casebridge itself has business with.
_NOT_FOR_IT: Final = (
    "answers",
    "rounds",
    "cells",
    "removals",
    "schema_migrations",
    "sessions",
    "sign_in_links",
    "sign_in_tries",
    "slots",
    "unexpected_errors",
)
_CREATE: Final = sql.SQL("create role {role} nologin").format(role=sql.Identifier(ROLE))
_JOIN: Final = sql.SQL("grant {role} to {owner}")
_SQL: Final = Statements.beside(__file__)

Opening = Mapping[str, str]


def opening(actor: Actor) -> Opening | None:
    """Return whom an actor's transaction works as, and for which firms; None for the system."""
    if actor.is_system:
        return None
    firms = "*" if isinstance(actor.firms, AllFirms) else _array(sorted(actor.firms))
    return {"role": ROLE, "firms": firms}


def begin(connection: psycopg.Connection[Any], opening: Opening) -> None:
    """Begin a transaction so, with the time limits of people and programs.

    Raises ConfigurationError where the role is missing, or the owner may not become it.
    """
    missing = ""
    limits: TimeLimits = getattr(connection, "people", PEOPLE)
    settings = limits.settings(connection.info.server_version)
    begin = _SQL["begin_limited" if "transaction_timeout" in settings else "begin"]
    try:
        connection.execute(begin, {**opening, **settings})
    except (errors.InvalidParameterValue, errors.InsufficientPrivilege) as error:
        missing = f"{type(error).__name__}, SQLSTATE {error.sqlstate}"
    if missing:
        raise ConfigurationError(
            f"the database refused the role {ROLE!r}, in which people and programs work ({missing})",
            reason=Reason.ROLE_MISSING,
        )


def prepare_role(database_url: str) -> list[str]:
    """Make the role and give it what it needs; return the statements that somebody else must run for that.

    To be called after each migration: new tables need new grants. Nothing is left to do where it is empty.
    """
    left: list[str] = []
    with straight(database_url, "casebridge-migrate") as link:
        owner = link.execute(_SQL["owner"]).fetchone()
        assert owner is not None  # noqa: S101 - a select without from has one row
        join = _JOIN.format(role=sql.Identifier(ROLE), owner=sql.Identifier(owner[0]))
        if not _make_role(link):
            left.append(_CREATE.as_string(link))
        if not _join_role(link, join):
            left.append(join.as_string(link))
        if not left:
            for grant in _grants(link):
                link.execute(grant)
    return left


def _array(firm_ids: Sequence[str]) -> str:
    """Write an array as PostgreSQL reads it."""
    quoted = (firm_id.replace("\\", "\\\\").replace('"', '\\"') for firm_id in firm_ids)
    return "{" + ",".join(f'"{firm_id}"' for firm_id in quoted) + "}"


def _make_role(link: psycopg.Connection[Any]) -> bool:
    if link.execute(_SQL["role"], {"role": ROLE}).fetchone() is not None:
        return True
    try:
        link.execute(_CREATE)
    except errors.InsufficientPrivilege:
        return False
    except (errors.DuplicateObject, errors.UniqueViolation):
        return True  # somebody else was quicker: roles belong to the whole server
    return True


def _join_role(link: psycopg.Connection[Any], join: sql.Composed) -> bool:
    try:
        # Since version 16 who made a role is its member without the right to become it.
        option = "set" if link.info.server_version >= 160_000 else "member"
        row = link.execute(_SQL["may_become"], {"role": ROLE, "option": option}).fetchone()
        if row is not None and row[0]:
            return True
        link.execute(join)
    except (errors.InsufficientPrivilege, errors.UndefinedObject):
        return False
    return True


def _grants(link: psycopg.Connection[Any]) -> Sequence[sql.Composed]:
    role = sql.Identifier(ROLE)
    schema = link.execute(_SQL["schema"]).fetchone()
    assert schema is not None  # noqa: S101 - as above
    where = sql.Identifier(schema[0])
    return [
        sql.SQL("grant usage on schema {} to {}").format(where, role),
        sql.SQL("grant select, insert, update, delete on all tables in schema {} to {}").format(where, role),
        sql.SQL("grant usage on all sequences in schema {} to {}").format(where, role),
        *(
            sql.SQL("revoke all on {} from {}").format(sql.Identifier(schema[0], table), role)
            for table in _NOT_FOR_IT
        ),
    ]
