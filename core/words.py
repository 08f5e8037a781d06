"""What a door says of a reason. The sentences are the doors' own; here is only their shape."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.reason import Reason


@dataclass(frozen=True, slots=True)
class Words:
    """What happened, as a sentence without its full stop, and what the reader can do; "" for nothing."""

    what: str
    next_step: str = ""


WordTable = Mapping[Reason, Words]
