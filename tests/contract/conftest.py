"""Every suite here runs over the fake and over the real adapter, so that the fake cannot lie."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from adapters.postgres.store.pool import Pool, open_pool, open_reader
from tests.contract.stores import InMemory, Postgres, Store
from tests.servers import PostgresServer


@pytest.fixture(scope="session")
def contract_url(postgres_server: PostgresServer, template_url: str) -> Iterator[str]:
    """One migrated database for all suites; each test finds it empty."""
    url = postgres_server.create_database(template=template_url)
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="session")
def contract_pool(contract_url: str) -> Iterator[Pool]:
    """A pool on it."""
    with open_pool(contract_url, min_size=1, max_size=4, application_name="contract") as pool:
        yield pool


@pytest.fixture(scope="session")
def contract_reader(contract_url: str) -> Iterator[Pool]:
    """A pool for single readings on it."""
    with open_reader(contract_url, max_size=1, application_name="contract") as reader:
        yield reader


@pytest.fixture(params=["in memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store."""
    if request.param == "in memory":
        yield InMemory()
        return
    with closing(Postgres(request.getfixturevalue("contract_pool"))) as postgres:
        yield postgres
