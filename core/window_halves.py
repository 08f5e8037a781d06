"""Reading a window of a server that does not order by time: halved until one answer holds a part of it.

One answer is of one moment, so nothing can be shifted past the reader in it. What changes meanwhile moves to
a later part, which is still to be read.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

# So many rows in another order are not the same ones by chance.
SURE: Final = 20
WIDEST: Final = timedelta(days=3653)
# Requests reach 4 ms over the ends of a part, and times of SmartAdvocate's database step by 3.33 ms.
NARROWEST: Final = timedelta(milliseconds=16)
_FILL: Final = 0.7  # of an answer, that the next part should fill
_MOST: Final = 8.0  # by which a part may be wider than the one before
_LEAST: Final = 1 / 64  # and narrower

Row = tuple[str, datetime | None]  # integration id, modified at


@dataclass(frozen=True, slots=True)
class Halves:
    """The part that is read now: to `until` (UTC; None: to the window's open end).

    That a part fits an answer is seen from two pages. Cases leave a part that is past, and none comes to it:
    there an empty second page means that the first one, asked for after it, holds all. To the open end cases
    come, and some may vanish: there the first page must have room for more, too.
    """

    until: datetime | None = None
    width: timedelta = WIDEST  # that the next part is to have
    page: int | None = 0  # to ask for next of this part; None: both were read
    first: tuple[str, ...] | None = None  # ids of the page that was read first; None: none was
    fits: bool = False
    largest: int = 0  # rows of the largest answer so far
    latest: datetime | None = None  # time of change that was read: what lies before it is past
    crowd: datetime | None = None  # an instant of this part that most rows of a page share

    @property
    def first_page(self) -> int:
        """The page to begin a part with."""
        return 0 if self.until is None else 1

    def with_page(self, page: int, rows: Sequence[Row]) -> "Halves":
        """Return it with what a page of this part brought."""
        ids = tuple(integration_id for integration_id, _ in rows)
        times = [at for _, at in rows if at is not None]
        at, rows_there = Counter(times).most_common(1)[0] if times else (None, 0)
        largest = max(self.largest, len(ids))
        now = replace(
            self,
            largest=largest,
            latest=max([*times, *filter(None, (self.latest,))], default=None),
            crowd=at if 2 * rows_there > len(ids) else self.crowd,
        )
        if self.first is None:
            return replace(now, first=ids, page=1 - page)
        one, two = (self.first, ids) if page else (ids, self.first)
        # A server that has no second page may answer with the first again.
        room = len(one) < largest
        again = set(one) == set(two) and (len(one) >= SURE or room)
        fits = not one or ((not two or again) and (self.until is not None or room))
        return replace(now, page=None, fits=fits)

    def split(self, since: datetime, until: datetime, total: int | None) -> "Halves | None":
        """Return the first part of this one, which does not fit; None where it cannot be made smaller.

        A total given is a hint and no more.
        """
        if self.until is None:  # what is not past would gain cases while it is read
            until = min(until, self.latest or since)
        if until - since <= NARROWEST:
            return None
        at = self.crowd
        if at is not None and since - NARROWEST < at < until + NARROWEST:
            # One instant has more than an answer holds, it seems: what lies before it, then the instant.
            ends = at + (NARROWEST / 2 if at - since <= NARROWEST else -NARROWEST / 2)
            if since < ends < until:
                return self._part(ends, self.width)
        share = 0.5
        if total is not None and total > self.largest > 0:
            share = min(share, max(_FILL * self.largest / total, _LEAST))
        width = max((until - since) * share, NARROWEST)
        return self._part(since + width, width)

    def behind(self, since: datetime, rows: int) -> "Halves":
        """Return it with the width for the next part, after this one, from `since`, brought so many rows."""
        if self.until is None:
            return self
        factor = _MOST if rows == 0 else _FILL * self.largest / rows
        width = (self.until - since) * min(max(factor, _LEAST), _MOST)
        return replace(self, width=min(max(width, NARROWEST), WIDEST))

    def next(self, begins: datetime) -> "Halves":
        """Return the part that begins there; one that is not past goes to the open end."""
        past = self.latest is not None and begins + self.width < self.latest
        return self._part(begins + self.width if past else None, self.width)

    def _part(self, until: datetime | None, width: timedelta) -> "Halves":
        page = 0 if until is None else 1
        return Halves(until, width, page, largest=self.largest, latest=self.latest)

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form."""
        data = {name: getattr(self, name) for name in self.__slots__}
        for name in _INSTANTS:
            data[name] = data[name].isoformat() if data[name] else None
        return {**data, "width": self.width.total_seconds()}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Halves":
        """Read what `to_data` wrote."""
        instants = {name: datetime.fromisoformat(data[name]) if data[name] else None for name in _INSTANTS}
        first = None if data["first"] is None else tuple(data["first"])
        return cls(**{**data, **instants, "width": timedelta(seconds=data["width"]), "first": first})


_INSTANTS: Final = ("until", "latest", "crowd")
