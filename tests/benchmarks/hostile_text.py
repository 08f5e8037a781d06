"""`hostile-text`: how long the slowest megabyte of a stranger's note takes to read."""

from dataclasses import dataclass
from functools import partial

from core.plain_text import plain_text
from tests.benchmarks.bench import Bench
from tests.benchmarks.figure import Figure, Round
from tests.properties.growth import seconds
from tests.properties.hostile import HOSTILE, LENGTH, SHORT_LENGTH, hostile_text

NAME = "hostile-text"
# A look for one character of a megabyte takes 0.3 ms on a quiet machine. No note may take more than 100 ms.
BAR = 333.0


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many characters each text has, and how many rounds there are."""

    characters: int
    rounds: int


FULL = Sizes(characters=LENGTH, rounds=3)
QUICK = Sizes(characters=SHORT_LENGTH, rounds=1)


def measure(_bench: Bench, sizes: Sizes) -> Figure:
    """Read each hostile text, and keep the slowest; limit: a look for one character of the same text."""
    return Figure(
        NAME,
        "ms",
        tuple(_slowest(sizes.characters) for _ in range(sizes.rounds)),
        BAR,
        f"the slowest of {len(HOSTILE)} texts of {sizes.characters} characters to plain text, "
        "at the better of two looks; limit: str.count over the same text",
        at_most=True,
    )


def _slowest(characters: int) -> Round:
    rounds = []
    for name in HOSTILE:
        text = hostile_text(name, characters)
        limit = min(seconds(partial(text.count, "<")) for _ in range(5))
        ours = min(seconds(partial(plain_text, text)) for _ in range(2))
        rounds.append(Round(ours * 1_000, limit * 1_000))
    return max(rounds, key=lambda each: each.ratio)
