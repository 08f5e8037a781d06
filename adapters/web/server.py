"""Serving the application."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Final

import uvicorn
from fastapi import FastAPI

from adapters.web.connection import bounded
from adapters.web.limits import WebLimits
from adapters.web.unexpected import Unexpected
from core.errors import ConfigurationError
from core.reason import Reason

_GRACE_S: Final = 20
_START_WITHIN_S: Final = 15
_POLL_S: Final = 0.2


class WebServer:
    """uvicorn in this process. The port is bound when it is made, so that a taken one is said at once.

    `limits` bound what a client may send and how long it may take, with a key or without. `count` is given
    what nobody foresaw.
    """

    def __init__(
        self,
        app: FastAPI,
        host: str,
        port: int,
        limits: WebLimits | None = None,
        count: Callable[[BaseException], object] = lambda _: None,
    ) -> None:
        limits = limits or WebLimits()
        self._app = app
        self._socket = _bind(host, port)
        self._server = uvicorn.Server(
            uvicorn.Config(
                Unexpected(app, count),
                http=bounded(limits),
                ws="none",
                log_config=None,
                access_log=False,
                proxy_headers=False,  # it would believe whoever connects from this machine
                server_header=False,
                timeout_graceful_shutdown=_GRACE_S,
                lifespan="off",
            )
        )
        shown = f"[{host}]" if ":" in host else host
        self.url = f"http://{shown}:{self._socket.getsockname()[1]}"
        self._thread: threading.Thread | None = None

    def run(self, on_ready: Callable[[], None] = lambda: None) -> None:
        """Serve until `ask_to_stop`; requests under way are finished."""
        # In a thread: in the main one uvicorn would take the signals, and end the process by them.
        self.start()
        on_ready()
        while self._thread is not None and self._thread.is_alive():
            self._thread.join(_POLL_S)
        self._socket.close()

    def ask_to_stop(self) -> None:
        """Let `run` end; answers that would never end hear it by the application's state.

        May be called from a signal handler.
        """
        self._app.state.is_stopping = True
        self._server.should_exit = True

    def start(self) -> None:
        """Serve in a thread of its own; returns when requests are answered."""
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._socket]}, name="web", daemon=True
        )
        self._thread.start()
        deadline = time.monotonic() + _START_WITHIN_S
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                raise ConfigurationError(
                    f"the web server did not start at {self.url}", reason=Reason.WORKER_BROKEN
                )
            time.sleep(0.01)

    def stop(self) -> None:
        """Finish requests under way, and end the thread."""
        self.ask_to_stop()
        if self._thread is not None:
            self._thread.join(_GRACE_S + 5)
        self._socket.close()


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's delay (40 ms an answer) off only where the protocol is said.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(128)
    except (OSError, OverflowError) as error:
        bound.close()
        why = getattr(error, "strerror", None) or "not possible"
        raise ConfigurationError(f"cannot listen on {host}:{port}: {why}", reason=Reason.PORT_TAKEN) from None
    return bound
