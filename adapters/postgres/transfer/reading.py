"""Bring a firm's rows in from a file: in one transaction, so that it is all here or nothing of it."""

import base64
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

from adapters.postgres.store.statements import Statements
from adapters.postgres.tokens.connections import TOKEN
from adapters.postgres.tokens.vault import Vault
from adapters.postgres.transfer.frames import FrameReader, Kind
from adapters.postgres.transfer.sealed import unusable
from adapters.postgres.transfer.tables import MERGED, Table, named, of_firm
from core.errors import ConfigurationError
from core.reason import Reason

_SQL: Final = Statements(Path(__file__).with_name("firm_files.sql"))
_STAGE: Final = sql.Identifier("brought_in")


def must_not_be_here(connection: psycopg.Connection[Any], firm_id: str, tables: dict[str, Table]) -> None:
    """Raise ConfigurationError where anything is kept of the firm, but for what may be here twice."""
    asked = of_firm(firm_id)
    here = [
        table.name
        for table in tables.values()
        if table.name not in MERGED
        and connection.execute(sql.SQL("select exists ({})").format(table.rows()), asked).fetchone()
        == (True,)
    ]
    if here:
        raise ConfigurationError(
            f"of firm {firm_id!r} something is kept here already: {', '.join(sorted(here))}",
            reason=Reason.FIRM_HERE_ALREADY,
            firm_id=firm_id,
        )


def read_tables(
    frames: FrameReader, connection: psycopg.Connection[Any], firm_id: str, tables: dict[str, Table]
) -> dict[str, int]:
    """Write all rows of the file. Return how many of each table; those without any are left out.

    Raises ConfigurationError where one is not the firm's: no firm's file reaches another firm, whoever made
    it. Nothing of the firm is here before.
    """
    asked = of_firm(firm_id)
    counts: dict[str, int] = {}
    while frames.is_at_table:
        told = frames.hear(Kind.TABLE)
        table = tables.get(told["name"])
        if table is None or list(table.columns) != told["columns"] or table.name in counts:
            raise unusable("its tables are not those of this database")
        rows = _read_table(frames, connection, table, asked)
        if frames.hear(Kind.TABLE_END)["rows"] != rows:
            raise unusable(f"it has another number of rows of {table.name} than it says")
        if rows:
            counts[table.name] = rows
    for name in counts.keys() - MERGED:
        # Before, there was none of the firm. More may be here by now: what comes for it just this moment.
        own = sql.SQL("select count(*) from {} where {}").format(sql.Identifier(name), tables[name].condition)
        [[found]] = connection.execute(own, asked).fetchall()
        if found < counts[name]:
            raise _of_another(name)
    return counts


def put_secrets(
    members: dict[str, str], connection: psycopg.Connection[Any], firm_id: str, vault: Vault
) -> int:
    """Encrypt what the firm logs in with under this cell's key, not its old cell's. Return how many."""
    if not members:
        return 0
    opened = {name: base64.b64decode(text) for name, text in members.items()}
    own = vault.seal(opened["credentials"], firm_id)
    token = vault.seal(opened["token"], firm_id, TOKEN) if "token" in opened else None
    connection.execute(
        _SQL["put_secrets"],
        {
            "firm_id": firm_id,
            "key_id": own.key_id,
            "nonce": own.nonce,
            "ciphertext": own.ciphertext,
            "token_key_id": token and token.key_id,
            "token_nonce": token and token.nonce,
            "token_ciphertext": token and token.ciphertext,
        },
    )
    return len(opened)


def _read_table(
    frames: FrameReader, connection: psycopg.Connection[Any], table: Table, asked: dict[str, Any]
) -> int:
    name, columns = sql.Identifier(table.name), named(table.columns)
    if table.name not in MERGED:
        return _copy(frames, connection, sql.SQL("copy {} ({}) from stdin").format(name, columns))
    connection.execute(
        sql.SQL("create temporary table {} on commit drop as select {} from {} with no data").format(
            _STAGE, columns, name
        )
    )
    rows = _copy(frames, connection, sql.SQL("copy {} ({}) from stdin").format(_STAGE, columns))
    foreign = sql.SQL("select exists (select from {} where ({}) is not true)").format(_STAGE, table.condition)
    if connection.execute(foreign, asked).fetchone() != (False,):
        raise _of_another(table.name)
    connection.execute(
        sql.SQL(
            "insert into {} ({}) overriding system value select {} from {} on conflict do nothing"
        ).format(name, columns, columns, _STAGE)
    )
    connection.execute(sql.SQL("drop table {}").format(_STAGE))
    return rows


def _copy(frames: FrameReader, connection: psycopg.Connection[Any], statement: sql.Composed) -> int:
    with connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for rows in frames.rows():
                copy.write(rows)
        return cursor.rowcount


def _of_another(table: str) -> ConfigurationError:
    return unusable(f"it has rows of {table} that are not the firm's")
