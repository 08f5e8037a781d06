"""The closest names to a name, for people who look for a slip of the pen."""

from collections.abc import Sequence
from typing import Final

MOST: Final = 3
LEAST_LIKENESS: Final = 60.0  # of 100; below it two names have nothing in common


def closest_names(name: str, candidates: Sequence[str]) -> Sequence[str]:
    """Return up to three candidates that are like the name, the likest first, letter case aside."""
    from rapidfuzz import fuzz, process, utils

    found = process.extract(
        name,
        list(dict.fromkeys(candidates)),
        scorer=fuzz.WRatio,
        processor=utils.default_process,
        limit=MOST,
        score_cutoff=LEAST_LIKENESS,
    )
    return [candidate for candidate, _score, _place in found]
