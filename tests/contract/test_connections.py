"""What stored connections promise (`core.ports.connections.Connections`)."""

import threading
from datetime import timedelta

import pytest

from adapters.postgres.tokens.connections import PostgresConnections
from adapters.postgres.tokens.vault import Vault
from core.credentials import Account, Issued, OAuthCredentials, PasswordCredentials
from core.errors import ConnectionRejectedError, RateLimitedError, TransientError
from core.ports.connections import Connections
from tests.contract.stores import Postgres
from tests.fakes import FakeClock, FakeConnections

URL = "https://sa.firm.test/CaseSyncAPI/"
HOUR = timedelta(hours=1)
LOGIN = PasswordCredentials("sync.service", "hush")


@pytest.fixture(params=["in memory", "postgres"])
def connections(request: pytest.FixtureRequest) -> Connections:
    if request.param == "in memory":
        return FakeConnections(FakeClock())
    pool = request.getfixturevalue("contract_pool")
    Postgres(pool).close()  # empties it
    reader = request.getfixturevalue("contract_reader")
    return PostgresConnections(pool, Vault({"k1": bytes(range(32))}, "k1"), reader)


def issued(token: str, refresh_token: str = "r1", renew: timedelta = HOUR, life: timedelta = HOUR) -> Issued:
    return Issued(token, OAuthCredentials(refresh_token), renew, life, Account("ada", "411"))


def test_a_firm_that_never_connected_has_nothing(connections: Connections) -> None:
    assert connections.bearer("north") is None
    assert connections.get("north") is None
    with connections.locked("north") as locked:
        assert locked.read() is None


@pytest.mark.parametrize("password", ["plain", "", "ünï \U0001f600\x00\n'\"", "x" * 5_000])
def test_credentials_come_back_as_they_were_put(connections: Connections, password: str) -> None:
    connections.put("north", URL, PasswordCredentials("sync.service", password))
    kept = connections.get("north")
    assert kept is not None
    assert kept.credentials == PasswordCredentials("sync.service", password)
    assert (kept.base_url, kept.account.name, kept.bearer) == (URL, "sync.service", None)


def test_a_token_and_its_credentials_are_kept_together(connections: Connections) -> None:
    version = connections.put("north", URL, OAuthCredentials("r0"), issued("t0", "r0"))
    with connections.locked("north") as locked:
        before = locked.read()
        locked.keep(issued("t1", "r1"), URL)
    kept, bearer = connections.get("north"), connections.bearer("north")
    assert before is not None
    assert kept is not None
    assert bearer is not None
    assert (bearer.token, bearer.base_url, bearer.is_fresh, bearer.is_good) == ("t1", URL, True, True)
    assert kept.credentials == OAuthCredentials("r1")
    assert (kept.version, kept.serial) == (version, before.serial + 1)
    assert kept.account == Account("ada", "411")


def test_a_token_that_is_due_is_still_good_until_it_expires(connections: Connections) -> None:
    connections.put("north", URL, LOGIN, issued("t", renew=timedelta(), life=HOUR))
    due = connections.bearer("north")
    connections.put("south", URL, LOGIN, issued("t", renew=timedelta(), life=timedelta()))
    over = connections.bearer("south")
    assert due is not None
    assert over is not None
    assert (due.is_fresh, due.is_good, over.is_good) == (False, True, False)


def test_connecting_anew_ends_the_old_ones_token_and_refusal(connections: Connections) -> None:
    first = connections.put("north", URL, LOGIN, issued("t0"))
    with connections.locked("north") as locked:
        locked.read()
        locked.refuse(ConnectionRejectedError("no"), HOUR)
    second = connections.put("north", URL, PasswordCredentials("other", "x"))
    kept = connections.get("north")
    assert kept is not None
    assert second != first
    assert (kept.version, kept.refusal, kept.failures) == (second, None, 0)
    assert connections.bearer("north") is None


@pytest.mark.parametrize(
    "error", [ConnectionRejectedError("no"), RateLimitedError("slow"), TransientError("x")]
)
def test_a_refusal_is_shared_for_its_pause(connections: Connections, error: TransientError) -> None:
    connections.put("north", URL, OAuthCredentials("r0"))
    with connections.locked("north") as locked:
        locked.read()
        locked.refuse(error, HOUR)
    kept = connections.get("north")
    assert kept is not None
    assert kept.refusal is not None
    assert type(kept.refusal.error) is type(error)
    assert str(kept.refusal.error) == str(error)
    assert timedelta() < kept.refusal.remaining <= HOUR
    assert kept.failures == 1
    with connections.locked("north") as locked:
        locked.read()
        locked.keep(issued("t"), URL)
    kept = connections.get("north")
    assert kept is not None
    assert (kept.refusal, kept.failures) == (None, 0)


def test_who_waits_for_the_lock_sees_what_was_stored_meanwhile(connections: Connections) -> None:
    connections.put("north", URL, OAuthCredentials("r0"))
    seen: list[str] = []
    began = threading.Event()

    def wait() -> None:
        began.set()
        with connections.locked("north") as locked:
            kept = locked.read()
            seen.append(kept.bearer.token if kept and kept.bearer else "")

    with connections.locked("north") as locked:
        locked.read()
        thread = threading.Thread(target=wait)
        thread.start()
        assert began.wait(10)
        assert not seen
        locked.keep(issued("newer"), URL)
    thread.join(20)
    assert seen == ["newer"]


def test_a_forgotten_connection_is_gone(connections: Connections) -> None:
    connections.put("north", URL, LOGIN, issued("t"))
    connections.put("south", URL, LOGIN, issued("t"))
    with connections.locked("north") as locked:
        locked.read()
        locked.forget()
    assert connections.get("north") is None
    assert connections.bearer("south") is not None


def test_secrets_do_not_show_themselves(connections: Connections) -> None:
    connections.put("north", URL, LOGIN, issued("t-secret", "r-secret"))
    kept = connections.get("north")
    shown = f"{kept!r} {connections.bearer('north')!r} {issued('t-secret', 'r-secret')!r} {connections!r}"
    for secret in ("hush", "t-secret", "r-secret"):
        assert secret not in shown


def test_a_pause_is_no_failure_and_may_be_lifted(connections: Connections) -> None:
    connections.put("north", URL, OAuthCredentials("r0"))
    with connections.locked("north") as locked:
        locked.read()
        locked.refuse(RateLimitedError("slow"), HOUR, counts=False)
    kept = connections.get("north")
    assert kept is not None
    assert kept.failures == 0
    assert kept.refusal is not None
    connections.lift_pause("north")
    connections.lift_pause("unknown")
    kept = connections.get("north")
    assert kept is not None
    assert kept.refusal is None


def test_what_is_no_pause_is_not_lifted(connections: Connections) -> None:
    connections.put("north", URL, OAuthCredentials("r0"))
    with connections.locked("north") as locked:
        locked.read()
        locked.refuse(ConnectionRejectedError("no"), HOUR)
    connections.lift_pause("north")
    kept = connections.get("north")
    assert kept is not None
    assert kept.refusal is not None
