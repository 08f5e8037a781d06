"""Numbers beside their nouns."""


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """Return `1 case`, `2 cases`, `1,000 cases`, `0 deliveries` (whose plural is given)."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
