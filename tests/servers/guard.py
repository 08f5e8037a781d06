"""Ends servers and processes of a test session that was itself killed.

The session keeps a pipe to this process. When the pipe closes without a word (kill -9 of pytest), what is
still noted here is ended: processes by number and start time, containers by id, folders by path.
"""

import importlib
import json
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil

PROCESS, FOLDER, CONTAINER = "process", "folder", "container"


class SessionGuard:
    """The session's end of the pipe."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__))],
            stdin=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def watch(self, kind: str, what: int | str) -> None:
        """Note a process id, a folder or a container id."""
        self._say("watch", kind, what)

    def forget(self, kind: str, what: int | str) -> None:
        """Drop what has ended in order."""
        self._say("forget", kind, what)

    def close(self) -> None:
        """End the guard; what is still noted is ended with it."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        self._process.wait(timeout=60)

    def _say(self, verb: str, kind: str, what: int | str) -> None:
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps([verb, kind, what]) + "\n")
            self._process.stdin.flush()


def end_process_tree(process: psutil.Process) -> None:
    """Kill a process and all below it, and wait until they have ended (at most 10 s)."""
    await_end(kill_process_tree(process))


def kill_process_tree(process: psutil.Process) -> list[psutil.Process]:
    """Kill a process and all below it, and return them."""
    tree = [process]
    with suppress(psutil.NoSuchProcess):
        tree.extend(process.children(recursive=True))
    for member in tree:
        with suppress(psutil.NoSuchProcess):
            member.kill()
    return tree


def await_end(killed: list[psutil.Process]) -> None:
    """Wait until none of them runs, at most 10 s.

    What was killed may be a zombie for ever: its parent was killed too, and in a container the first process
    often takes over orphans without asking how they ended. `psutil.wait_procs` would wait all ten seconds.
    """
    deadline = time.monotonic() + 10
    while any(_runs(process) for process in killed) and time.monotonic() < deadline:
        time.sleep(0.02)


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def main() -> None:
    """Read notes until the pipe closes, then end what is left: processes first, then what they used."""
    noted: dict[tuple[str, int | str], psutil.Process | None] = {}
    for line in sys.stdin:
        verb, kind, what = json.loads(line)
        if verb == "forget":
            noted.pop((kind, what), None)
            continue
        with suppress(psutil.NoSuchProcess):
            # psutil remembers the start time, so a number that was given to another program is not hit.
            noted[kind, what] = psutil.Process(what) if kind == PROCESS else None
    ended: list[psutil.Process] = []
    for process in noted.values():
        if process is not None and process.is_running():
            ended.extend(kill_process_tree(process))
    await_end(ended)
    for kind, what in noted:
        if kind == CONTAINER:
            _remove_container(str(what))
        elif kind == FOLDER:
            shutil.rmtree(str(what), ignore_errors=True)


def _remove_container(container_id: str) -> None:
    with suppress(Exception):
        client = importlib.import_module("docker").from_env(timeout=20)
        client.containers.get(container_id).remove(force=True, v=True)


if __name__ == "__main__":
    main()
