"""A cluster of three RabbitMQ nodes loses one under load: nothing is lost or there twice, and whoever was
connected to it goes on with another (ADR 104).
"""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from adapters.rabbitmq.topology import EVENT_QUEUES, JOB_QUEUES
from tests.deployment import Deployment, expected_marks
from tests.faults.rig import Upstream
from tests.servers import Processes, SessionGuard
from tests.servers.rabbit_cluster import NODES, RabbitCluster, rabbit_cluster
from tests.servers.rabbit_node import PrivateRabbitNode
from tests.servers.waiting import eventually

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(900)]

BACK_WITHIN_S = 15.0
MESSAGES = 300
PACE_S = 0.03


@pytest.fixture(scope="module")
def cluster(session_guard: SessionGuard) -> Iterator[RabbitCluster]:
    with rabbit_cluster(session_guard) as found:
        if found is None:
            pytest.skip("RabbitMQ's programs are not on this machine")
        yield found


class Clustered(Deployment):
    """Two workers, two intakes, two schedulers; each knows all nodes."""

    def __init__(self, processes: Processes, database_url: str, cluster: RabbitCluster, folder: Path) -> None:
        self.vhost_url = cluster.server.create_vhost()
        self.vhost = unquote(urlsplit(self.vhost_url).path[1:])
        self.cluster = cluster
        self.urls = cluster.urls(self.vhost_url)
        super().__init__(processes, database_url, ",".join(self.urls), folder)
        self._upstream = Upstream(*self.urls)

    def send(self, bodies: Sequence[bytes]) -> None:
        """As upstream does: in order, and each again until it is confirmed."""
        for body in bodies:
            eventually(lambda b=body: self._upstream.publish(b), 120, "a message taken", poll_s=0.1)  # type: ignore[misc]  # mypy infers no default of a lambda
            time.sleep(PACE_S)  # the pace at which messages come

    def is_consumed_elsewhere(self, lost: PrivateRabbitNode) -> bool:
        """Whether every queue has a consumer whose connection leads to a node that runs."""
        found = self.cluster.consumed_at(self.vhost)
        return all(found.get(queue, set()) - {lost.name} for queue in (*EVENT_QUEUES, *JOB_QUEUES))

    def close(self) -> None:
        self._upstream.close()


@pytest.fixture
def service(
    cluster: RabbitCluster, processes: Processes, migrated_database_url: str, tmp_path: Path
) -> Iterator[Clustered]:
    cluster.start_all()
    made = Clustered(processes, migrated_database_url, cluster, tmp_path)
    made.sandbox("--cases", "40")
    made.up(workers=2, intakes=2, schedulers=2)
    made.connect()
    made.import_cases()
    yield made
    processes.close()
    made.close()
    cluster.start_all()
    cluster.server.drop_vhost(made.vhost_url)


@contextmanager
def under_load(service: Clustered, bodies: Sequence[bytes]) -> Iterator[None]:
    sending = threading.Thread(target=service.send, args=(bodies,))
    sending.start()
    try:
        eventually(lambda: service.notes_written() >= 30, 60, "the first notes", poll_s=0.1)
        yield
    finally:
        sending.join(180)
    assert not sending.is_alive()


@pytest.mark.parametrize("how", ["killed", "stopped"])
def test_the_node_that_leads_the_queues_is_lost_under_load(
    service: Clustered, cluster: RabbitCluster, how: str
) -> None:
    assert set(cluster.members(service.vhost).values()) == {NODES}
    lose: Callable[[PrivateRabbitNode], None] = cluster.kill if how == "killed" else cluster.stop
    bodies = service.messages(MESSAGES)
    with under_load(service, bodies):
        lost = cluster.leader(service.vhost, "message-sent")
        began_s = time.monotonic()
        lose(lost)
        gone_s = time.monotonic()
        eventually(
            lambda: service.is_consumed_elsewhere(lost), 120, "every queue consumed elsewhere", poll_s=0.2
        )
        back_s = time.monotonic() - gone_s
    print(f"{how} in {gone_s - began_s:.1f} s; all connected to another node {back_s:.1f} s later")
    service.await_notes(len(bodies), within_s=120)
    eventually(lambda: service.open_deliveries() == 0, 60, "all recorded as delivered")
    assert service.marks() == expected_marks(bodies)
    assert service.ask("report?notes=0")["notes_duplicated"] == 0
    assert back_s <= BACK_WITHIN_S


def test_one_node_after_the_other_is_killed_and_comes_back(
    service: Clustered, cluster: RabbitCluster
) -> None:
    bodies = service.messages(3 * MESSAGES)
    with under_load(service, bodies):
        for node in list(cluster.nodes):
            cluster.kill(node)
            eventually(lambda n=node: service.is_consumed_elsewhere(n), 60, "consumed elsewhere")  # type: ignore[misc]  # mypy infers no default of a lambda
            cluster.start(node)
    service.await_notes(len(bodies), within_s=180)
    eventually(lambda: service.open_deliveries() == 0, 60, "all recorded as delivered")
    assert service.marks() == expected_marks(bodies)
