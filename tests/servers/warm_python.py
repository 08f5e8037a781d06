"""Processes of ours without the second or two that Python takes to load them.

One process (`tests.loaded`) loads all modules of the service and the sandbox, and forks whenever one of them
is to start. What it forks is a process like any other: with a session, an environment and an output of its
own, to be killed, to be waited for. Only its modules were loaded before: tests of that start theirs anew.
"""

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Final

ROOT: Final = Path(__file__).resolve().parents[2]
START_WITHIN_S: Final = 120.0


class WarmChild:
    """A forked process, with what `subprocess.Popen` offers that we use."""

    def __init__(self, pid: int, output: int | None) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self.stdout: IO[str] | None = None
        if output is not None:
            self.stdout = os.fdopen(output, encoding="utf-8", errors="replace")
        self._has_ended = threading.Event()

    def ended(self, code: int) -> None:
        """Note its exit code, or minus the signal that ended it."""
        self.returncode = code
        self._has_ended.set()

    def poll(self) -> int | None:
        """Return its exit code, or None while it runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code once it has ended; `subprocess.TimeoutExpired` if it does not in time."""
        if not self._has_ended.wait(timeout):
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal, if it still runs."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)


class WarmPython:
    """The session's end: starts the process that has everything loaded, and asks it for more of them."""

    def __init__(self) -> None:
        self._talk, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.loaded", str(theirs.fileno())],
                cwd=ROOT,
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._asking = threading.Lock()
        self._outputs: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        self._started: queue.SimpleQueue[WarmChild | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name="warm python", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """The process id of who has everything loaded."""
        return self._process.pid

    def start(
        self,
        module: str,
        arguments: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        *,
        output: int | None = None,
    ) -> WarmChild:
        """Start `python -m module arguments` with exactly this environment.

        Both outputs go to `output`, or where none is given to a pipe that is its `stdout`.
        """
        ours, theirs = os.pipe() if output is None else (None, os.dup(output))
        order = {"module": module, "arguments": list(arguments), "env": dict(env), "cwd": str(cwd)}
        with self._asking:
            self._outputs.put(ours)
            try:
                line = json.dumps(order).encode() + b"\n"
                sent = socket.send_fds(self._talk, [line], [theirs])
                self._talk.sendall(line[sent:])
            finally:
                os.close(theirs)
            child = self._started.get(timeout=START_WITHIN_S)
        if child is None:
            raise RuntimeError("the process that has everything loaded has ended")
        return child

    def close(self) -> None:
        """End it; what it forked is ended by who had it started."""
        self._talk.shutdown(socket.SHUT_WR)
        self._process.wait(timeout=30)
        self._reader.join(timeout=30)
        self._talk.close()

    def _read(self) -> None:
        children: dict[int, WarmChild] = {}
        with self._talk.makefile("r", encoding="utf-8") as lines:
            for line in lines:
                told: dict[str, int] = json.loads(line)
                if "code" in told:
                    children.pop(told["pid"]).ended(told["code"])
                else:
                    children[told["pid"]] = child = WarmChild(told["pid"], self._outputs.get())
                    self._started.put(child)
        for child in children.values():  # nobody is left who could tell how they end
            child.ended(-signal.SIGKILL)
        self._started.put(None)
