"""Three RabbitMQ nodes on the loopback, one cluster; each may be killed, stopped and started."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit, urlunsplit

import pika

from tests.servers.guard import SessionGuard
from tests.servers.rabbit import RabbitServer
from tests.servers.rabbit_control import CommandControl
from tests.servers.rabbit_node import PrivateRabbitNode, find_programs
from tests.servers.waiting import eventually

NODES = 3


class RabbitCluster:
    """Whoever is administered by it needs one node that runs."""

    def __init__(self, nodes: list[PrivateRabbitNode]) -> None:
        self.nodes = nodes
        self.down: set[str] = set()
        first = nodes[0]
        self.server = RabbitServer(
            host=first.host,
            port=first.port,
            user=first.user,
            password=first.password,
            control=_ClusterControl(self),
            origin="three nodes from the programs on this machine",
            node=first,
        )

    def urls(self, url: str) -> list[str]:
        """Return the addresses of all nodes, for the virtual host of `url`."""
        parts = urlsplit(url)
        account, at, _ = parts.netloc.rpartition("@")
        return [
            urlunsplit(parts._replace(netloc=f"{account}{at}{node.host}:{node.port}")) for node in self.nodes
        ]

    def command(self, arguments: list[str]) -> str:
        """Run rabbitmqctl on a node that runs."""
        return self.up()[0].command(arguments)

    def up(self) -> list[PrivateRabbitNode]:
        """Return the nodes that run."""
        return [node for node in self.nodes if node.name not in self.down]

    def kill(self, node: PrivateRabbitNode) -> None:
        """Kill a node as a power cut would."""
        self.down.add(node.name)
        node.kill()

    def stop(self, node: PrivateRabbitNode) -> None:
        """Stop a node in order."""
        self.down.add(node.name)
        node.stop()

    def start(self, node: PrivateRabbitNode) -> None:
        """Start a node again; it has rejoined, and its replicas are up, on return."""
        if node.name in self.down:
            node.start()
            self.down.discard(node.name)
        eventually(self.is_whole, 60, "all replicas online", poll_s=0.5)

    def start_all(self) -> None:
        """Start whatever is down."""
        for node in self.nodes:
            if node.name in self.down:
                self.start(node)

    def leader(self, vhost: str, queue: str) -> PrivateRabbitNode:
        """Return the node that leads a queue."""
        named = dict(self._rows(vhost, "leader"))[queue]
        return next(node for node in self.nodes if node.name == named)

    def members(self, vhost: str) -> dict[str, int]:
        """Return how many replicas each queue has."""
        return {name: _count(nodes) for name, nodes in self._rows(vhost, "members")}

    def is_whole(self) -> bool:
        """Tell whether every replica of every queue is up."""
        return all(
            _count(online) == _count(members)
            for vhost in self.command(["list_vhosts", "--silent"]).split()
            for (_, online), (_, members) in zip(
                self._rows(vhost, "online"), self._rows(vhost, "members"), strict=True
            )
        )

    def consumed_at(self, vhost: str) -> dict[str, set[str]]:
        """Return at which nodes each queue has its consumers, by the connection that each came over."""
        told = self.command(
            ["list_consumers", "--silent", "--no-table-headers", "-p", vhost, "queue_name", "channel_pid"]
        )
        found: dict[str, set[str]] = {}
        for line in told.splitlines():
            queue, _, channel = line.partition("\t")
            found.setdefault(queue, set()).add(channel.strip("<> ").rsplit(".", 3)[0])
        return found

    def _rows(self, vhost: str, column: str) -> list[tuple[str, str]]:
        told = self.command(["list_queues", "--silent", "--no-table-headers", "-p", vhost, "name", column])
        return sorted((line.split("\t")[0], line.partition("\t")[2]) for line in told.splitlines())


class _ClusterControl(CommandControl):
    """rabbitmqctl on a node that runs; queues are deleted over AMQP, for there it takes seconds each."""

    def __init__(self, cluster: RabbitCluster) -> None:
        super().__init__(cluster.command, cluster.nodes[0].user)
        self._cluster = cluster

    def delete_queue(self, vhost: str, name: str) -> None:
        node = self._cluster.up()[0]
        account = pika.PlainCredentials(node.user, node.password)
        with pika.BlockingConnection(
            pika.ConnectionParameters(node.host, node.port, vhost, account)
        ) as connection:
            connection.channel().queue_delete(name)


@contextmanager
def rabbit_cluster(guard: SessionGuard) -> Iterator[RabbitCluster | None]:
    """Start three nodes (about 15 s); None where RabbitMQ's programs are not on this machine."""
    programs = find_programs()
    if programs is None:
        yield None
        return
    with ExitStack() as stack:
        first = PrivateRabbitNode(programs, guard)
        stack.callback(first.destroy)
        first.start()
        others = []
        for _ in range(NODES - 1):
            others.append(PrivateRabbitNode(programs, guard, member_of=first))
            stack.callback(others[-1].destroy)
        with ThreadPoolExecutor(len(others)) as threads:
            list(threads.map(PrivateRabbitNode.start, others))
        cluster = RabbitCluster([first, *others])
        eventually(lambda: _running(cluster) == NODES, 60, "three nodes in the cluster", poll_s=0.5)
        stack.callback(cluster.server.drop_all)
        stack.callback(cluster.start_all)
        yield cluster


def _running(cluster: RabbitCluster) -> int:
    told = cluster.command(["cluster_status", "--formatter", "json"])
    return len(json.loads(told)["running_nodes"])


def _count(nodes: str) -> int:
    """Count the names in `[a@localhost, b@localhost]`."""
    return len([name for name in nodes.strip("[] ").split(",") if name.strip()])
