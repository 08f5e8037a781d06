"""The nodes of a RabbitMQ cluster: any will do, and one that is lost is left for another (ADR 104)."""

import itertools
import random
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final, NamedTuple

import pika
from pika.adapters.blocking_connection import BlockingChannel

from adapters.rabbitmq.connection import CONNECTION_ERRORS, HEARTBEAT_S, connection_parameters, meaning
from core.errors import CasebridgeError, ConfigurationError, TransientError
from core.reason import Reason

# Where there are others to try, a node that says nothing is left sooner: three take no longer than one would.
CONNECT_TIMEOUT_OF_MANY_S: Final = 4
# A password may hold either sign: they part addresses only before another one.
_BETWEEN: Final = re.compile(r"\s*[,;]\s*(?=amqps?://)")


class Link(NamedTuple):
    """An open connection, and the node that it leads to."""

    connection: pika.BlockingConnection
    node: pika.URLParameters


class Nodes:
    """Where RabbitMQ is to be found. May be used by several threads.

    Each try begins with the node behind the one with which the try before began, the first with one drawn by
    lot: so the processes of a fleet share the nodes, and who lost one begins with another.
    """

    def __init__(
        self,
        amqp_url: str,
        purpose: str,
        *,
        begin_at: int | None = None,
        heartbeat_s: int = HEARTBEAT_S,
    ) -> None:
        """Raise ConfigurationError where an address is none; nothing is connected yet."""
        self.urls: Final = tuple(_BETWEEN.split(amqp_url.strip()))
        self._nodes = [connection_parameters(url, purpose, heartbeat_s) for url in self.urls]
        if len(self._nodes) > 1:
            for node in self._nodes:
                node.socket_timeout = node.stack_timeout = CONNECT_TIMEOUT_OF_MANY_S
        first = random.randrange(len(self._nodes)) if begin_at is None else begin_at
        self._tries = itertools.count(first)

    def __len__(self) -> int:
        return len(self._nodes)

    def in_turn(self) -> list[pika.URLParameters]:
        """Return all of them, in the order in which they are to be tried now."""
        at = next(self._tries) % len(self._nodes)
        return [*self._nodes[at:], *self._nodes[:at]]

    def connect(self, what: str) -> Link:
        """Connect to the first node that takes it; `what` names the purpose in errors.

        Raises ConfigurationError where a node refused for a reason that only a person can cure and none took
        it: a log-in is the same on all. Otherwise TransientError.
        """
        errors: list[CasebridgeError] = []
        for node in self.in_turn():
            try:
                return Link(pika.BlockingConnection(node), node)
            except CONNECTION_ERRORS as error:
                errors.append(meaning(error, node, what))
        raise _of_all(errors)


@contextmanager
def open_channel(nodes: Nodes, what: str) -> Iterator[tuple[BlockingChannel, pika.URLParameters]]:
    """Open a connection with one channel to whichever node takes it, and close both at the end.

    Raises TransientError or ConfigurationError for whatever it meets, in the block too.
    """
    connection, node = nodes.connect(what)
    try:
        yield connection.channel(), node
    except CONNECTION_ERRORS as error:
        raise meaning(error, node, what) from error
    finally:
        with suppress(*CONNECTION_ERRORS):
            connection.close()


def _of_all(errors: Sequence[CasebridgeError]) -> CasebridgeError:
    for error in errors:
        if isinstance(error, ConfigurationError):
            return error
    if len(errors) == 1:
        return errors[0]
    told = f"none of {len(errors)} nodes can be used; the last one: {errors[-1]}"
    return TransientError(told, reason=Reason.BROKER_UNAVAILABLE)
