"""Starts and stops the sandbox: `serve` blocks a process, `SandboxServer` runs in a thread."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import random
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import TracebackType

import uvicorn

from sandbox.app import application
from sandbox.cut import CuttableProtocol
from sandbox.options import PortTakenError, SandboxError, SandboxOptions
from sandbox.world import World

_FIRST_FREE_PORT, _LAST_FREE_PORT = 10_000, 32_000
# Below the range that outgoing connections take, so that a restart finds its port free.
_PORT_TRIES = 200
_BACKLOG = 2048
_STOP_S = 1
# Hanging answers are dropped after this.
_ANSWER_FIRST_S = 0.05
# Who asks for a restart is answered before it.
_JOIN_S = 10.0


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the caller's: uvicorn would raise them again after its shutdown."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 picks a free one below 32768. Raises PortTakenError."""
    tries = (
        [port] if port else [random.randint(_FIRST_FREE_PORT, _LAST_FREE_PORT) for _ in range(_PORT_TRIES)]
    )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in tries:
        # Protocol named: asyncio sets TCP_NODELAY only then, and without it every answer waits 40 ms.
        sock = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind((host, candidate))
            sock.listen(_BACKLOG)
        except OSError as error:
            sock.close()
            if port and not isinstance(error, PermissionError | socket.gaierror):
                raise PortTakenError(host, port) from error
            if port:
                raise SandboxError(
                    f"cannot listen on {host} port {port}: {error.strerror or error}"
                ) from error
            continue
        sock.setblocking(False)
        return sock
    raise SandboxError(f"no free port found on {host} between {_FIRST_FREE_PORT} and {_LAST_FREE_PORT}")


def _url(sock: socket.socket, host: str) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{sock.getsockname()[1]}"


def _server(world: World) -> _Server:
    config = uvicorn.Config(
        application(world),
        loop="asyncio",
        http=CuttableProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=120,
        timeout_graceful_shutdown=_STOP_S,
    )
    return _Server(config)


def serve(options: SandboxOptions, *, on_ready: Callable[[str], None] | None = None) -> None:
    """Runs the sandbox until SIGTERM or SIGINT; `on_ready` gets its URL once it listens. Raises
    SandboxError.
    """
    sock = listen(options.host, options.port)
    with contextlib.closing(sock):
        world = World(options)
        gc.collect()
        # Hundreds of thousands of rows that never go away: the collector need not visit them again.
        gc.freeze()
        asyncio.run(_serve(world, sock, on_ready))


async def _serve(world: World, sock: socket.socket, on_ready: Callable[[str], None] | None) -> None:
    """Serves until a signal; in between, as often as asked, is gone for a while and comes back."""
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    server, host, port = _server(world), world.options.host, sock.getsockname()[1]
    down_s = 0.0

    def stop() -> None:
        stopped.set()
        server.should_exit = True

    def restart(after_s: float) -> None:
        nonlocal down_s
        down_s = after_s
        server.should_exit = server.force_exit = True
        for connection in list(server.server_state.connections):
            connection.transport.abort()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    world.restart = lambda after_s: loop.call_later(_ANSWER_FIRST_S, restart, after_s)
    if on_ready is not None:
        # Connections wait in the backlog from here on.
        on_ready(_url(sock, host))
    while True:
        await server.serve(sockets=[sock])
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), down_s)
        if stopped.is_set():
            return
        server, sock = _server(world), listen(host, port)


class SandboxServer:
    """The sandbox in a thread of this process.

    ```
    with SandboxServer(SandboxOptions(cases=100)) as sandbox:
        httpx2.get(sandbox.url + "/_sandbox/expected")
    ```
    `url` has no slash at its end; SmartAdvocate's base is `base_url`. Give the `world` of an earlier server
    to restart it with everything it knew.
    """

    def __init__(self, options: SandboxOptions | None = None, *, world: World | None = None) -> None:
        self.options = options or (world.options if world else SandboxOptions())
        self.world = world or World(self.options)
        self._sock: socket.socket | None = None
        self._server = _server(self.world)
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._url = ""

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`."""
        return self._url

    @property
    def base_url(self) -> str:
        """What a firm's settings hold: `http://127.0.0.1:PORT/CaseSyncAPI/`."""
        return self._url + "/CaseSyncAPI/"

    def start(self) -> SandboxServer:
        """Listens and serves. Raises SandboxError."""
        self._sock = listen(self.options.host, self.options.port)
        self._url = _url(self._sock, self.options.host)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stops serving; answers that hang are dropped after a second."""
        self._server.should_exit = True
        self._thread.join(_JOIN_S)
        if self._sock is not None:
            self._sock.close()

    def _run(self) -> None:
        if self._sock is not None:
            asyncio.run(self._server.serve(sockets=[self._sock]))

    def __enter__(self) -> SandboxServer:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
