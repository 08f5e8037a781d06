"""What the keys of connections promise (`core.ports.connections.Keys`)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from adapters.postgres.tokens.connections import PostgresConnections
from adapters.postgres.tokens.keys import PostgresKeys
from adapters.postgres.tokens.vault import Vault
from core.credentials import Account, Issued, PasswordCredentials
from core.ports.connections import Connections, Keys
from tests.contract.stores import Postgres
from tests.fakes import FakeClock, FakeConnections
from tests.fakes.keys import FakeKeys

LOGIN = PasswordCredentials("sync.service", "hush")
ISSUED = Issued("t0", LOGIN, timedelta(hours=1), timedelta(hours=1), Account("ada", "411"))


@dataclass
class Bench:
    """What processes have to which these keys are given; the first one encrypts."""

    connections: Callable[..., Connections]
    keys: Callable[..., Keys]

    def connect(self, firm_id: str, key: str, issued: Issued | None = ISSUED) -> None:
        self.connections(key).put(firm_id, "https://sa.firm.test/", LOGIN, issued)


@pytest.fixture(params=["in memory", "postgres"])
def bench(request: pytest.FixtureRequest) -> Bench:
    if request.param == "in memory":
        fake = FakeConnections(FakeClock())

        def with_keys(*known: str) -> FakeConnections:
            fake.key = known[0]
            return fake

        return Bench(with_keys, lambda *known: FakeKeys(with_keys(*known), known))
    pool, reader = request.getfixturevalue("contract_pool"), request.getfixturevalue("contract_reader")
    Postgres(pool).close()  # empties it

    def vault(*known: str) -> Vault:
        return Vault({name: name.encode().ljust(32) for name in known}, known[0])

    return Bench(
        lambda *known: PostgresConnections(pool, vault(*known), reader),
        lambda *known: PostgresKeys(pool, vault(*known)),
    )


def test_what_each_key_encrypts_is_counted_also_of_keys_that_are_not_given(bench: Bench) -> None:
    assert bench.keys("new", "old").counts() == {"new": 0, "old": 0}
    bench.connect("north", "old")
    bench.connect("south", "old")
    bench.connect("east", "new", None)
    keys = bench.keys("new", "spare")
    assert (keys.current, keys.unaware()) == ("new", [])
    assert keys.counts() == {"new": 1, "spare": 0, "old": 4}


def test_all_goes_under_the_current_key_and_opens_as_before(bench: Bench) -> None:
    bench.connect("north", "old")
    bench.connect("south", "new")
    keys = bench.keys("new", "old")
    assert keys.try_each() == []
    assert keys.rotate() == (2, [])
    assert keys.rotate() == (0, [])
    assert keys.counts() == {"new": 4, "old": 0}
    kept = bench.connections("new").get("north")
    assert kept is not None
    assert kept.bearer is not None
    assert (kept.credentials, kept.bearer.token) == (LOGIN, "t0")


def test_what_no_key_opens_is_told_and_stays(bench: Bench) -> None:
    bench.connect("north", "lost")
    bench.connect("south", "old")
    keys = bench.keys("new", "old")
    told = keys.try_each()
    assert told
    assert all("'lost', which is not among the keys given" in problem for problem in told)
    number, problems = keys.rotate()
    assert (number, set(problems)) == (2, set(told))
    assert keys.counts() == {"new": 2, "old": 0, "lost": 2}


def test_what_a_firm_had_before_it_connected_anew_or_left_is_no_secret_any_more(bench: Bench) -> None:
    bench.connect("north", "old")
    bench.connect("north", "new", None)
    bench.connect("south", "old")
    with bench.connections("new", "old").locked("south") as locked:
        locked.read()
        locked.forget()
    assert bench.keys("new", "old").counts() == {"new": 1, "old": 0}
