"""Numbers in words: with the right form of the noun. What is known is said to the last one."""

from typing import Final

CAP: Final = 10_000
"""A list's total is counted no further: counting on tells nobody more."""
_IRREGULAR: Final = {"is": "are", "has": "have", "was": "were", "it": "they", "this": "these"}


def count(number: int, noun: str, plural: str | None = None) -> str:
    """Return `1 case`, `17 cases`, `25,310 cases`."""
    return f"{figure(number)} {_form(number, noun, plural)}"


def total(number: int, noun: str, plural: str | None = None) -> str:
    """Return a total whose counting ended above the cap as `10,000+ cases`; one below as `count` does."""
    return f"{CAP:,}+ {_form(number, noun, plural)}" if number > CAP else count(number, noun, plural)


def figure(number: int) -> str:
    """Return the number with its thousands apart: `1,204`."""
    return f"{number:,}"


def verb(number: int, singular: str) -> str:
    """Return the verb as it goes with the number: `is` or `are`, `waits` or `wait`."""
    if number == 1:
        return singular
    return _IRREGULAR.get(singular, singular.removesuffix("s"))


def _form(number: int, noun: str, plural: str | None) -> str:
    return noun if number == 1 else (plural or f"{noun}s")
