"""A server that answers whatever a test wants, byte for byte: what the sandbox is too tidy to send."""

import json
import random
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

LOG_IN_PATH = "/CaseSyncAPI/Users/authenticate"
WAIT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Received:
    """One request as it came over the wire."""

    verb: str
    target: str
    headers: dict[str, str]  # names in lower case
    body: bytes

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Reply:
    """A well-formed answer; the connection stays open."""

    status: int = 200
    body: bytes | str | dict[str, Any] | list[Any] | int = b""
    headers: dict[str, str] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The answer on the wire."""
        body = self.body
        if isinstance(body, str):
            body = body.encode()
        elif not isinstance(body, bytes):
            body = json.dumps(body).encode()
        headers = {"Content-Length": str(len(body)), **self.headers}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        return f"HTTP/1.1 {self.status} Whatever\r\n{head}\r\n".encode() + body


@dataclass(frozen=True, slots=True)
class Raw:
    """These bytes, then the connection is closed."""

    data: bytes = b""


class Hang:
    """No answer at all until the server stops."""


@dataclass(frozen=True, slots=True)
class Drip:
    """A head that promises `length` bytes, then one byte each `pause` seconds."""

    length: int
    pause: float


Behaviour = Reply | Raw | Hang | Drip
Handler = Callable[[Received], Behaviour]


class RawServer:
    """Calls `handler` for each request, in a thread a connection. `received` is everything but log-ins."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.received: list[Received] = []
        self.log_ins: list[Received] = []
        self._stopped = threading.Event()
        self._sock = _listen()
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []

    @property
    def base_url(self) -> str:
        """What a firm's settings hold."""
        return f"http://127.0.0.1:{self._sock.getsockname()[1]}/CaseSyncAPI/"

    def __enter__(self) -> Self:
        self._sock.settimeout(0.05)
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopped.set()
        self._sock.close()
        for sock in self._open:
            with suppress(OSError):  # closed already
                sock.shutdown(socket.SHUT_RDWR)  # unlike close, it wakes the thread that reads
        for thread in self._threads:
            thread.join(WAIT_SECONDS)

    def _start(self, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                sock, _ = self._sock.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            sock.settimeout(WAIT_SECONDS)
            self._open.append(sock)
            self._start(self._serve, sock)

    def _serve(self, sock: socket.socket) -> None:
        try:
            with sock, sock.makefile("rb") as stream:
                while (request := _read_request(stream)) is not None:
                    if not self._answer(sock, request):
                        return
        except OSError:
            return  # the client, or the end of the test, closed it

    def _answer(self, sock: socket.socket, request: Received) -> bool:
        is_log_in = request.target == LOG_IN_PATH
        (self.log_ins if is_log_in else self.received).append(request)
        behaviour = self.handler(request)
        if isinstance(behaviour, Reply):
            sock.sendall(behaviour.to_bytes())
            return True
        if isinstance(behaviour, Raw):
            sock.sendall(behaviour.data)
        elif isinstance(behaviour, Drip):
            sock.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {behaviour.length}\r\n\r\n".encode())
            for _ in range(behaviour.length):
                if self._stopped.wait(behaviour.pause):
                    break
                sock.sendall(b" ")
        else:
            self._stopped.wait(WAIT_SECONDS)
        sock.shutdown(socket.SHUT_RDWR)
        return False


def _read_request(stream: Any) -> Received | None:
    line = stream.readline().decode("latin-1").strip()
    if not line:
        return None
    verb, target, _ = line.split(" ")
    headers = {}
    while (line := stream.readline().decode("latin-1").strip()) != "":
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return Received(verb, target, headers, stream.read(int(headers.get("content-length", 0))))


def _listen() -> socket.socket:
    for _ in range(200):
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(("127.0.0.1", random.randint(10_000, 32_000)))
            sock.listen(64)
        except OSError:
            sock.close()
            continue
        return sock
    raise RuntimeError("no free port between 10000 and 32000")


def free_port() -> int:
    """A port on which nothing listens now."""
    with _listen() as sock:
        port: int = sock.getsockname()[1]
        return port
