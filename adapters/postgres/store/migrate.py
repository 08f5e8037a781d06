"""Forward-only numbered migrations, safe under concurrency and for rolling deploys."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from adapters.postgres.store.address import straight
from adapters.postgres.store.statements import Statements
from core.errors import ConfigurationError
from core.reason import Reason

MIGRATIONS = Path(__file__).parent.parent / "migrations"
_NAME = re.compile(r"(\d{4})_[a-z0-9_]+\.sql")
# Any number, but the same in every release: whoever holds it is the one who migrates.
_LOCK = 7_203_115_001
_SQL = Statements.beside(__file__)
_NAME_HERE = "casebridge-migrate"


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its name without `.sql`, its text, and the SHA-256 of the text."""

    name: str
    sql: bytes
    checksum: str


def migrate(database_url: str, *, folder: Path = MIGRATIONS) -> list[str]:
    """Apply what is pending, each in its own transaction, and return the names applied.

    Any number of processes may do this at once: one works, the others wait (two minutes at most) and find
    nothing left. Migrations of a newer release are left alone. Raises ConfigurationError where an applied
    file was changed, and as `straight` does.
    """
    files = read_migrations(folder)
    done: list[str] = []
    with straight(database_url, _NAME_HERE) as connection:
        connection.execute(_SQL["wait_for_others"])
        connection.execute(_SQL["take_as_long_as_it_takes"])
        connection.execute(_SQL["lock"], {"key": _LOCK})
        connection.execute(_SQL["create_table"])
        for migration in _pending(files, _applied(connection)):
            with connection.transaction():
                connection.execute(migration.sql, prepare=False)
                connection.execute(_SQL["note"], {"name": migration.name, "checksum": migration.checksum})
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
