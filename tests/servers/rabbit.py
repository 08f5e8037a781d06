"""A RabbitMQ server for the test session, and virtual hosts in it that only tests made."""

import secrets
from typing import Protocol
from urllib.parse import quote, unquote, urlsplit

PREFIX = "cbtest"


class RabbitControl(Protocol):
    """How a node is administered: by its management HTTP API or by rabbitmqctl."""

    def add_vhost(self, vhost: str) -> None:
        """Create a virtual host in which the tests' user may do everything."""

    def delete_vhost(self, vhost: str) -> None:
        """Delete it with all that is in it, and close its connections."""

    def close_connections(self, vhost: str) -> None:
        """Close all connections to it, as a broken network or an operator would."""

    def queues(self, vhost: str) -> list[str]:
        """Return the names of its queues."""

    def delete_queue(self, vhost: str, name: str) -> None:
        """Delete one queue with its messages."""


class RabbitNode(Protocol):
    """A node that the tests started, and so may stop."""

    def stop_app(self) -> None:
        """Stop the broker but not its node: listeners and connections are gone on return."""

    def start_app(self) -> None:
        """Start the broker again; it accepts connections on return."""

    def restart(self) -> None:
        """Stop the node in order and start it on the same ports with the same data."""


class RabbitServer:
    """A server that tests may use. They get virtual hosts of their own and touch no other.

    `origin` says in words where it came from; `management_url` is None where that plugin is missing.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        user: str,
        password: str,
        control: RabbitControl,
        origin: str,
        node: RabbitNode | None = None,
        management_url: str | None = None,
    ) -> None:
        self.host = host
        self.port = port
        self.user = user
        self.origin = origin
        self.management_url = management_url
        self._password = password
        self._control = control
        self._node = node
        self._session = f"{PREFIX}-{secrets.token_hex(4)}"
        self._count = 0
        self._created: set[str] = set()

    @property
    def is_ours(self) -> bool:
        """Whether the tests started this server, and so may stop it."""
        return self._node is not None

    @property
    def admin_url(self) -> str:
        """The AMQP URL without a virtual host: what names this server to another test run."""
        user, password = quote(self.user, safe=""), quote(self._password, safe="")
        return f"amqp://{user}:{password}@{self.host}:{self.port}"

    def create_vhost(self) -> str:
        """Create an empty virtual host and return its AMQP URL."""
        self._count += 1
        vhost = f"{self._session}-{self._count}"
        self._created.add(vhost)
        self._control.add_vhost(vhost)
        return f"{self.admin_url}/{quote(vhost, safe='')}"

    def drop_vhost(self, url: str) -> None:
        """Delete a virtual host that `create_vhost` made, with everything in it."""
        vhost = self._own_vhost(url)
        self._control.delete_vhost(vhost)
        self._created.discard(vhost)

    def drop_all(self) -> None:
        """Delete every virtual host that this session created and has not dropped."""
        for vhost in sorted(self._created):
            self._control.delete_vhost(vhost)
            self._created.discard(vhost)

    def close_all_connections(self, url: str) -> None:
        """Close all connections to the virtual host of `url`."""
        self._control.close_connections(self._own_vhost(url))

    def queues(self, url: str) -> list[str]:
        """Return the names of the queues in the virtual host of `url`, sorted."""
        return sorted(self._control.queues(self._own_vhost(url)))

    def delete_queues(self, url: str) -> list[str]:
        """Delete all queues in the virtual host of `url` with their messages, and return their names."""
        vhost = self._own_vhost(url)
        names = sorted(self._control.queues(vhost))
        for name in names:
            self._control.delete_queue(vhost, name)
        return names

    def stop_app(self) -> None:
        """Stop the broker: nobody can connect until `start_app`. Only where the tests started it."""
        self._own_node().stop_app()

    def start_app(self) -> None:
        """Start the broker that `stop_app` stopped; ready on return."""
        self._own_node().start_app()

    def bounce(self) -> None:
        """Stop the broker and start it: what clients see of a restart, for a third of what a node takes."""
        self.stop_app()
        self.start_app()

    def restart(self) -> None:
        """Restart the whole node on the same ports with its data; ready on return."""
        self._own_node().restart()

    def _own_node(self) -> RabbitNode:
        if self._node is None:
            raise RuntimeError(f"the RabbitMQ from {self.origin} is not ours to stop")
        return self._node

    def _own_vhost(self, url: str) -> str:
        vhost = unquote(urlsplit(url).path.removeprefix("/"))
        if vhost not in self._created:
            raise RuntimeError(
                f"virtual host {vhost!r} was not created by this test session and is not touched"
            )
        return vhost
