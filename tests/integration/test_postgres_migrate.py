"""Migrations: each applied once, however many start together, and never changed afterwards."""

from functools import partial
from pathlib import Path

import psycopg
import pytest

from adapters.cli.words import sentence
from adapters.postgres.store.access import prepare_role
from adapters.postgres.store.migrate import MIGRATIONS, migrate, pending, read_migrations
from adapters.postgres.store.pool import open_pool
from core.errors import ConfigurationError, PermanentError, TransientError
from core.reason import Reason
from tests.integration.postgres_support import all_at_once
from tests.servers import PostgresServer, free_port


def tables(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        found = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
    return {name for (name,) in found}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_first.sql").write_text("create table first (n int);\ninsert into first values (1);\n")
    (tmp_path / "0002_second.sql").write_text("create table second (n int);\n")
    return tmp_path


def test_a_new_database_gets_all_migrations_in_order_and_then_none(database_url: str) -> None:
    names = [migration.name for migration in read_migrations()]
    assert pending(database_url) == names
    assert migrate(database_url) == names
    assert pending(database_url) == []
    assert migrate(database_url) == []


def test_looking_at_what_is_pending_changes_nothing(database_url: str) -> None:
    pending(database_url)
    assert tables(database_url) == set()


def test_of_four_that_migrate_at_once_one_does_it_and_the_others_find_nothing_left(database_url: str) -> None:
    names = [migration.name for migration in read_migrations()]
    applied = all_at_once(*[partial(migrate, database_url)] * 4)
    assert sorted(applied, key=len) == [[], [], [], names]


def test_only_what_is_new_is_applied(database_url: str, folder: Path) -> None:
    migrate(database_url, folder=folder)
    (folder / "0003_third.sql").write_text("alter table second add column m int")
    assert migrate(database_url, folder=folder) == ["0003_third"]


def test_a_failing_migration_leaves_nothing_of_itself_and_keeps_those_before_it(
    database_url: str, folder: Path
) -> None:
    (folder / "0002_second.sql").write_text("create table second (n int);\nselect 1 / 0;\n")
    with pytest.raises(PermanentError):
        migrate(database_url, folder=folder)
    assert tables(database_url) == {"first", "schema_migrations"}
    assert pending(database_url, folder=folder) == ["0002_second"]


def test_an_applied_migration_that_was_changed_is_named_and_nothing_is_applied(
    database_url: str, folder: Path
) -> None:
    migrate(database_url, folder=folder)
    (folder / "0001_first.sql").write_text("create table first (n bigint)")
    (folder / "0003_third.sql").write_text("create table third (n int)")
    with pytest.raises(ConfigurationError, match=r"0001_first was applied .* with another content"):
        migrate(database_url, folder=folder)
    assert "third" not in tables(database_url)


def test_line_ends_of_a_checkout_are_no_change(database_url: str, folder: Path) -> None:
    migrate(database_url, folder=folder)
    first = folder / "0001_first.sql"
    first.write_bytes(first.read_bytes().replace(b"\n", b"\r\n"))
    assert migrate(database_url, folder=folder) == []


def test_migrations_of_a_newer_release_are_left_alone(database_url: str, folder: Path) -> None:
    migrate(database_url, folder=folder)
    (folder / "0002_second.sql").unlink()
    assert migrate(database_url, folder=folder) == []


@pytest.mark.parametrize("name", ["3_third.sql", "0003-third.sql", "0002_third.sql"])
def test_a_misnamed_or_doubly_numbered_file_is_refused(folder: Path, name: str) -> None:
    (folder / name).write_text("select 1")
    with pytest.raises(ConfigurationError, match=name):
        read_migrations(folder)


def test_the_release_has_all_its_migrations_readable_from_the_first_on() -> None:
    names = [migration.name for migration in read_migrations()]
    assert len(names) == len(list(MIGRATIONS.glob("*.sql")))
    assert names[0].startswith("0001_")  # numbers ascend, with gaps: parts of the service count in ranges


def test_a_database_out_of_reach_is_a_passing_error() -> None:
    with pytest.raises(TransientError):
        migrate(f"postgresql://nobody:secret@127.0.0.1:{free_port()}/none")


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1", "WIN1252", "EUC_JP", "KOI8R"])
def test_a_database_that_cannot_hold_every_letter_is_refused_and_left_alone(
    postgres_server: PostgresServer, encoding: str
) -> None:
    url = postgres_server.create_database(encoding=encoding)
    for asked in (migrate, pending, prepare_role):
        with pytest.raises(ConfigurationError, match=encoding) as caught:
            asked(url)
        assert caught.value.reason is Reason.DATABASE_ENCODING
    assert "template0 encoding 'UTF8'" in sentence(caught.value)
    with psycopg.connect(url) as connection:
        assert connection.execute("select from pg_tables where schemaname = 'public'").fetchone() is None
    postgres_server.drop_database(url)


def test_every_letter_is_sent_whatever_encoding_the_url_asks_for(
    migrated_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
    url = f"{migrated_database_url}?client_encoding=LATIN1"
    with (
        open_pool(url, min_size=1, max_size=1, application_name="test") as pool,
        pool.connection() as connection,
    ):
        assert connection.execute("select %s::text", ["\U0001f600 łß"]).fetchone() == ("\U0001f600 łß",)


def test_an_unusable_url_is_a_setting_to_correct_and_its_password_is_not_shown() -> None:
    with pytest.raises(ConfigurationError, match="CASEBRIDGE_DATABASE_URL") as caught:
        migrate("postgresql://user:hunter2@host:port:5432/x y")
    assert "hunter2" not in str(caught.value)
