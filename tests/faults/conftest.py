"""The rig that fault tests of one process share: making it costs more than most faults.

It ends with the last of them: its impatient processes would take their share of all that follows.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import rabbit_or_skip
from tests.faults.rig import Rig
from tests.servers import PostgresServer, Processes, RabbitServer, SessionGuard, WarmPython
from tests.servers.rabbit_cluster import RabbitCluster, rabbit_cluster

LONG_FORM_S = 420
"""What the first test of a rig may take: it starts three nodes and a deployment, beside others that do."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give tests of the long form the time for their rig."""
    for item in items:
        is_ours = item.path.parent == Path(__file__).parent
        if config.getoption("--long") and is_ours and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(LONG_FORM_S))


@pytest.fixture(scope="package")
def rig_cluster(session_guard: SessionGuard, pytestconfig: pytest.Config) -> Iterator[RabbitCluster | None]:
    """Three nodes in the long form, where RabbitMQ's programs are on this machine; else None."""
    if not pytestconfig.getoption("--long"):
        yield None
        return
    with rabbit_cluster(session_guard) as cluster:
        yield cluster


@pytest.fixture(scope="package")
def rig_rabbit(
    session_guard: SessionGuard,
    rig_cluster: RabbitCluster | None,
    pytestconfig: pytest.Config,
    say: Callable[[str], None],
) -> Iterator[RabbitServer]:
    """The fault tests' own broker: after restarts and lost queues it may refuse other tests."""
    if rig_cluster is not None:
        yield rig_cluster.server
        return
    with rabbit_or_skip(session_guard, pytestconfig, say) as server:
        yield server


@pytest.fixture(scope="package")
def rabbit_server(rig_rabbit: RabbitServer) -> RabbitServer:
    """The same for those that need no rig: one broker is enough for all of this folder."""
    return rig_rabbit


@pytest.fixture(scope="package")
def shared_rig(
    session_guard: SessionGuard,
    warm_python: WarmPython | None,
    postgres_server: PostgresServer,
    template_url: str,
    rig_rabbit: RabbitServer,
    rig_cluster: RabbitCluster | None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Rig]:
    """A rig with a database and a virtual host of its own."""
    database_url = postgres_server.create_database(template=template_url)
    amqp_url = rig_rabbit.create_vhost()
    processes = Processes(session_guard, warm_python)
    made = Rig(processes, database_url, amqp_url, tmp_path_factory.mktemp("rig"), rig_cluster)
    try:
        made.begin()
        yield made
    finally:
        processes.close()
        made.close()
        rig_rabbit.drop_vhost(amqp_url)
        postgres_server.drop_database(database_url)


@pytest.fixture
def rig(shared_rig: Rig) -> Rig:
    """The rig, whole again: every network heals, nothing is wrong with SmartAdvocate, all roles run."""
    shared_rig.heal()
    return shared_rig
