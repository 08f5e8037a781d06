"""A TCP proxy on the loopback that can behave as a bad network does: slow, cut, resetting, or silent."""

import queue
import selectors
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from enum import StrEnum
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit, urlunsplit

from tests.servers.ports import free_port

HOST = "127.0.0.1"
MAX_CONNECTIONS = 200
BUFFERED_BYTES = 1_000_000  # from then on the sender has to wait, as a full window makes it
CHUNK_BYTES = 65_536
CONNECT_WITHIN_S = 5.0
OBEY_WITHIN_S = 10.0
_LONGEST_SELECT_S = 0.5
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Network(StrEnum):
    """How the proxy treats connections: `half_open` takes them and swallows all, and never answers."""

    OPEN = "open"
    CUT = "cut"
    RESET = "reset"
    HALF_OPEN = "half_open"


class _End:
    """One end of a connection, and what is on its way to it."""

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = sock
        self.other: _End | None = None
        self.coming: deque[tuple[float, bytes]] = deque()  # when it is due (monotonic), b"" for the end
        self.coming_bytes = 0
        self.has_said_all = False
        self.is_told_all = False
        self.is_dead = False  # something was swallowed: nothing may follow, or the stream would have a hole

    def next_due(self) -> float | None:
        return self.coming[0][0] if self.coming else None


class TcpProxy:
    """Stands before `host:port` until `close`; one thread, at most 200 connections at a time.

    Each switch is in force when its method returns. `heal` lets new connections through; what was swallowed
    while half open stays lost, and its connections stay silent.
    """

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self.port = free_port()
        self.network = Network.OPEN
        self._latency_s = 0.0
        self._ends: set[_End] = set()
        self._selector = selectors.DefaultSelector()
        self._commands: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._wake, self._woken = socket.socketpair()
        self._woken.setblocking(False)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._listener: socket.socket | None = None
        self._listen()
        self._is_over = False
        self._thread = threading.Thread(target=self._serve, name=f"proxy {self.port}", daemon=True)
        self._thread.start()

    @classmethod
    def before(cls, url: str) -> "TcpProxy":
        """Return a proxy before the server of `url`, which must name its port."""
        parts = urlsplit(url)
        assert parts.hostname is not None
        assert parts.port is not None
        return cls(parts.hostname, parts.port)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def through(self, url: str) -> str:
        """Return `url` leading through this proxy."""
        parts = urlsplit(url)
        account, at, _ = parts.netloc.rpartition("@")
        return urlunsplit(parts._replace(netloc=f"{account}{at}{HOST}:{self.port}"))

    def slow(self, latency_s: float) -> None:
        """Delay all that is said from now on, in each direction, by so much."""

        def apply() -> None:
            self._latency_s = latency_s

        self._obey(apply)

    def cut(self) -> None:
        """Drop all connections, and refuse new ones."""
        self._obey(lambda: self._switch(Network.CUT))

    def reset(self) -> None:
        """Reset all connections (RST), and new ones as soon as they are made."""
        self._obey(lambda: self._switch(Network.RESET))

    def half_open(self) -> None:
        """Fall silent: connections stay, new ones are taken, and nothing passes either way."""
        self._obey(lambda: self._switch(Network.HALF_OPEN))

    def heal(self) -> None:
        """Let everything pass again, at full speed."""

        def apply() -> None:
            self._latency_s = 0.0
            self._switch(Network.OPEN)

        self._obey(apply)

    def close(self) -> None:
        """Drop everything and end."""
        if self._thread.is_alive():

            def apply() -> None:
                self._is_over = True

            self._obey(apply)
            self._thread.join(OBEY_WITHIN_S)

    def _obey(self, command: Callable[[], None]) -> None:
        done = threading.Event()

        def run() -> None:
            command()
            done.set()

        self._commands.put(run)
        self._wake.send(b"!")
        if not done.wait(OBEY_WITHIN_S):
            raise AssertionError(f"the proxy on port {self.port} does not obey")

    # Everything below runs in the proxy's own thread.

    def _serve(self) -> None:
        try:
            while not self._is_over:
                for key, events in self._selector.select(self._until_due()):
                    self._on_event(key, events)
                self._deliver_due()
        finally:
            self._switch(Network.CUT)
            self._selector.close()
            self._wake.close()
            self._woken.close()

    def _on_event(self, key: selectors.SelectorKey, events: int) -> None:
        if key.fileobj is self._woken:
            with suppress(BlockingIOError):
                self._woken.recv(1024)
            while not self._commands.empty():
                self._commands.get()()
        elif key.fileobj is self._listener:
            self._accept()
        elif isinstance(key.data, _End) and key.data in self._ends and events & selectors.EVENT_READ:
            self._read(key.data)

    def _until_due(self) -> float:
        dues = [due for end in self._ends if (due := end.next_due()) is not None]
        return max(0.0, min([_LONGEST_SELECT_S, *(due - time.monotonic() for due in dues)]))

    def _listen(self) -> None:
        listener = socket.create_server((HOST, self.port), backlog=MAX_CONNECTIONS)
        listener.setblocking(False)
        self._listener = listener
        self._selector.register(listener, selectors.EVENT_READ)

    def _switch(self, network: Network) -> None:
        self.network = network
        if network is Network.HALF_OPEN:
            for end in self._ends:
                end.is_dead = True
                end.coming.clear()
        elif network is not Network.OPEN:
            for end in list(self._ends):
                self._drop(end, reset=network is Network.RESET)
        if network is Network.CUT and self._listener is not None:
            self._selector.unregister(self._listener)
            self._listener.close()
            self._listener = None
        elif network is not Network.CUT and self._listener is None:
            self._listen()

    def _accept(self) -> None:
        assert self._listener is not None
        try:
            client, _ = self._listener.accept()
        except OSError:
            return
        if self.network is Network.RESET or len(self._ends) >= 2 * MAX_CONNECTIONS:
            _close(client, reset=True)
            return
        near = _End(client)
        if self.network is Network.HALF_OPEN:
            near.is_dead = True
        else:
            try:
                far = _End(socket.create_connection(self._target, timeout=CONNECT_WITHIN_S))
            except OSError:
                _close(client, reset=True)
                return
            near.other, far.other = far, near
            self._add(far)
        self._add(near)

    def _add(self, end: _End) -> None:
        self._ends.add(end)
        self._selector.register(end.sock, selectors.EVENT_READ, end)

    def _read(self, end: _End) -> None:
        try:
            data = end.sock.recv(CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            self._drop(end, reset=True)
            return
        if end.is_dead or end.other is None:
            if not data:
                self._forget(end)
                _close(end.sock, reset=False)
            return
        if not data:
            end.has_said_all = True
        other = end.other
        other.coming.append((time.monotonic() + self._latency_s, data))
        other.coming_bytes += len(data)
        self._listen_to(end)

    def _deliver_due(self) -> None:
        now = time.monotonic()
        for end in list(self._ends):
            while end in self._ends and end.coming and end.coming[0][0] <= now:
                if not self._deliver_one(end):
                    break

    def _deliver_one(self, end: _End) -> bool:
        """Pass on the first of what is due. False where the end cannot take all of it now."""
        due, data = end.coming.popleft()
        if not data:
            end.is_told_all = True
            with suppress(OSError):
                end.sock.shutdown(socket.SHUT_WR)
            if end.has_said_all and end.other is not None and end.other.is_told_all:
                self._drop(end, reset=False)
            return True
        try:
            sent = end.sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._drop(end, reset=True)
            return False
        end.coming_bytes -= sent
        if sent < len(data):
            # A little later rather than when the socket says so: simpler, and a rare case on the loopback.
            end.coming.appendleft((max(due, time.monotonic() + 0.002), data[sent:]))
        if end.other is not None:
            self._listen_to(end.other)
        return sent == len(data)

    def _listen_to(self, end: _End) -> None:
        """Hear an end, unless it has said all or what it said piles up."""
        is_wanted = not end.has_said_all and end.other is not None and end.other.coming_bytes < BUFFERED_BYTES
        is_heard = end.sock in self._selector.get_map()
        if is_wanted and not is_heard:
            self._selector.register(end.sock, selectors.EVENT_READ, end)
        elif is_heard and not is_wanted:
            self._selector.unregister(end.sock)

    def _drop(self, end: _End, *, reset: bool) -> None:
        for one in (end, end.other):
            if one is not None and one in self._ends:
                self._forget(one)
                _close(one.sock, reset=reset)

    def _forget(self, end: _End) -> None:
        self._ends.discard(end)
        if end.sock in self._selector.get_map():
            self._selector.unregister(end.sock)


def _close(sock: socket.socket, *, reset: bool) -> None:
    if reset:
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    sock.close()
