"""What stored credentials promise (`core.ports.credentials.Credentials`)."""

import pytest

from adapters.postgres.credentials import PostgresCredentials
from adapters.postgres.vault import Vault
from core.ports.credentials import Credentials, PasswordCredentials
from tests.contract.stores import Postgres
from tests.fakes import FakeCredentials


@pytest.fixture(params=["in memory", "postgres"])
def credentials(request: pytest.FixtureRequest) -> Credentials:
    if request.param == "in memory":
        return FakeCredentials()
    pool = request.getfixturevalue("contract_pool")
    Postgres(pool).close()  # empties it
    return PostgresCredentials(pool, Vault({"k1": bytes(range(32))}, "k1"))


def test_a_firm_without_credentials_has_none(credentials: Credentials) -> None:
    assert credentials.get("north") is None


@pytest.mark.parametrize("password", ["plain", "", "ünï \U0001f600\x00\n'\"", "x" * 5_000])
def test_credentials_come_back_as_they_were_put(credentials: Credentials, password: str) -> None:
    credentials.put("north", PasswordCredentials("sync.service", password))
    assert credentials.get("north") == PasswordCredentials("sync.service", password)


def test_each_firm_has_its_own_and_new_ones_take_the_place_of_old_ones(credentials: Credentials) -> None:
    credentials.put("north", PasswordCredentials("a", "1"))
    credentials.put("south", PasswordCredentials("b", "2"))
    credentials.put("north", PasswordCredentials("c", "3"))
    assert credentials.get("north") == PasswordCredentials("c", "3")
    assert credentials.get("south") == PasswordCredentials("b", "2")


def test_credentials_do_not_show_themselves(credentials: Credentials) -> None:
    credentials.put("north", PasswordCredentials("sync.service", "hush"))
    assert "hush" not in repr(credentials.get("north"))
    assert "hush" not in repr(credentials)
