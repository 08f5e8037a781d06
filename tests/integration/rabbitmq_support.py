"""What the tests over a real RabbitMQ share: looking into queues, and a network that can fail."""

import contextlib
import os
import selectors
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import dramatiq
import pika
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import ChannelClosedByBroker

from core.ports.relay import OutboxRow

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def channel_to(url: str) -> Iterator[BlockingChannel]:
    connection = pika.BlockingConnection(pika.URLParameters(url))
    try:
        yield connection.channel()
    finally:
        if connection.is_open:
            connection.close()


def publish(url: str, exchange: str, routing_key: str, bodies: Sequence[bytes]) -> None:
    """Publish persistently and confirmed: what this returned from is in the queue."""
    with channel_to(url) as channel:
        channel.confirm_delivery()
        persistent = pika.BasicProperties(delivery_mode=2)  # type: ignore[no-untyped-call]
        for body in bodies:
            channel.basic_publish(exchange, routing_key, body, persistent, mandatory=True)


def drain(url: str, queue: str) -> list[bytes]:
    """Take all ready messages out of a queue."""
    with channel_to(url) as channel:
        found: list[bytes] = []
        for method, _, body in channel.consume(queue, auto_ack=True, inactivity_timeout=0.5):
            if method is None or body is None:
                break
            found.append(body)
        return found


def ready(url: str, queue: str) -> int:
    """The number of messages that wait in a queue, without those that a consumer holds."""
    with channel_to(url) as channel:
        return int(channel.queue_declare(queue, passive=True).method.message_count)


def consumers(url: str, queue: str) -> int:
    with channel_to(url) as channel:
        return int(channel.queue_declare(queue, passive=True).method.consumer_count)


def exists(url: str, queue: str) -> bool:
    with channel_to(url) as channel:
        try:
            channel.queue_declare(queue, passive=True)
        except ChannelClosedByBroker:
            return False
        return True


def delete_queue(url: str, queue: str) -> None:
    with channel_to(url) as channel:
        channel.queue_delete(queue)


def refusal(url: str, queue: str, arguments: dict[str, object]) -> str:
    """What the broker answers to a declaration that differs: it tells the queue's true argument."""
    with channel_to(url) as channel:
        try:
            channel.queue_declare(queue, durable=True, arguments=arguments)
        except ChannelClosedByBroker as error:
            return str(error.reply_text)
    return ""


def job_row(row_id: int, queue: str = "sync-messages") -> OutboxRow:
    return OutboxRow(row_id=row_id, queue=queue, kind=None, body=str(row_id).encode())


def job_ids(bodies: Sequence[bytes]) -> list[int]:
    return [dramatiq.Message.decode(body).args[0] for body in bodies]


@contextmanager
def script(source: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run Python on `source` in a process of its own, which ends with the block at the latest."""
    process = subprocess.Popen(
        [sys.executable, "-c", source, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait(20)


class FailingNetwork:
    """A TCP proxy before the broker that can fall silent without closing anything, as a broken route does."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "localhost", parts.port or 5672)
        self._listener = socket.create_server(("127.0.0.1", _free_port()))
        port = self._listener.getsockname()[1]
        self.url = urlunsplit(parts._replace(netloc=f"{parts.username}:{parts.password}@127.0.0.1:{port}"))
        self._silent = threading.Event()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def fall_silent(self) -> None:
        """Swallow everything from now on, in both directions."""
        self._silent.set()

    def speak(self) -> None:
        """Let new connections work again; old ones stay as good as dead."""
        self._silent.clear()

    def close(self) -> None:
        self._ended.set()
        self._thread.join(10)

    def _serve(self) -> None:
        pairs: dict[socket.socket, socket.socket] = {}
        dead: set[socket.socket] = set()
        with selectors.DefaultSelector() as selector, self._listener, contextlib.ExitStack() as stack:
            selector.register(self._listener, selectors.EVENT_READ)
            while not self._ended.is_set():
                for key, _ in selector.select(0.02):
                    one = key.fileobj
                    assert isinstance(one, socket.socket)
                    if one is self._listener:
                        client, _ = self._listener.accept()
                        server = socket.create_connection(self._target, timeout=5)
                        for end, other in ((client, server), (server, client)):
                            stack.enter_context(end)
                            pairs[end] = other
                            selector.register(end, selectors.EVENT_READ)
                        continue
                    if self._silent.is_set():
                        dead |= {one, pairs[one]}
                    try:
                        data = one.recv(65536)
                    except OSError:
                        data = b""
                    if not data:
                        selector.unregister(one)
                        if one not in dead:
                            with contextlib.suppress(OSError):
                                pairs[one].shutdown(socket.SHUT_WR)
                    elif one not in dead:
                        with contextlib.suppress(OSError):
                            pairs[one].sendall(data)


def _free_port() -> int:
    from tests.servers import free_port

    return free_port()
