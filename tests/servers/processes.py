"""Processes of ours under test: started, waited for, ended, and never left behind."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2
import psutil

from tests.servers.guard import PROCESS, SessionGuard, await_end
from tests.servers.waiting import eventually
from tests.servers.warm_python import WarmChild, WarmPython

ROOT = Path(__file__).resolve().parents[2]

OURS = {"bootstrap", "sandbox", "tests"}
_TOLD_OF = 12  # processes: supervised ones may be many
SHOWN_CHARACTERS = 6000


class RunningProcess:
    """One process and what it has printed so far (both streams, in order).

    It runs in a session of its own, so that `interrupt` reaches it as a terminal's Ctrl-C would, and nothing
    else.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        guard: SessionGuard | None = None,
        cwd: Path = ROOT,
        warm: WarmPython | None = None,
    ) -> None:
        """Start `command`. It sees our environment without any CASEBRIDGE_ variable but those in `env`.

        With `warm` it has to be `python -m module …`, and is forked where all its modules are loaded already.
        """
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("CASEBRIDGE_")}
        environment = {**inherited, "PYTHONUNBUFFERED": "1", **(env or {})}
        self.name = " ".join(Path(part).name for part in command[:4])
        self._guard = guard
        self._process: subprocess.Popen[str] | WarmChild
        if warm is not None:
            assert command[1] == "-m"
            self._process = warm.start(command[2], command[3:], environment, cwd)
        else:
            self._process = _start(command, environment, cwd)
        if guard is not None:
            guard.watch(PROCESS, self._process.pid)
        # Kept by number and start time: when their parent is killed, nothing else leads to them.
        self._descendants: set[psutil.Process] = set()
        self._lines: list[str] = []
        self._has_ended = False
        self._has_news = threading.Condition()
        self._reader = threading.Thread(target=self._read, name=f"output of {self.name}", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def output(self) -> str:
        """All it has printed so far."""
        with self._has_news:
            return "".join(self._lines)

    def is_running(self) -> bool:
        """Tell whether it has not ended yet."""
        return self._process.poll() is None

    def wait_for_line(self, pattern: str, within_s: float = 30.0, *, nth: int = 1) -> re.Match[str]:
        """Return the match of the `nth` line like `pattern`; `AssertionError` with the output if none."""
        deadline = time.monotonic() + within_s
        looked_at = found = 0
        with self._has_news:
            while True:
                has_ended = self._has_ended
                for line in self._lines[looked_at:]:
                    if match := re.search(pattern, line):
                        found += 1
                        if found == nth:
                            return match
                looked_at = len(self._lines)
                if has_ended:
                    raise AssertionError(self.describe(f"ended before it printed a line like {pattern!r}"))
                left_s = deadline - time.monotonic()
                if left_s <= 0:
                    raise AssertionError(self.describe(f"printed no line like {pattern!r} in {within_s:g} s"))
                self._has_news.wait(left_s)

    def wait_for_http(self, url: str, within_s: float = 30.0, status: int = 200) -> httpx2.Response:
        """Return the first answer of `url` with `status`; `AssertionError` with the output if none comes."""

        def answer() -> httpx2.Response | None:
            if not self.is_running():
                raise AssertionError(self.describe(f"ended before {url} answered"))
            found = client.get(url)
            return found if found.status_code == status else None

        with httpx2.Client(timeout=5.0, verify=False) as client:
            try:
                return eventually(
                    answer, within_s, f"{url} answering {status}", poll_s=0.05, ignoring=(httpx2.HTTPError,)
                ) or client.get(url)
            except AssertionError as error:
                raise AssertionError(self.describe(str(error))) from error

    def terminate(self, within_s: float = 30.0) -> int:
        """Ask it to stop (SIGTERM) and return its exit code; `AssertionError` if it does not in time."""
        return self._signal(signal.SIGTERM, within_s)

    def interrupt(self, within_s: float = 30.0) -> int:
        """Press Ctrl-C (SIGINT to its whole group) and return its exit code."""
        self._remember_descendants()
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGINT)
        return self.wait(within_s)

    def kill(self) -> int:
        """End it as a crash would (SIGKILL). What it started stays, until `close`."""
        return self._signal(signal.SIGKILL, 10.0)

    def wait(self, within_s: float = 30.0) -> int:
        """Return its exit code once it has ended by itself; `AssertionError` if it does not in time."""
        try:
            code = self._process.wait(timeout=within_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(self.describe(f"did not end within {within_s:g} s")) from None
        # Descendants may keep the pipe open, so this wait has its own limit.
        self._reader.join(timeout=2.0)
        return code

    def describe(self, what: str) -> str:
        """Return a sentence about it, with whether it runs and what it printed last."""
        state = "running" if self.is_running() else f"ended with {self._process.returncode}"
        return f"{self.name} ({state}) {what}. Its output:\n{self.output[-SHOWN_CHARACTERS:] or '(nothing)'}"

    def left_running(self) -> list[str]:
        """Return the command lines of what it started and left running."""
        self._remember_descendants()
        found = []
        for process in self._descendants:
            with suppress(psutil.NoSuchProcess):
                if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                    found.append(" ".join(process.cmdline()[:4]))
        return sorted(found)

    def close(self) -> None:
        """End it and everything it started, by force."""
        self._remember_descendants()
        doomed = [psutil.Process(self.pid)] if self.is_running() else []
        doomed.extend(process for process in self._descendants if process.is_running())
        for process in doomed:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        await_end(doomed)
        self._process.wait(timeout=10)
        self._reader.join(timeout=5.0)
        if self._process.stdout is not None and not self._reader.is_alive():
            self._process.stdout.close()
        if self._guard is not None:
            self._guard.forget(PROCESS, self.pid)

    def _signal(self, number: signal.Signals, within_s: float) -> int:
        self._remember_descendants()
        if self.is_running():
            self._process.send_signal(number)
        return self.wait(within_s)

    def _remember_descendants(self) -> None:
        with suppress(psutil.NoSuchProcess):
            if self.is_running():
                self._descendants.update(psutil.Process(self.pid).children(recursive=True))

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with self._has_news:
                self._lines.append(line)
                self._has_news.notify_all()
        with self._has_news:
            self._has_ended = True
            self._has_news.notify_all()


def _start(command: Sequence[str], environment: Mapping[str, str], cwd: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )


class Processes:
    """All processes of one test; `close` ends them.

    With `warm`, `start` forks modules of ours where they are loaded already; `start_command` never does.
    """

    def __init__(self, guard: SessionGuard | None = None, warm: WarmPython | None = None) -> None:
        self._guard = guard
        self._warm = warm
        self._started: list[RunningProcess] = []
        self.at_end = ExitStack()
        """What is closed with them."""

    def start(self, module: str, *arguments: str, env: Mapping[str, str] | None = None) -> RunningProcess:
        """Start `python -m module arguments` with this test run's Python."""
        warm = self._warm if module.partition(".")[0] in OURS else None
        return self._start([sys.executable, "-m", module, *arguments], env, warm)

    def start_command(
        self, command: Sequence[str], *, env: Mapping[str, str] | None = None
    ) -> RunningProcess:
        """Start any command."""
        return self._start(command, env, None)

    def _start(
        self, command: Sequence[str], env: Mapping[str, str] | None, warm: WarmPython | None
    ) -> RunningProcess:
        process = RunningProcess(command, env=env, guard=self._guard, warm=warm)
        self._started.append(process)
        return process

    def last_words(self) -> list[str]:
        """Return what each of those started last has printed last."""
        return [process.describe("until now") for process in self._started[-_TOLD_OF:]]

    def close(self) -> None:
        """End all of them, the last started first."""
        while self._started:
            self._started.pop().close()
        self.at_end.close()
