"""The data folder of the embedded PostgreSQL: what lies where, and who may use it."""

import fcntl
import os
import secrets
from pathlib import Path

from adapters.embedded.postgres_account import Account
from adapters.embedded.postgres_errors import EmbeddedPostgresError, folder_error


class DataFolder:
    """One folder with everything of one server. One process at a time may hold it.

    The kernel drops the hold together with the process, however that ends.
    """

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.cluster = self.root / "postgres"
        self.log = self.root / "postgres.log"
        self.password = self.root / "postgres.password"
        self.binaries = self.root / "binaries"
        self._lock_file = self.root / "postgres.lock"
        self._lock: int | None = None

    def hold(self) -> None:
        """Make the folder where it is missing and keep other processes out; raises if one is in already."""
        try:
            self._make()
            lock = os.open(self._lock_file, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise folder_error(error, self.root) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
        except BlockingIOError as error:
            holder = os.pread(lock, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(lock)
            raise EmbeddedPostgresError(
                f"the data folder {self.root} is in use by another casebridge (process {holder}). "
                "Stop that one first, or name another data folder."
            ) from error
        except OSError as error:
            os.close(lock)
            raise folder_error(error, self.root) from error
        self._lock = lock

    def release(self) -> None:
        """Let other processes in."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def data_major(self) -> int | None:
        """Return the major version of PostgreSQL that wrote the cluster, or None where there is none yet."""
        try:
            return int((self.cluster / "PG_VERSION").read_text(encoding="ascii"))
        except PermissionError as error:
            raise folder_error(error, self.cluster) from error
        except (OSError, ValueError) as error:
            if not os.path.lexists(self.cluster):
                return None
            raise EmbeddedPostgresError(
                f"{self.cluster} is no PostgreSQL cluster: PG_VERSION is missing or unreadable. "
                "Move that folder away to begin with an empty database, or name another data folder."
            ) from error

    def see_that_it_lets_pass(self, account: Account) -> None:
        """Raise where a folder on the way keeps `account` from its files."""
        barrier = account.barrier_above(self.root)
        if barrier is not None:
            raise EmbeddedPostgresError(
                f"the data folder {self.root} cannot be reached by the account '{account.name}', under which "
                f"PostgreSQL has to run because root may not run it: {barrier} lets no other account pass. "
                f"Name a data folder elsewhere (default: /var/lib/casebridge), or run 'chmod o+x {barrier}'."
            )

    def read_or_make_password(self) -> str:
        """Return the password kept in the folder, on first use a new one (192 random bits in hex)."""
        try:
            kept = self.password.read_text(encoding="ascii").strip() if self.password.exists() else ""
            if kept:
                return kept
            if self.cluster.exists():
                raise EmbeddedPostgresError(
                    f"{self.password} is missing, and without it nobody can sign in to the database in "
                    f"{self.cluster}. Put the file back, or move that folder away to begin with an empty one."
                )
            made = secrets.token_hex(24)
            write_private(self.password, made)
        except OSError as error:
            raise folder_error(error, self.root) from error
        return made

    def _make(self) -> None:
        if self.root.is_dir():
            return
        self.root.mkdir(parents=True)
        # As root, the server's account has to pass through to its cluster; nobody else reads what is inside.
        self.root.chmod(0o711 if os.geteuid() == 0 else 0o700)


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner may read, and see it on the disk."""
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
