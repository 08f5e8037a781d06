"""Every suite here runs over the fake and over the real adapter, so that the fake cannot lie."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from adapters.postgres.store.pool import Pool, open_pool
from tests.contract.stores import InMemory, Postgres, Store
from tests.servers import PostgresServer


@pytest.fixture(scope="session")
def contract_pool(postgres_server: PostgresServer, template_url: str) -> Iterator[Pool]:
    """A pool on one migrated database for all suites; each test finds it empty."""
    url = postgres_server.create_database(template=template_url)
    with open_pool(url, min_size=1, max_size=4, application_name="contract") as pool:
        yield pool
    postgres_server.drop_database(url)


@pytest.fixture(params=["in memory", "postgres"])
def store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store."""
    if request.param == "in memory":
        yield InMemory()
        return
    with closing(Postgres(request.getfixturevalue("contract_pool"))) as postgres:
        yield postgres
