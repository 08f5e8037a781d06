"""Numbers in words: with the right form of the noun, and capped where counting on tells nobody more."""

from typing import Final

CAP: Final = 10_000
_IRREGULAR: Final = {"is": "are", "has": "have", "was": "were", "it": "they", "this": "these"}


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return `1 case`, `17 cases`, `10,000+ cases` (where counting ended at the cap)."""
    word = noun if number == 1 else (plural or f"{noun}s")
    return f"{figure(number)} {word}"


def figure(number: int) -> str:
    """Return the number with its thousands apart; above the cap `10,000+`."""
    return f"{CAP:,}+" if number > CAP else f"{number:,}"


def verb(number: int, singular: str) -> str:
    """Return the verb as it goes with the number: `is` or `are`, `waits` or `wait`."""
    if number == 1:
        return singular
    return _IRREGULAR.get(singular, singular.removesuffix("s"))
