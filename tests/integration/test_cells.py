"""Cells in Postgres: whose rows move, numbers that never meet, files that keep their secrets."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from adapters.postgres.store.migrate import migrate
from adapters.postgres.transfer.cell import FIRST, Cell, hear_of, known_cells, number_cell
from adapters.postgres.transfer.tables import STAYS_HERE, firm_tables, untold
from core.errors import ConfigurationError
from core.reason import Reason
from tests.servers import PostgresServer

STRANGER: Final = Cell(7, "00000000-0000-0000-0000-000000000007", is_early=False)


@pytest.fixture
def url(postgres_server: PostgresServer, template_url: str) -> Iterator[str]:
    url = postgres_server.create_database(template=template_url)
    yield url
    postgres_server.drop_database(url)


@pytest.fixture
def link(url: str) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection


def test_of_every_table_it_is_said_whether_it_moves_with_a_firm(link: psycopg.Connection[Any]) -> None:
    assert untold(link) == [], "it has neither a firm_id nor a reference: tables.py says what becomes of it"
    link.execute("create table of_nobody (number integer)")
    assert untold(link) == ["of_nobody"]
    known = {
        name for (name,) in link.execute("select tablename::text from pg_tables where schemaname = 'public'")
    }
    assert STAYS_HERE.keys() <= known


def test_a_new_table_of_firms_moves_by_itself_behind_what_it_refers_to(link: psycopg.Connection[Any]) -> None:
    link.execute("create table a_new_one (firm_id text, number integer)")
    link.execute("create table a_child (delivery_id bigint references deliveries, word text)")
    link.execute(
        "create table a_grandchild (stray bigint, id text, foreign key (stray, id) references stray_ids)"
    )
    names = [table.name for table in firm_tables(link)]
    assert {"a_new_one", "a_child", "a_grandchild"} <= set(names)
    assert names.index("deliveries") < names.index("a_child")
    assert names.index("deliveries") < names.index("stray_ids") < names.index("a_grandchild")
    for table in firm_tables(link):  # and the server takes each condition
        client = psycopg.ClientCursor(link)
        client.execute(table.rows(), {"firm_id": "north", "spellings": [b"x"]})


def test_secrets_stand_in_no_table_but_the_one_that_is_encrypted_anew(link: psycopg.Connection[Any]) -> None:
    query = "select distinct table_name::text from information_schema.columns where column_name like %s"
    tables = {name for (name,) in link.execute(query, ["%ciphertext"])}
    assert tables - STAYS_HERE.keys() == {"connections"}


def test_all_sequences_of_a_cell_give_numbers_that_end_with_its_own(
    link: psycopg.Connection[Any], url: str
) -> None:
    number_cell(url, 7)
    names = [name for (name,) in link.execute("select sequencename::text from pg_sequences").fetchall()]
    assert len(names) > 15
    for name in names:
        given = [link.execute("select nextval(%s::regclass)", [name]).fetchone() for _ in range(2)]
        assert given == [(FIRST + 7,), (FIRST + 1_007,)], name
    number_cell(url, 7)
    number_cell(url, 0)  # as it had been
    assert link.execute("select nextval('runs_run_id_seq')").fetchone() == (FIRST + 2_007,)


def test_a_cell_that_gave_numbers_before_goes_on_behind_them_and_says_so(
    link: psycopg.Connection[Any], url: str
) -> None:
    link.execute("select nextval('runs_run_id_seq') from generate_series(1, 5)")
    number_cell(url, 7)
    assert link.execute("select nextval('runs_run_id_seq')").fetchone() == (FIRST + 7,)
    assert [cell.is_early for cell in known_cells(link)] == [True]


def test_a_sequence_that_comes_later_gets_the_number_too(link: psycopg.Connection[Any], url: str) -> None:
    number_cell(url, 7)
    link.execute("create table later (id bigserial)")
    number_cell(url, 0)
    assert link.execute("select nextval('later_id_seq')").fetchone() == (FIRST + 7,)


def test_a_cell_never_gets_another_number(url: str) -> None:
    number_cell(url, 7)
    with pytest.raises(ConfigurationError, match="never changes"):
        number_cell(url, 8)


def test_without_a_number_all_is_as_it_was(link: psycopg.Connection[Any], url: str) -> None:
    number_cell(url, 0)
    assert link.execute("select nextval('runs_run_id_seq')").fetchone() == (1,)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (Cell(7, STRANGER.identity.replace("7", "8"), is_early=False), "have the number 7"),
        (Cell(9, STRANGER.identity.replace("7", "9"), is_early=True), "before they had a number"),
    ],
)
def test_two_cells_that_could_give_one_number_are_seen(
    link: psycopg.Connection[Any], url: str, told: Cell, why: str
) -> None:
    link.execute("select nextval('runs_run_id_seq')")
    number_cell(url, 1)  # an early one
    with link.transaction():
        hear_of(link, [STRANGER])
        hear_of(link, [STRANGER])
    with pytest.raises(ConfigurationError, match=re.escape(why)) as caught, link.transaction():
        hear_of(link, [told])
    assert caught.value.reason is Reason.CELLS_ALIKE
    assert [cell.number for cell in known_cells(link)] == [1, 7]


def test_migrating_a_numbered_cell_changes_nothing(url: str) -> None:
    number_cell(url, 7)
    assert migrate(url) == []


def test_a_file_is_its_owners_alone_and_nobody_reads_a_secret_in_it(tmp_path: Path) -> None:
    from adapters.postgres.transfer.paths import new_file
    from adapters.postgres.transfer.sealed import SealedReader, SealedWriter

    path, key, secret = tmp_path / "north.firm", b"k" * 32, b"privileged" * 100_000
    with new_file(path) as file:
        writer = SealedWriter(file, key)
        writer.write(secret)
        writer.close()
        assert not path.exists(), "it has its name when it is whole"
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"privileged" not in path.read_bytes()
    assert base64.b64encode(b"privileged") not in path.read_bytes()
    with path.open("rb") as file:
        reader = SealedReader(file, key)
        assert reader.read(len(secret)) == secret
        reader.must_be_over()


def test_what_is_cut_short_leaves_no_file(tmp_path: Path) -> None:
    from adapters.postgres.transfer.paths import new_file

    with pytest.raises(KeyboardInterrupt), new_file(tmp_path / "north.firm"):
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
