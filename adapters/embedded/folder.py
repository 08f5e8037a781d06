"""The embedded PostgreSQL's data folder: what lies where, which account may use it, what can go wrong."""

import errno
import fcntl
import os
import pwd
import secrets
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import NeedsPersonError
from core.reason import Reason

# Accounts that a Unix has anyway, best first; `initdb` needs one that has a name. None is ever added.
UNPRIVILEGED_ACCOUNTS = ("postgres", "nobody", "daemon")

ROOT_DATA_DIR = Path("/var/lib/casebridge")


class EmbeddedPostgresError(NeedsPersonError):
    """The embedded PostgreSQL could not be started or stopped; the reason tells what cures it."""

    reason = Reason.EMBEDDED_POSTGRES


def folder_error(error: OSError, folder: Path) -> EmbeddedPostgresError:
    """Return what an error of the file system about `folder` means."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return disk_full_error(folder)
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return EmbeddedPostgresError(
                f"no write access to the data folder {folder}: {error.strerror}",
                reason=Reason.DATA_FOLDER_UNUSABLE,
            )
        case errno.ENOTDIR | errno.EEXIST:
            return EmbeddedPostgresError(
                f"the data folder {folder} cannot be made: a file stands in its place",
                reason=Reason.DATA_FOLDER_UNUSABLE,
            )
    return EmbeddedPostgresError(
        f"the data folder {folder} cannot be used: {error.strerror or error}",
        reason=Reason.DATA_FOLDER_UNUSABLE,
    )


def last_lines(output: str, count: int = 12) -> str:
    """Return the end of what a program said, indented."""
    return "\n".join(f"  {line}" for line in output.strip().splitlines()[-count:]) or "  (nothing)"


def says_disk_full(output: str) -> bool:
    """Tell whether one of PostgreSQL's programs stopped because the disk is full."""
    # The hint stands where only a part of a block could be written, without the system's own words.
    return "No space left on device" in output or "Check free disk space" in output


def disk_full_error(folder: Path) -> EmbeddedPostgresError:
    """Say that the disk below `folder` is full."""
    return EmbeddedPostgresError(f"the disk of the data folder {folder} is full", reason=Reason.DISK_FULL)


@dataclass(frozen=True, slots=True)
class Account:
    """A user and its group, by number. `switch` tells whether a process must change to it."""

    name: str
    uid: int
    gid: int
    switch: bool

    def process_options(self) -> dict[str, Any]:
        """Return what `subprocess` needs to run a process under this account, and no other group."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}

    def can_run(self, command: Sequence[str]) -> bool:
        """Tell whether this account can execute `command`, by executing it (at most 20 s)."""
        try:
            done = subprocess.run(  # noqa: S603 - PostgreSQL's own programs, no shell
                command,
                check=False,
                cwd="/",
                env={"LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=20,
                **self.process_options(),
            )
        except (OSError, subprocess.SubprocessError):
            return False
        return done.returncode == 0

    def own(self, path: Path) -> None:
        """Give `path` to this account; without a switch it is ours already."""
        if self.switch:
            os.chown(path, self.uid, self.gid)

    def refused(self) -> EmbeddedPostgresError:
        """Say that the system does not let this process change to the account."""
        return EmbeddedPostgresError(
            "PostgreSQL refuses to run as root, and this process may not change to the account "
            f"'{self.name}'",
            reason=Reason.EMBEDDED_ACCOUNT,
        )

    def barrier_above(self, folder: Path) -> Path | None:
        """Return the first folder on the way to `folder`, itself included, that this account cannot pass."""
        if not self.switch:
            return None
        resolved = folder.resolve()
        for step in (*reversed(resolved.parents), resolved):
            if not step.exists():
                return None
            status = step.stat()
            bit = 0o100 if status.st_uid == self.uid else 0o010 if status.st_gid == self.gid else 0o001
            if not status.st_mode & bit:
                return step
        return None


def choose_account(data: Path) -> Account:
    """Return the account that shall run the server whose files are, or will be, in `data`.

    A user runs it as itself. Root takes the owner of the existing files, else an unprivileged account
    that the system has anyway.
    """
    if os.geteuid() != 0:
        return Account(str(os.geteuid()), os.geteuid(), os.getegid(), switch=False)
    if data.exists():
        owner = data.stat()
        if owner.st_uid != 0:
            return Account(_name(owner.st_uid), owner.st_uid, owner.st_gid, switch=True)
    for name in UNPRIVILEGED_ACCOUNTS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid, switch=True)
    raise EmbeddedPostgresError(
        "PostgreSQL refuses to run as root, and this system has none of the accounts "
        f"{', '.join(UNPRIVILEGED_ACCOUNTS)}",
        reason=Reason.EMBEDDED_ACCOUNT,
    )


def default_data_dir() -> Path:
    """Return where data is kept when nobody named a folder: /var/lib for root, XDG data home for a user."""
    if os.geteuid() == 0:
        return ROOT_DATA_DIR
    data_home = os.environ.get("XDG_DATA_HOME", "")
    base = Path(data_home) if Path(data_home).is_absolute() else Path.home() / ".local" / "share"
    return base / "casebridge"


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


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
                f"the data folder {self.root} is in use by another casebridge (process {holder})",
                reason=Reason.DATA_FOLDER_IN_USE,
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
                f"{self.cluster} is no PostgreSQL cluster: PG_VERSION is missing or unreadable",
                reason=Reason.EMBEDDED_DATA,
            ) from error

    def see_that_it_lets_pass(self, account: Account) -> None:
        """Raise where a folder on the way keeps `account` from its files."""
        barrier = account.barrier_above(self.root)
        if barrier is not None:
            raise EmbeddedPostgresError(
                f"the data folder {self.root} cannot be reached by the account '{account.name}', under which "
                f"PostgreSQL has to run because root may not run it: {barrier} lets no other account pass",
                reason=Reason.DATA_FOLDER_UNUSABLE,
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
                    f"{self.cluster}",
                    reason=Reason.EMBEDDED_DATA,
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
