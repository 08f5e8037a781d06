"""Waiting for something to become true, with a deadline instead of a sleep."""

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

POLL_S = 0.02
# A question that takes long is asked less often: it takes the processors that what is waited for needs.
REST = 3  # times as long as asking took
LONGEST_POLL_S = 0.5


def eventually(
    condition: Callable[[], Found],
    within_s: float = 10.0,
    what: str = "the condition",
    *,
    poll_s: float | None = None,
    ignoring: tuple[type[Exception], ...] = (),
) -> Found:
    """Return the first truthy result of `condition`; `AssertionError` naming `what` after `within_s` seconds.

    It is asked every `poll_s` seconds; without that 50 times a second, or less often where asking takes long.
    Exceptions in `ignoring` count as "not yet"; the last one is shown if it never comes true.
    """
    deadline = time.monotonic() + within_s
    last: object = None
    while True:
        asked_at = time.monotonic()
        try:
            found = condition()
        except ignoring as error:
            last = error
        else:
            if found:
                return found
            last = found
        if time.monotonic() >= deadline:
            raise AssertionError(f"{what} did not come true within {within_s:g} s; last seen: {last!r}")
        took_s = time.monotonic() - asked_at
        time.sleep(max(POLL_S, min(REST * took_s, LONGEST_POLL_S)) if poll_s is None else poll_s)
