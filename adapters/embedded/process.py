"""The server's process: started on a free port, awaited, found again after a crash, and ended."""

import os
import random
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from adapters.embedded.cluster import ENVIRONMENT, Binaries
from adapters.embedded.folder import (
    Account,
    DataFolder,
    EmbeddedPostgresError,
    disk_full_error,
    folder_error,
    last_lines,
    says_disk_full,
)
from core.reason import Reason

HOST = "127.0.0.1"
START_WITHIN_S = 60.0  # crash recovery of a large database takes its time
STOP_WITHIN_S = 30.0
LOG_KEPT_BYTES = 10_000_000
ATTEMPTS = 8
# Below Linux' first ephemeral port (32768), or a restart would meet clients' own ports.
FREE_PORTS = range(20_000, 32_000)
POLL_S = 0.02
SESSIONS_END_WITHIN_S = 10.0
PROC = Path("/proc/self")

SETTINGS: Mapping[str, str] = {
    "listen_addresses": HOST,
    # TCP only: a socket file's path may have 107 bytes, which a data folder easily exceeds.
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "fsync": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements, rows and even an error's first line hold privileged text, and the log is a plain file: it
    # tells of the server itself, and what goes wrong with a statement is told to the client alone.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


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
                    f"a PostgreSQL server (process {self.pid}) of another account uses {self.data}",
                    reason=Reason.DATA_FOLDER_IN_USE,
                ) from error
            deadline = time.monotonic() + patience_s
            while time.monotonic() < deadline:
                if has_ended():
                    return
                time.sleep(POLL_S)
        raise EmbeddedPostgresError(
            f"the PostgreSQL server (process {self.pid}) of {self.data} does not end, not even by SIGKILL: "
            "a process that waits for a broken disk cannot"
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
                    f"are not: processes {', '.join(map(str, sessions))}",
                    reason=Reason.DATA_FOLDER_IN_USE,
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


class Launched:
    """A server's process that is ready, and its port."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, folder: DataFolder) -> None:
        self.process = process
        self.port = port
        self._folder = folder

    def is_running(self) -> bool:
        """Tell whether the process lives; collects it where it has ended."""
        return self.process.poll() is None

    def stop(self) -> None:
        """End it in order, then by force; raises where even that fails."""
        if self.is_running():
            server = Postmaster(self.process.pid, self._folder.cluster, self.port, ready=True)
            server.stop(STOP_WITHIN_S, lambda: not self.is_running())


class Launcher:
    """Starts the server of one folder. `fixed_port` is the person's choice; None lets us choose."""

    def __init__(
        self,
        folder: DataFolder,
        binaries: Binaries,
        account: Account,
        settings: Mapping[str, str],
        fixed_port: int | None,
    ) -> None:
        self._folder = folder
        self._binaries = binaries
        self._account = account
        self._settings = {**SETTINGS, **settings}
        self._fixed_port = fixed_port

    def launch(self, preferred_port: int) -> Launched:
        """Start the server and wait until it takes connections, at most 60 s.

        Without a fixed port, `preferred_port` is taken where it is free (0: none is preferred), else another.
        """
        deadline = time.monotonic() + START_WITHIN_S
        output = ""
        for _attempt in range(ATTEMPTS):
            port = self._choose_port(preferred_port)
            started = self._start(port, deadline)
            if isinstance(started, Launched):
                return started
            output = started
            if "Address already in use" in output:
                if self._fixed_port is not None:
                    raise _port_taken(port)
                preferred_port = 0
            elif "shared memory block" in output:
                # The sessions of a killed server notice its end within moments, and let go of the cluster.
                time.sleep(0.5)
            else:
                break
        if says_disk_full(output):
            raise disk_full_error(self._folder.root)
        raise EmbeddedPostgresError(
            f"PostgreSQL in {self._folder.root} did not start. Its log {self._folder.log} ends with:\n"
            f"{last_lines(output)}"
        )

    def _start(self, port: int, deadline: float) -> Launched | str:
        """Start the server once. Return it when it is ready, else the log it wrote before it ended."""
        try:
            log_begins = self._rotate_log()
            with self._open_log() as log:
                process = self._spawn(port, log)
        except PermissionError as error:
            if self._account.switch:
                raise self._account.refused() from error
            raise folder_error(error, self._folder.root) from error
        except OSError as error:
            raise folder_error(error, self._folder.root) from error
        launched = Launched(process, port, self._folder)
        try:
            while time.monotonic() < deadline:
                if process.poll() is not None:
                    return self._log_since(log_begins)
                written = read_postmaster(self._folder.cluster)
                if written is not None and written.pid == process.pid and written.ready:
                    return launched
                time.sleep(POLL_S)
        except BaseException:
            launched.stop()
            raise
        output = self._log_since(log_begins)
        launched.stop()
        raise EmbeddedPostgresError(
            f"PostgreSQL in {self._folder.root} was not ready within {START_WITHIN_S:.0f} s. "
            f"Its log {self._folder.log} ends with:\n{last_lines(output)}"
        )

    def _spawn(self, port: int, log: BinaryIO) -> subprocess.Popen[bytes]:
        options = [f"--{name}={value}" for name, value in self._settings.items()]
        return subprocess.Popen(  # noqa: S603 - our own arguments, no shell
            [self._binaries.postgres, "-D", str(self._folder.cluster), "-p", str(port), *options],
            cwd="/",
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl-C goes to the terminal's whole group: the server waits for our orderly stop.
            start_new_session=True,
            **self._account.process_options(),
        )

    def _choose_port(self, preferred: int) -> int:
        if self._fixed_port is not None:
            if not _is_free(self._fixed_port):
                raise _port_taken(self._fixed_port)
            return self._fixed_port
        for port in (preferred, *random.sample(FREE_PORTS, 100)):
            if port and _is_free(port):
                return port
        raise EmbeddedPostgresError(
            f"no free port found on {HOST} in {FREE_PORTS.start} to {FREE_PORTS.stop - 1}",
            reason=Reason.PORT_TAKEN,
        )

    def _rotate_log(self) -> int:
        """Return where the log's new part begins; a long one is put aside first."""
        log = self._folder.log
        size = log.stat().st_size if log.exists() else 0
        if size <= LOG_KEPT_BYTES:
            return size
        log.replace(log.with_suffix(".log.1"))
        return 0

    def _open_log(self) -> BinaryIO:
        return os.fdopen(os.open(self._folder.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")

    def _log_since(self, position: int) -> str:
        with self._folder.log.open("rb") as log:
            log.seek(position)
            return log.read(100_000).decode(errors="replace")


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
        try:
            probe.bind((HOST, port))
        except (OSError, OverflowError):
            return False
    return True


def _port_taken(port: int) -> EmbeddedPostgresError:
    return EmbeddedPostgresError(
        f"port {port} on {HOST} cannot be had: another program listens there, or this account may not",
        reason=Reason.PORT_TAKEN,
    )
