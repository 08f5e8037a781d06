"""Reading cases that share an instant, more than an answer holds, from a server that keeps no order in them.

Each request meets another order, so pages overlap and leave gaps. They are read again and again: until two
passes bring the same pages, which proves an order after all; or until nothing new has come for so long that
something unread would have shown.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

# Rows without anything new, as a multiple of the set: by then a case that is left has been passed over with a
# probability of e to the minus sixteen, one in nine million.
QUIET: Final = 16
# Where the server counts more than came, it is believed for as long again.
MAX_PASSES: Final = 60
_MIN_REQUESTS: Final = 200
_SURE_ROWS: Final = 40  # so many rows do not come in the same order again by chance


@dataclass(frozen=True, slots=True)
class OneSet:
    """A set that is being read: what changed from `since` to `until` (UTC), pages from 0.

    The second page goes first: cases leave the set and none comes to it, so where that page is empty the
    first one, asked for after it, holds all. `around` is the instant that the set is known to have.
    """

    since: datetime
    until: datetime
    around: datetime | None = None
    page: int = 1
    alone: bool = False  # there is no second page
    rows: int = 0  # of this pass
    longest: int = 0  # rows of the longest pass
    met: int = 0  # different cases
    quiet: int = 0  # rows since something new came
    last: str = ""  # what the last page held, as a digest
    digest: str = ""  # of this pass so far
    before: str = ""  # of the pass before
    same: int = 0  # rows that came again as in the pass before, in passes one after the other
    repeats: int = 0  # pages one after the other that held the same as the one before
    spoiled: bool = False  # a page of this pass was answered twice
    requests: int = 0
    found: bool = False  # something of that instant came
    ended: bool = False
    proven: bool = True

    def after(
        self,
        rows: Sequence[tuple[str, datetime | None]],
        met: int,
        total: int | None,
        margin: timedelta,
    ) -> "OneSet":
        """Return it after a page brought `rows`; `met` counts the different cases so far."""
        new = met > self.met
        found = self.found or any(
            at is not None and self.around is not None and abs(at - self.around) <= margin for _, at in rows
        )
        now = replace(
            self,
            requests=self.requests + 1,
            met=met,
            quiet=0 if new else self.quiet + len(rows),
            found=found,
        )
        if self.requests == 0:
            return replace(now, page=0, alone=not rows, quiet=0)
        if now.alone:
            return replace(now, ended=True)
        now = now.with_page(rows)
        if now.ended:
            return now
        size = max(now.met, now.longest, len(rows))
        enough = QUIET * size
        if now.quiet >= enough and (total is None or now.met >= total or now.quiet >= 2 * enough):
            return replace(now, ended=True, proven=total is None or now.met >= total)
        pages = -(-size // max(len(rows), 1))
        if now.requests > _MIN_REQUESTS + MAX_PASSES * pages:
            return replace(now, ended=True, proven=False)
        return now

    def with_page(self, rows: Sequence[tuple[str, datetime | None]]) -> "OneSet":
        """Return it with a page of the present pass."""
        if not rows:
            return self.end_of_pass()
        held = _digest("", [integration_id for integration_id, _ in rows])
        if held == self.last:  # the last page again, or a page was answered twice by mistake
            if self.repeats:
                return self.end_of_pass()
            return replace(self, repeats=1, page=self.page + 1)
        passed = self.rows + len(rows)
        now = replace(
            self,
            page=self.page + 1,
            rows=passed,
            last=held,
            digest=_digest(self.digest, [held]),
            repeats=0,
            spoiled=self.spoiled or self.repeats > 0,
        )
        # A server that has rows on each page, however far, has no end of a pass.
        endless = passed > 2 * max(self.met, self.longest, len(rows))
        return replace(now.end_of_pass(), longest=self.longest) if endless else now

    def end_of_pass(self) -> "OneSet":
        """Return it at the beginning of the next pass, or ended where this one was like the one before."""
        again = bool(self.digest) and self.digest == self.before and not self.spoiled
        same = self.same + self.rows if again else 0
        return replace(
            self,
            ended=same >= _SURE_ROWS or not self.rows,
            same=same,
            page=0,
            rows=0,
            longest=max(self.longest, self.rows),
            last="",
            digest="",
            before="" if self.spoiled else self.digest,
            repeats=0,
            spoiled=False,
        )

    def to_data(self) -> dict[str, Any]:
        """Return a JSON-ready form."""
        data = {name: getattr(self, name) for name in self.__slots__}
        return {
            name: value.isoformat() if isinstance(value, datetime) else value for name, value in data.items()
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "OneSet":
        """Read what `to_data` wrote."""
        instants = {
            name: datetime.fromisoformat(data[name])
            for name in ("since", "until", "around")
            if data[name] is not None
        }
        return cls(**{**data, **instants})


def _digest(before: str, words: Sequence[str]) -> str:
    return hashlib.blake2b("\n".join([before, *words]).encode(), digest_size=16).hexdigest()
