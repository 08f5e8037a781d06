"""Under which account the embedded PostgreSQL runs: its server refuses to run as root."""

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.embedded.postgres_errors import EmbeddedPostgresError

# Accounts that a Unix has anyway, best first; `initdb` needs one that has a name. None is ever added.
UNPRIVILEGED_ACCOUNTS = ("postgres", "nobody", "daemon")

ROOT_DATA_DIR = Path("/var/lib/casebridge")


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
            f"'{self.name}'. Start casebridge as an ordinary user, or set CASEBRIDGE_DATABASE_URL."
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
        f"{', '.join(UNPRIVILEGED_ACCOUNTS)}. Start casebridge as an ordinary user."
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
