"""The name that somebody may have meant by one that is not there."""

from collections.abc import Sequence
from typing import Final

_LEAST_LIKENESS: Final = 60.0  # of 100; below it two names have nothing in common
_MOST_LOOKED_AT: Final = 20_000


def nearest(asked: str, known: Sequence[str]) -> str | None:
    """Return the likest of the known names, letter case and punctuation aside; None if none is like it."""
    from rapidfuzz import fuzz, process, utils  # loaded by what failed

    found = process.extractOne(
        asked[:200],
        known[:_MOST_LOOKED_AT],
        scorer=fuzz.ratio,
        processor=utils.default_process,
        score_cutoff=_LEAST_LIKENESS,
    )
    return found[0] if found else None
