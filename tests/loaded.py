"""`python -m tests.loaded`: loads all of the service and the sandbox, and forks a process for each order.

The other end is `tests.servers.warm_python`, and stands apart: what is not the service's is not loaded here.
"""

import gc
import importlib
import json
import os
import pkgutil
import runpy
import select
import signal
import socket
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

PACKAGES: Final = ("adapters", "bootstrap", "core", "sandbox", "scheduler", "workers")
# What libraries load when they are first used.
USED_LATER: Final = (
    "anyio._backends._asyncio",
    "encodings.idna",
    "httpcore2._sync.connection_pool",
    "rich.table",
    "uvicorn.lifespan.off",
    "uvicorn.lifespan.on",
    "uvicorn.loops.auto",
    "uvicorn.protocols.http.httptools_impl",
)
_BYTES: Final = 65_536


def load() -> None:
    """Load everything that a process of ours may come to use."""
    for name in PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not module.name.endswith("__main__"):
                importlib.import_module(module.name)
    for name in USED_LATER:
        with suppress(ImportError):
            importlib.import_module(name)


def serve(talk: socket.socket) -> dict[str, Any] | None:
    """Fork for each order until the session hangs up. Returns the order in what was forked, and else None."""
    awake, wake = os.pipe()
    for end in (awake, wake):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    while True:
        ready, _, _ = select.select([talk.fileno(), awake], [], [])
        if awake in ready:
            os.read(awake, _BYTES)
            _tell_who_ended(talk)
        if talk.fileno() in ready:
            line, outputs = _receive(talk)
            if not line:
                return None
            pid = os.fork()
            if pid == 0:
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                for end in (awake, wake, talk.detach()):
                    os.close(end)
                return {**json.loads(line), "output": outputs[0]}
            os.close(outputs[0])
            _tell(talk, {"pid": pid})


def become(order: Mapping[str, Any]) -> None:
    """Be the process that was ordered."""
    os.setsid()
    os.dup2(order["output"], 1)
    os.dup2(order["output"], 2)
    os.close(order["output"])
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    time.tzset()
    sys.argv[1:] = order["arguments"]
    runpy.run_module(order["module"], run_name="__main__", alter_sys=True)


def _receive(talk: socket.socket) -> tuple[bytes, list[int]]:
    line = b""
    outputs: list[int] = []
    while not line.endswith(b"\n"):
        part, some, _, _ = socket.recv_fds(talk, _BYTES, 1)
        if not part:
            return b"", outputs
        line += part
        outputs += some
    return line, outputs


def _tell_who_ended(talk: socket.socket) -> None:
    with suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            _tell(talk, {"pid": pid, "code": os.waitstatus_to_exitcode(status)})


def _tell(talk: socket.socket, what: Mapping[str, int]) -> None:
    with suppress(BrokenPipeError):
        talk.sendall(json.dumps(what).encode() + b"\n")


def main() -> None:
    """Load everything, serve, and be what was ordered."""
    talk = socket.socket(fileno=int(sys.argv[1]))
    load()
    gc.collect()
    gc.freeze()  # so that the collector does not touch, and so copy, what all of them share
    order = serve(talk)
    if order is not None:
        become(order)  # from here, so that it ends as any Python does


if __name__ == "__main__":
    main()
