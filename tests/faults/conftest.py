"""The rig that fault tests of one process share: making it costs more than most faults."""

from collections.abc import Callable, Iterator

import pytest

from tests.faults.rig import Rig
from tests.servers import PostgresServer, Processes, RabbitServer, SessionGuard, WarmPython, found_rabbit


@pytest.fixture(scope="session")
def rig_rabbit(session_guard: SessionGuard, say: Callable[[str], None]) -> Iterator[RabbitServer]:
    """The fault tests' own broker: after restarts and lost queues it may refuse other tests."""
    with found_rabbit(session_guard, say=say) as server:
        yield server


@pytest.fixture(scope="session")
def shared_rig(
    session_guard: SessionGuard,
    warm_python: WarmPython | None,
    postgres_server: PostgresServer,
    template_url: str,
    rig_rabbit: RabbitServer,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Rig]:
    """A rig with a database and a virtual host of its own."""
    database_url = postgres_server.create_database(template=template_url)
    amqp_url = rig_rabbit.create_vhost()
    processes = Processes(session_guard, warm_python)
    made = Rig(processes, database_url, amqp_url, tmp_path_factory.mktemp("rig"))
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
