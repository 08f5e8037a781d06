"""The container's health check: does the process do its rounds? Exit 0 if it does, 1 with the reason if not.

Without an argument it watches the main thread of process 1. Each long-running command keeps a loop there
that wakes several times a second, and at the latest after the scheduler's longest pause of 15 s, also while
Postgres or RabbitMQ is away: being without a server is no illness that a restart would cure. A main thread
that has not slept and woken once in 20 s is stopped, dead-locked, or hangs in a call that has no end.

With a URL it asks that instead, and expects a 2xx answer. It needs Linux and the standard library only.
"""

import sys
import time
import urllib.request
from pathlib import Path

WITHIN_S = 20.0
POLL_S = 0.1
ANSWER_WITHIN_S = 5.0
_WAKES = "voluntary_ctxt_switches:"


class UnhealthyError(Exception):
    """The process does not do its rounds; the message says how that shows."""


def wakes(pid: int) -> int:
    """How often the main thread of a process has gone to sleep and woken since it began."""
    try:
        lines = Path(f"/proc/{pid}/task/{pid}/status").read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UnhealthyError(f"process {pid} cannot be looked at: {error.strerror}") from None
    return next(int(line.removeprefix(_WAKES)) for line in lines if line.startswith(_WAKES))


def see_that_it_moves(pid: int, *, within_s: float = WITHIN_S) -> None:
    """Return as soon as the main thread was seen to wake; UnhealthyError if it did not in `within_s`."""
    before, deadline = wakes(pid), time.monotonic() + within_s
    while time.monotonic() < deadline:
        time.sleep(POLL_S)
        if wakes(pid) != before:
            return
    raise UnhealthyError(f"the main thread of process {pid} has not woken for {within_s:.0f} s")


def see_that_it_answers(url: str) -> None:
    """Return if `url` answers with success; UnhealthyError if not."""
    try:
        urllib.request.urlopen(url, timeout=ANSWER_WITHIN_S).close()  # noqa: S310 - the operator's own URL
    except (OSError, ValueError) as error:  # URLError and HTTPError are OSErrors
        raise UnhealthyError(f"{url} does not answer as it should: {error}") from None


def main(arguments: list[str]) -> int:
    """Check, and print what is wrong."""
    try:
        if arguments:
            see_that_it_answers(arguments[0])
        else:
            see_that_it_moves(1)
    except UnhealthyError as error:
        print(error)  # noqa: T201 - the engine keeps it beside the state
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
