"""Folders for the data of servers that live as long as the tests: in memory, where there is room."""

import os
import tempfile
from pathlib import Path
from typing import Final

MEMORY: Final = Path("/dev/shm")
ROOM_BYTES: Final = 2 * 2**30


def make_folder(prefix: str, *, durable: bool = False, runs_programs: bool = False) -> Path:
    """Make a folder whose name begins with `prefix`, and return it.

    Copying a database costs a fifth in memory. On a disk where the data are to be `durable`, and where
    programs in it are to be run and memory does not allow that.
    """
    in_memory = not durable and _has_room(runs_programs=runs_programs)
    return Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY if in_memory else None))


def _has_room(*, runs_programs: bool) -> bool:
    try:
        found = os.statvfs(MEMORY)
    except OSError:
        return False
    if runs_programs and found.f_flag & os.ST_NOEXEC:
        return False
    return os.access(MEMORY, os.W_OK) and found.f_bavail * found.f_frsize >= ROOM_BYTES
