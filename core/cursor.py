"""Where the reading of a case search stands, and what it asks for next; `core.window` takes the steps."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from typing import Any, Final

from core.window_halves import Halves
from core.window_sets import OneSet

JUST_LATER: Final = timedelta(milliseconds=1)  # the finest step that requests can name
# By which a request reaches over either end: whether ends are inclusive is UNKNOWN (API sheet, section 5),
# and times of SmartAdvocate's database step by 3.33 ms (section 15, 8).
MARGIN: Final = timedelta(milliseconds=4)

Row = tuple[str, datetime | None]  # integration id, modified at (UTC; None where it cannot be read)
Place = tuple[datetime, int, str]  # of a row in the order of time, then id


@dataclass(frozen=True, slots=True)
class Window:
    """Cases modified from `since` to `until`, both inclusive, in UTC."""

    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Search:
    """What to ask for: page `page` of a window in UTC. `by_id`: by id alone, and many rows at a time."""

    since: datetime
    until: datetime
    page: int
    by_id: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a run stands: ask for cases modified since `since`, page `page` (from 0).

    Pages are keyed by time, not by count: each page moves `since` to its last row's time, so cases that
    change meanwhile cannot shift others past the reader.

    Only where more cases share one instant than fit a page are they counted: the group. A case that leaves
    it, for a later time, moves those behind it forward, past a reader who counts up. So the reader looks for
    the group's last page first, in steps that double and then halve, and reads from there to its beginning:
    what moves forward moves into pages still to be read. `lowest` is the last page known to be of the group
    as a whole, `high` one that holds its end or nothing of it, and what it holds of it is read. `least` is
    the first place on the page read before: where the order of ids is broken there is none to rely on, and
    the group is read as a set.

    What changed at `since` was met before, as a rule, and a request that begins there has to bring it again.
    A server that tells other times than it compares (rounded ones, or of another zone) does not: it would
    lead past what lies between. So where it does not come, the request that brought it is made once more.
    """

    since: datetime
    page: int = 0
    previous: tuple[str, ...] = ()  # ids of the page before, bounded by the page size
    start: datetime | None = None  # where the window begins
    pages: int = 0  # that were left for a later time
    checking: datetime | None = None  # that time, while what lies before it is asked for once more
    lowest: int = 0
    high: int | None = None  # None as long as no end was found
    going_down: bool = False
    repeats: int = 0  # answers that were another page's, of this group
    resume_since: datetime | None = None  # where to go on after the group; None: just after its instant
    last_look: bool = False  # nothing was left; once more for what changed since
    least: Place | None = None
    is_awaited: bool = False  # what changed at `since` was met before
    came_from: datetime | None = None  # where the request began that brought it; None: it was a group's
    looking_back: bool = False  # it did not come again: that request is made once more
    is_of_few: bool = False  # the group began on a page of few rows, and there is no larger one
    largest: int = 0  # rows of the largest answer so far
    breadth: int = 0  # which of the breadths the group at `since` is looked for with
    halves: Halves | None = None  # the server does not order by time
    one_set: OneSet | None = None  # a group without a fixed order
    unproven: int = 0  # groups of which nobody can say that they were read whole
    over: bool = False  # all has been read
    requests: int = 0

    def search(self, window: Window) -> Search:
        """Return what to ask for next, within the run's window."""
        if self.one_set is not None:
            one_set = self.one_set
            return Search(one_set.since - MARGIN, one_set.until + MARGIN, one_set.page, by_id=True)
        if self.checking is not None:
            return Search(self.since - MARGIN, self.checking - MARGIN - JUST_LATER, 0)
        if self.looking_back and self.came_from is not None:
            return Search(self.came_from - MARGIN, window.until, 0)
        until = window.until
        if self.halves is not None and self.halves.until is not None:
            until = self.halves.until + MARGIN
        return Search(self.since - MARGIN, until, self.page)

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form. An older release that reads it goes on from `since`, with page 0."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        data = {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in values.items()
        }
        if self.least is not None:
            data["least"] = [self.least[0].isoformat(), *self.least[1:]]
        data["halves"] = self.halves.to_data() if self.halves else None
        data["one_set"] = self.one_set.to_data() if self.one_set else None
        return {**data, "by_count": False, "catching_up": False}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Cursor":
        """Read what `to_data` wrote. A cursor of an older release begins the group it was in anew."""
        if "unproven" not in data:
            start = datetime.fromisoformat(data["start"]) if data.get("start") else None
            since = datetime.fromisoformat(data["since"])
            anew = cls(since, start=start, requests=data.get("requests", 0))
            return replace(anew, since=start or anew.since, halves=Halves()) if data.get("by_count") else anew
        known: dict[str, Any] = {name.name: data[name.name] for name in fields(cls) if name.name in data}
        for name in ("since", "start", "checking", "resume_since", "came_from"):
            if known.get(name) is not None:
                known[name] = datetime.fromisoformat(known[name])
        if known.get("least") is not None:
            at, length, integration_id = known["least"]
            known["least"] = (datetime.fromisoformat(at), length, integration_id)
        known["previous"] = tuple(known.get("previous", ()))
        known["halves"] = Halves.from_data(data["halves"]) if data.get("halves") else None
        known["one_set"] = OneSet.from_data(data["one_set"]) if data.get("one_set") else None
        return cls(**known)
