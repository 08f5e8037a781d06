"""Whether the time that a text takes grows with more than its length.

No test asserts how long something takes: machines differ, and do other things as well. What is compared here
is a text with a sixteenth of it, read in the same minute. Where time grows with the length the whole takes
sixteen times as long as the part, where it grows with the square of it 256 times. Between them lies room for
a machine that stumbles. How long hostile text takes beside a raw look at it is a figure of `make bench`
(`hostile-text`).
"""

import time
from collections.abc import Callable
from typing import Final

PARTS: Final = 16
MOST: Final = 4 * PARTS  # times as long as a part of so many takes the whole
LOOKS: Final = 5  # one that says "no more than its length" is enough: nothing makes a long text look quick
# What a short text takes less than is not looked at further. If it grew with the square of the length, a text
# that is sixteen times as long would take five seconds, and be found in `make faults`.
QUICK_S: Final = 0.02


def grows_too_fast(read: Callable[[int], Callable[[], object]], length: int) -> bool:
    """Return whether time grows with more than the length; `read` makes a call for a text of a length."""
    whole, part = read(length), read(length // PARTS)
    return all(_looks_too_long(whole, part) for _ in range(LOOKS))


def _looks_too_long(whole: Callable[[], object], part: Callable[[], object]) -> bool:
    taken = seconds(whole)
    return taken > QUICK_S and taken > MOST * min(seconds(part) for _ in range(5))


def seconds(call: Callable[[], object]) -> float:
    """Return how long a call takes. Of processor time, of this process."""
    began = time.process_time()
    call()
    return time.process_time() - began
