"""A look through a firm's cases in SmartAdvocate while a person waits, those first that changed last."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Final

from core.case import SourceCase
from core.errors import CasebridgeError, NeedsPersonError
from core.firm import Firm
from core.foreign import kept
from core.ports.case_management import CaseManagement
from core.ports.clock import Clock
from core.window import window_for

FOR: Final = timedelta(seconds=10)  # a person waits, and so do the firm's jobs
# The search sorts the oldest change first, if at all: what changed last is asked for by itself.
_BEGINNINGS: Final = (timedelta(days=30), timedelta(days=365))
_NOT_FOUND: Final = 404


class LatestCases:
    """Reads pages of the search until there are no more, or for as long as FOR; `is_whole` tells which.

    No order is promised within the last thirty days, the year before, and the nine before that. What changes
    meanwhile may be missed: this is a look, no sync.
    """

    def __init__(self, case_management: CaseManagement, clock: Clock, firm: Firm) -> None:
        self._case_management = case_management
        self._clock = clock
        self._firm = firm
        self.is_whole = False

    def __iter__(self) -> Iterator[Sequence[SourceCase]]:
        """Give the cases of each page, none twice. Raises what `CaseManagement` raises for the first page.

        What goes wrong later ends the look.
        """
        at = self._clock.now()
        window = window_for(at, first=True)
        begun, seen = False, set[str]()
        until, missing = window.until, None
        for since in (*(at - beginning for beginning in _BEGINNINGS), window.since):
            for page in count():
                if begun and self._is_over(at):
                    return
                try:
                    rows = self._case_management.search_cases(self._firm, since, until, page).rows
                except CasebridgeError as error:
                    if isinstance(error, NeedsPersonError) and error.status == _NOT_FOUND:
                        missing = kept(error)  # as some answer where there is nothing, or no more
                        break
                    if begun:
                        return
                    raise
                begun = True
                new = [row for row in rows if row.integration_id not in seen]
                if not new:
                    break
                seen.update(row.integration_id for row in new)
                yield [row for row in new if isinstance(row, SourceCase)]
            until = since
        if missing is not None and not begun:
            raise missing
        self.is_whole = True

    def _is_over(self, begun: datetime) -> bool:
        return self._clock.now() - begun >= FOR
