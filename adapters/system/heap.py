"""What the C library keeps of memory that is free again."""

import ctypes
from typing import Final

_MMAP_THRESHOLD: Final = -3  # mallopt(3), M_MMAP_THRESHOLD
LARGE_BYTES: Final = 1 << 20


def return_large_blocks() -> None:
    """Let blocks of a MiB and more go back to the system as soon as they are free.

    glibc keeps what is smaller than a threshold, which it raises to the largest block that was freed, up to
    32 MiB; and it keeps it for each thread. So every thread that ever read a large answer would keep as much
    for ever. A threshold that is set is never raised. Other C libraries have none: there nothing is done.
    """
    try:
        set_option = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError, TypeError):  # Windows has no library without a name
        return
    set_option(_MMAP_THRESHOLD, LARGE_BYTES)
