"""What may be said of an error that nobody foresaw: its type, and the places in the code it came through.

Never its words or values: they may quote what a client wrote.
"""

from collections.abc import Sequence
from traceback import StackSummary, walk_tb
from typing import Final, TypedDict

FRAMES_KEPT: Final = 30
_LINKS_KEPT: Final = 10  # of errors that were raised while others were handled


class Link(TypedDict):
    """One error: its type, and file, line and function of each frame, the outermost first."""

    type: str
    frames: list[str]


def error_chain(error: BaseException) -> Sequence[Link]:
    """Describe the error, then what it was raised from or while handling."""
    links: list[Link] = []
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen and len(links) < _LINKS_KEPT:
        seen.add(id(at))
        stack = StackSummary.extract(walk_tb(at.__traceback__), limit=-FRAMES_KEPT, lookup_lines=False)
        frames = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in stack]
        links.append({"type": type_of(at), "frames": frames})
        at = at.__cause__ or at.__context__
    return links


def type_of(error: BaseException) -> str:
    """Return the full name of its class."""
    return f"{type(error).__module__}.{type(error).__qualname__}"
