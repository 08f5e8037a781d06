"""Pages of a list: rows, and the place behind which the next ones are."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")
Place = tuple[str | int | datetime, ...]

MOST: Final = 500  # rows of a page
USUAL: Final = 50


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows, in order. `next` is the place of the last one, None where no row follows it.

    A place is what the list is ordered by, compared as a row, and unique: a number, or a time with an id.
    Rows that come in meanwhile take no row from the pages that follow, and put none there twice.
    """

    rows: Sequence[T]
    next: Place | None

    def each(self, told: Callable[[T], U]) -> "Page[U]":
        """Return the page with something else in place of each row."""
        return Page([told(row) for row in self.rows], self.next)


def number_in(place: Place | None) -> int | None:
    """Return the number that a list by numbers goes on behind; None for its first page."""
    return int(str(place[0])) if place else None


def page_of(found: Sequence[T], limit: int, place: Callable[[T], Place]) -> Page[T]:
    """Return the page of rows that were asked for with `limit + 1`: one more tells that there are more."""
    rows = found[:limit]
    return Page(rows, place(rows[-1]) if len(found) > limit else None)


def bounded(limit: int) -> int:
    """Return how many rows a page has: at least one, MOST at the most."""
    return max(1, min(limit, MOST))
