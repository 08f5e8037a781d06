"""Forward-only numbered migrations, safe under concurrency, under load, and for rolling deploys.

A migration is one transaction, unless its file begins with `-- outside a transaction`: then each of its
parts, under `-- step`, is a statement by itself, as `create index concurrently` has to be. Such a step may be
run twice: what was cut short begins with the first step again. `-- step until nothing is left` is run again
and again until it changes no row: what changes many takes some at a time.

Nobody waits for a migration for longer than a second. One that needs a table for itself asks for it for that
long, because all others who come queue up behind it, and asks again a little later, for some minutes.
"""

import hashlib
import random
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from adapters.postgres.store.address import straight
from adapters.postgres.store.statements import Statements
from core.errors import ConfigurationError, TransientError
from core.reason import Reason

MIGRATIONS = Path(__file__).parent.parent / "migrations"
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
# Any number, but the same in every release: whoever holds it is the one who migrates.
_LOCK = 7_203_115_001
_SQL = Statements.beside(__file__)
_NAME_HERE = "casebridge-migrate"
_OUTSIDE = re.compile(rb"-- outside a transaction\s*\n")
_STEP = re.compile(rb"^-- step( until nothing is left)?[ \t]*$", re.MULTILINE)
_BUILDS = re.compile(rb"create (?:unique )?index concurrently if not exists (\w+)")
_OTHERS_WORK_WITHIN_S = 600.0
_TABLE_FREE_WITHIN_S = 120.0
_LONGEST_WAIT_S = 0.5


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its name without `.sql`, its text, and the SHA-256 of the text."""

    name: str
    sql: bytes
    checksum: str


def migrate(database_url: str, *, folder: Path = MIGRATIONS) -> list[str]:
    """Apply what is pending, in order, and return the names applied.

    Any number of processes may do this at once: one works, the others wait (ten minutes at most) and find
    nothing left. Migrations of a newer release are left alone. Raises ConfigurationError where an applied
    file was changed, TransientError where others or a table were waited for in vain, and as `straight` does.
    """
    files = read_migrations(folder)
    done: list[str] = []
    with straight(database_url, _NAME_HERE) as connection:
        connection.execute(_SQL["take_as_long_as_it_takes"])
        _wait_for_others(connection)
        connection.execute(_SQL["create_table"])
        for migration in _pending(files, _applied(connection)):
            steps = _steps(migration.sql)
            if steps is None:
                _when_tables_are_free(partial(_apply, connection, migration))
            else:
                _apply_steps(connection, steps)
                connection.execute(_SQL["note"], _noted(migration))
            done.append(migration.name)
    return done


def pending(database_url: str, *, folder: Path = MIGRATIONS) -> list[str]:
    """Return the names still to be applied. Raises as `migrate` does; changes nothing."""
    files = read_migrations(folder)
    with straight(database_url, _NAME_HERE) as connection:
        exists = connection.execute(_SQL["table_exists"]).fetchone()
        applied = _applied(connection) if exists and exists[0] else {}
    return [migration.name for migration in _pending(files, applied)]


def read_migrations(folder: Path = MIGRATIONS) -> list[Migration]:
    """Return the migrations in order. Raises ConfigurationError for a misnamed or doubly numbered file."""
    found: dict[str, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        match = _NAME.fullmatch(path.name)
        if match is None or match[1] in found:
            raise ConfigurationError(
                f"{path.name} cannot be a migration: names are NNNN_words.sql, each number once"
            )
        text = path.read_bytes().replace(b"\r\n", b"\n")
        found[match[1]] = Migration(path.stem, text, hashlib.sha256(text).hexdigest())
    return list(found.values())


@dataclass(frozen=True, slots=True)
class _Step:
    sql: bytes
    until_nothing_is_left: bool


def _steps(text: bytes) -> list[_Step] | None:
    """Return the steps of a migration outside a transaction; None for any other."""
    if _OUTSIDE.match(text) is None:
        return None
    _, *found = _STEP.split(text)
    return [_Step(below, bool(again)) for again, below in zip(found[::2], found[1::2], strict=True)]


def _wait_for_others(connection: psycopg.Connection[Any]) -> None:
    """Take the lock, asking now and then: a statement that waited would hold up indexes that others build."""

    def is_ours() -> bool:
        row = connection.execute(_SQL["lock"], {"key": _LOCK}).fetchone()
        return bool(row and row[0])

    _patiently(is_ours, _OTHERS_WORK_WITHIN_S, "another process that migrates has not come to its end")


def _when_tables_are_free(apply: Callable[[], None]) -> None:
    def is_applied() -> bool:
        try:
            apply()
        except psycopg.errors.LockNotAvailable:
            return False
        return True

    _patiently(
        is_applied, _TABLE_FREE_WITHIN_S, "a table that a migration changes was never free for a second"
    )


def _patiently(is_done: Callable[[], bool], within_s: float, in_vain: str) -> None:
    deadline = time.monotonic() + within_s
    while not is_done():
        if time.monotonic() > deadline:
            raise TransientError(f"{in_vain}, within {within_s:g} s")
        time.sleep(random.uniform(0.1, _LONGEST_WAIT_S))


def _apply(connection: psycopg.Connection[Any], migration: Migration) -> None:
    with connection.transaction():
        connection.execute(_SQL["wait_a_second"])
        connection.execute(migration.sql, prepare=False)
        connection.execute(_SQL["note"], _noted(migration))


def _apply_steps(connection: psycopg.Connection[Any], steps: Sequence[_Step]) -> None:
    for step in steps:
        for name in _BUILDS.findall(step.sql):
            _drop_half_built(connection, name.decode())
        while connection.execute(step.sql, prepare=False).rowcount > 0 and step.until_nothing_is_left:
            pass


def _drop_half_built(connection: psycopg.Connection[Any], index: str) -> None:
    """Drop an index whose building was cut short: it would be paid for, and never used."""
    if connection.execute(_SQL["half_built"], {"index": index}).fetchone() is not None:
        connection.execute(sql.SQL("drop index concurrently if exists {}").format(sql.Identifier(index)))


def _noted(migration: Migration) -> dict[str, str]:
    return {"name": migration.name, "checksum": migration.checksum}


def _applied(connection: psycopg.Connection[tuple[str, str]]) -> dict[str, str]:
    return dict(connection.execute(_SQL["applied"]).fetchall())


def _pending(files: Sequence[Migration], applied: dict[str, str]) -> list[Migration]:
    for migration in files:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise ConfigurationError(
                f"migration {migration.name} was applied to this database with another content "
                f"({applied[migration.name][:12]}…, now {migration.checksum[:12]}…), and what was applied "
                "never changes",
                reason=Reason.MIGRATION_CHANGED,
            )
    return [migration for migration in files if migration.name not in applied]
