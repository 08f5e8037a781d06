"""Connections: opened by this service for this firm only, and keys rotate online."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import psycopg
import pytest
import structlog

from adapters.cli.words import sentence
from adapters.postgres.store.pool import Pool, open_reader
from adapters.postgres.tokens.connections import PostgresConnections
from adapters.postgres.tokens.keys import PostgresKeys
from adapters.postgres.tokens.known_keys import name_with_keys
from adapters.postgres.tokens.vault import Vault
from core.credentials import Credentials, Issued, PasswordCredentials
from core.errors import ConfigurationError, TransientError
from tests.integration.postgres_support import Postgres as AnyPostgres
from tests.integration.postgres_support import postgres
from tests.servers.tcp_proxy import TcpProxy

TOKEN = "eyJ.a-bearer-token.c2ln"
HOUR = timedelta(hours=1)
OLD, NEW = b"o" * 32, b"n" * 32
LOGIN = PasswordCredentials("sync@firm.test", "pässword \u0000 'quoted'")


class Postgres(AnyPostgres):
    """A migrated database with a pool for single readings."""

    def __init__(self, pool: Pool, reader: Pool) -> None:
        super().__init__(pool)
        self.reader = reader


@pytest.fixture
def store(migrated_database_url: str) -> Iterator[Postgres]:
    url = migrated_database_url
    with postgres(url) as store, open_reader(url, max_size=1, application_name="test") as reader:
        yield Postgres(store.pool, reader)


class Kept:
    """Connections under some keys."""

    def __init__(self, store: Postgres, keys: dict[str, bytes], current: str) -> None:
        self.connections = PostgresConnections(store.pool, Vault(keys, current), store.reader)

    def put(self, firm_id: str, credentials: PasswordCredentials) -> None:
        issued = Issued(TOKEN, credentials, HOUR, HOUR)
        self.connections.put(firm_id, "https://sa.firm.test/CaseSyncAPI/", credentials, issued)

    def get(self, firm_id: str) -> Credentials | None:
        kept = self.connections.get(firm_id)
        bearer = self.connections.bearer(firm_id)
        assert (bearer.token if bearer else None) == (TOKEN if kept else None)
        return kept.credentials if kept else None


def credentials(store: Postgres, keys: dict[str, bytes], current: str) -> Kept:
    return Kept(store, keys, current)


def test_what_was_put_is_got_and_can_be_replaced(store: Postgres) -> None:
    kept = credentials(store, {"old": OLD}, "old")
    assert kept.get("north") is None
    kept.put("north", PasswordCredentials("a", "b"))
    kept.put("north", LOGIN)
    assert kept.get("north") == LOGIN


def test_nothing_of_it_is_stored_in_the_clear(store: Postgres) -> None:
    credentials(store, {"old": OLD}, "old").put("north", LOGIN)
    row = store.rows("select key_id, nonce, ciphertext, connections::text from connections")[0]
    assert row[0] == "old"
    assert b"sync@firm" not in row[2]
    assert "sync@firm" not in row[3]
    [(token,)] = store.rows("select token_ciphertext from connections")
    assert TOKEN.encode() not in token


def test_two_sealings_of_the_same_differ(store: Postgres) -> None:
    kept = credentials(store, {"old": OLD}, "old")
    kept.put("north", LOGIN)
    kept.put("south", LOGIN)
    rows = store.rows("select distinct nonce, ciphertext from connections")
    assert len(rows) == 2


def test_an_old_key_still_opens_after_a_new_one_has_become_current(store: Postgres) -> None:
    credentials(store, {"old": OLD}, "old").put("north", LOGIN)
    rotated = credentials(store, {"old": OLD, "new": NEW}, "new")
    assert rotated.get("north") == LOGIN
    rotated.put("north", LOGIN)
    assert credentials(store, {"new": NEW}, "new").get("north") == LOGIN


@pytest.mark.parametrize("keys", [{"new": NEW}, {"old": NEW, "new": NEW}], ids=["missing", "another"])
def test_without_the_key_the_firm_is_named_and_the_way_out(store: Postgres, keys: dict[str, bytes]) -> None:
    credentials(store, {"old": OLD}, "old").put("north", LOGIN)
    with pytest.raises(ConfigurationError, match="'north'") as raised:
        credentials(store, keys, "new").get("north")
    assert "connect the firm again: casebridge connect north" in sentence(raised.value)


def test_a_row_copied_to_another_firm_does_not_open(store: Postgres) -> None:
    kept = credentials(store, {"old": OLD}, "old")
    kept.put("north", LOGIN)
    with store.pool.connection() as connection:
        connection.execute(
            """
            insert into connections (firm_id, kind, key_id, nonce, ciphertext)
            select 'south', kind, key_id, nonce, ciphertext from connections
            """
        )
    with pytest.raises(ConfigurationError, match="'south'"):
        kept.get("south")


def test_a_kind_of_a_later_release_is_refused_with_words(store: Postgres) -> None:
    kept = credentials(store, {"old": OLD}, "old")
    kept.put("north", LOGIN)
    with store.pool.connection() as connection:
        connection.execute("update connections set kind = 'saml'")
    with pytest.raises(ConfigurationError, match="which this release does not know"):
        kept.get("north")


def test_keys_that_cannot_be_used_are_refused_at_once() -> None:
    with pytest.raises(ConfigurationError, match="'short' has 16 bytes"):
        Vault({"short": b"s" * 16}, "short")
    with pytest.raises(ConfigurationError, match="'new' is not among"):
        Vault({"old": OLD}, "new")


def test_a_vault_does_not_show_its_keys() -> None:
    assert "ooo" not in repr(Vault({"old": OLD}, "old"))


def test_a_process_that_does_not_know_the_current_key_is_seen(
    store: Postgres, migrated_database_url: str
) -> None:
    keys = PostgresKeys(store.pool, Vault({"k2": NEW, "k1": OLD}, "k2"))
    with ExitStack() as running:

        def run(name: str) -> None:
            running.enter_context(psycopg.connect(migrated_database_url, application_name=name))

        for known in ({"k2": NEW, "k1": OLD}, {"k1": OLD, "k2": NEW}):
            run(name_with_keys(known))
        run("somebody else")
        assert keys.unaware() == []
        run(name_with_keys({"k1": OLD}))
        run(name_with_keys({"k1": OLD}))
        run(name_with_keys({}))
        run(name_with_keys({"k2": OLD, "k1": OLD}))  # another key under that id
        run("casebridge")  # of an older release
        assert sorted(told.split(", ")[1] for told in keys.unaware()) == [
            "1 connection",
            "1 connection",
            "1 connection",
            "2 connections",
        ]


def test_a_connections_name_fits_and_holds_no_key() -> None:
    name = name_with_keys({f"2026-{month:02}": NEW for month in range(1, 13)})
    assert len(name) <= 63
    assert "2026" not in name


def test_one_secret_under_each_key_is_tried(store: Postgres) -> None:
    credentials(store, {"old": OLD}, "old").put("north", LOGIN)
    credentials(store, {"old": OLD}, "old").put("east", LOGIN)
    credentials(store, {"new": NEW}, "new").put("south", LOGIN)
    assert PostgresKeys(store.pool, Vault({"new": NEW, "old": OLD}, "new")).try_each() == []
    lacks = PostgresKeys(store.pool, Vault({"new": NEW}, "new")).try_each()
    assert len(lacks) == 2, "a log-in and a token"
    assert all("'old', which is not among the keys given" in problem for problem in lacks)
    wrong = PostgresKeys(store.pool, Vault({"new": b"x" * 32, "old": OLD}, "old")).try_each()
    assert len(wrong) == 2
    assert all("key 'new' does not open" in problem for problem in wrong)


def test_rotating_to_another_key_of_the_same_id_says_that_nothing_opens(store: Postgres) -> None:
    """Seen: "0 secrets are encrypted anew, 0 are left", and exit code 0."""
    credentials(store, {"old": OLD}, "old").put("north", LOGIN)
    number, problems = PostgresKeys(store.pool, Vault({"old": NEW}, "old")).rotate()
    assert number == 0
    assert all("it is another key of that name" in problem for problem in problems)
    assert problems


@pytest.mark.parametrize(
    ("keys", "event"),
    [({"new": NEW}, "secret_key_unknown"), ({"old": NEW, "new": NEW}, "secret_key_differs")],
    ids=["missing", "another"],
)
def test_a_process_without_the_key_says_so_once_at_error_level(
    store: Postgres, keys: dict[str, bytes], event: str
) -> None:
    credentials(store, {"old": OLD}, "old").put("north", LOGIN)
    credentials(store, {"old": OLD}, "old").put("south", LOGIN)
    lacking = credentials(store, keys, "new")
    with structlog.testing.capture_logs() as lines:
        for firm_id in ("north", "south", "north"):
            with pytest.raises(ConfigurationError):
                lacking.get(firm_id)
    [line] = lines
    assert (line["event"], line["log_level"], line["key"]) == (event, "error", "old")
    assert "ooo" not in str(line)


@pytest.mark.timeout(60)  # longer than two readings, shorter than what a transaction may wait
def test_a_reading_behind_a_network_that_swallows_all_is_given_up_within_seconds(
    migrated_database_url: str,
) -> None:
    with (
        TcpProxy.before(migrated_database_url) as network,
        postgres(migrated_database_url) as store,
        open_reader(network.through(migrated_database_url), max_size=1, application_name="test") as reader,
    ):
        connections = PostgresConnections(store.pool, Vault({"old": OLD}, "old"), reader)
        assert connections.bearer("nobody") is None
        network.half_open()
        with pytest.raises(TransientError):
            connections.bearer("nobody")
        network.heal()
        assert connections.bearer("nobody") is None
