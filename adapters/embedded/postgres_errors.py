"""What can go wrong with the embedded PostgreSQL, in words for the person who started it."""

import errno
from pathlib import Path

from core.errors import NeedsPersonError
from core.reason import Reason


class EmbeddedPostgresError(NeedsPersonError):
    """The embedded PostgreSQL could not be started or stopped: the message says why and what to do next."""

    reason = Reason.EMBEDDED_POSTGRES


def folder_error(error: OSError, folder: Path) -> EmbeddedPostgresError:
    """Put an error of the file system about `folder` into words with a next step."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return disk_full_error(folder)
        case errno.EACCES | errno.EPERM | errno.EROFS:
            return EmbeddedPostgresError(
                f"no write access to the data folder {folder}: {error.strerror}. "
                "Give this account the right to write there, or name another data folder."
            )
        case errno.ENOTDIR | errno.EEXIST:
            return EmbeddedPostgresError(
                f"the data folder {folder} cannot be made: a file stands in its place. "
                "Move that file away, or name another data folder."
            )
    return EmbeddedPostgresError(
        f"the data folder {folder} cannot be used: {error.strerror or error}. Name another data folder."
    )


def last_lines(said: str, count: int = 12) -> str:
    """Return the end of what a program said, indented."""
    return "\n".join(f"  {line}" for line in said.strip().splitlines()[-count:]) or "  (nothing)"


def says_disk_full(said: str) -> bool:
    """Tell whether one of PostgreSQL's programs stopped because the disk is full."""
    # The hint stands where only a part of a block could be written, without the system's own words.
    return "No space left on device" in said or "Check free disk space" in said


def disk_full_error(folder: Path) -> EmbeddedPostgresError:
    """Say that the disk below `folder` is full."""
    return EmbeddedPostgresError(
        f"the disk of the data folder {folder} is full. "
        "Free some space (a new database needs 50 MB), or name a data folder on another disk."
    )
