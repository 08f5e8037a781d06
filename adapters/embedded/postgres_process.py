"""The server's process as the operating system sees it: who holds a cluster, is it alive, end it."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from adapters.embedded.postgres_errors import EmbeddedPostgresError

POLL_S = 0.02
SESSIONS_END_WITHIN_S = 10.0
PROC = Path("/proc/self")


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What the server wrote about itself into `postmaster.pid`."""

    pid: int
    data: Path
    port: int | None
    ready: bool

    def is_running(self) -> bool:
        """Tell whether this very server lives: after a crash its number may belong to another program."""
        return is_alive(self.pid) and _works_in(self.pid, self.data)

    def stop(self, within_s: float, has_ended: Callable[[], bool]) -> None:
        """End the server in order, then by force; `EmbeddedPostgresError` if it is still there afterwards.

        `has_ended` tells when it is gone: a child of ours has to be collected, another's only looked at.
        SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one (repaired by the next start).
        """
        for number, patience_s in ((signal.SIGINT, within_s), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                return
            except PermissionError as error:
                raise EmbeddedPostgresError(
                    f"a PostgreSQL server (process {self.pid}) of another account uses {self.data}. End it "
                    f"with 'kill -INT {self.pid}' under that account, or name another data folder."
                ) from error
            deadline = time.monotonic() + patience_s
            while time.monotonic() < deadline:
                if has_ended():
                    return
                time.sleep(POLL_S)
        raise EmbeddedPostgresError(
            f"the PostgreSQL server (process {self.pid}) of {self.data} does not end, not even by SIGKILL. "
            "Look at its disk: a process that waits for a broken disk cannot end."
        )

    def forget(self) -> None:
        """Remove the `postmaster.pid` of a server that has ended without doing so.

        PostgreSQL itself would refuse to start as long as anything has that number: a zombie that nobody
        collects, as in a container without an init, or a new program. Its reason is that sessions of the old
        server may go on for a moment, so their end is waited for.
        """
        if not PROC.exists():
            return  # nothing to look at sessions with: PostgreSQL decides
        deadline = time.monotonic() + SESSIONS_END_WITHIN_S
        while sessions := _working_in(self.data):
            if time.monotonic() > deadline:
                raise EmbeddedPostgresError(
                    f"the PostgreSQL server (process {self.pid}) of {self.data} is gone, but its sessions "
                    f"are not: processes {', '.join(map(str, sessions))}. Kill them, then start again."
                )
            time.sleep(POLL_S)
        (self.data / "postmaster.pid").unlink(missing_ok=True)


def read_postmaster(data: Path) -> Postmaster | None:
    """Return what `postmaster.pid` in `data` says, or None where there is none or only a part of it."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, NotADirectoryError, IndexError, ValueError):
        return None
    port = int(lines[3]) if len(lines) > 3 and lines[3].strip().isdigit() else None
    # Line 8 is the state; a server that is not ready yet says "starting".
    ready = len(lines) > 7 and lines[7].strip() == "ready"
    return Postmaster(abs(pid), data, port, ready)


def is_alive(pid: int) -> bool:
    """Tell whether a process with this number exists and is no zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        # Ended but not yet collected by its parent: "pid (name) Z ...".
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return True
    return state.rpartition(")")[2].split()[0] != "Z"


def _works_in(pid: int, data: Path) -> bool:
    """Tell whether the process is a server of `data`: its working folder is its cluster."""
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == data.resolve()
    except FileNotFoundError:
        if PROC.exists():
            return False
    except PermissionError:
        # Another account's process: its command line is public.
        pass
    try:
        shown = subprocess.run(  # noqa: S603 - a number, no shell
            ["/bin/ps", "-o", "command=", "-p", str(pid)],
            check=False,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return True  # the careful answer: two servers on one cluster must never be
    return str(data) in shown.stdout


def _working_in(data: Path) -> list[int]:
    """Return the processes whose working folder is `data`: a server and all of its sessions have it."""
    resolved = data.resolve()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):  # gone meanwhile, a zombie, or another account's: its server would be, too
            if (entry / "cwd").readlink() == resolved:
                found.append(int(entry.name))
    return found
