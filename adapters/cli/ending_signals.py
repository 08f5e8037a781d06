"""Which signals ask a process to end."""

import signal
from collections.abc import Sequence


def ending_signals() -> Sequence[signal.Signals]:
    """Return what asks a process to end in order: SIGTERM, SIGINT, and SIGHUP of a terminal that closes.

    Where SIGHUP is ignored, the process was started to outlive its terminal (`nohup`), and does.
    """
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
        return (signal.SIGTERM, signal.SIGINT)
    return (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
