"""One page of the case search, also of a server that has an error where there is nothing more."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

from core.case import SourceCase, UnreadableCase
from core.cursor import MARGIN, Search, Window
from core.errors import NeedsPersonError, RejectedBySmartAdvocateError
from core.firm import Firm
from core.ports.case_management import CaseManagement, CasePage
from core.ports.clock import Clock
from core.run import Run
from core.window import covers_everything, window_for

_NOT_FOUND: Final = 404
_NO_SUCH_PAGE: Final = (400, 410, 416, 422)
_MANY_ROWS: Final = 500
_FEW_PAGES: Final = 10  # of so many rows


class SearchPages:
    """Reads pages of a firm's case search."""

    def __init__(self, case_management: CaseManagement, clock: Clock) -> None:
        self._case_management = case_management
        self._clock = clock

    def read(self, firm: Firm, run: Run, search: Search) -> CasePage:
        """Read one page; a 404 is an empty one where the search is there: another page, and it once more.

        Some servers have "no records" where a page is past the end, or a window holds nothing. The other
        page is the first of ten years, of which a run over ten years must have seen something. One answer
        that went astray must not end a run that has more to read. Others refuse what is past the end, in
        words of their own.
        """
        is_first = covers_everything(run.window)
        whole = run.window if is_first else window_for(self._clock.now(), first=True)
        ask = partial(self._case_management.search_cases, firm)
        asked = partial(ask, search.since, search.until, search.page, by_id=search.by_id)
        try:
            return asked()
        except RejectedBySmartAdvocateError as error:
            if error.status not in _NO_SUCH_PAGE or not self._is_past_the_end(firm, search, whole):
                raise
            return self._again(asked, error.status)
        except NeedsPersonError as error:
            if error.status != _NOT_FOUND or (is_first and not run.pages):
                raise
        ask(whole.since, whole.until, 0)
        return self._again(asked, _NOT_FOUND)

    def _is_past_the_end(self, firm: Firm, search: Search, whole: Window) -> bool:
        """Tell whether it is sure that nothing lies where the server refused to look.

        Before a further page there are so many rows as the last page that is shown tells, and no more. A
        window is empty where a wider one shows what lies after it, or all that lies before it.
        """
        if search.page and (before := self._rows_before(firm, search)):
            return self._ends_after(firm, search, before)
        if search.by_id:
            return False
        search = replace(search, page=0)  # where even that is not shown, none is
        times = [row.modified_at or search.since for row in self._shown(firm, search, until=whole.until)]
        if times and min(times) > search.until:
            return times == sorted(times) or len(times) < firm.page_size
        large = replace(firm, page_size=max(firm.page_size, _MANY_ROWS))
        for since in (search.since - 2 * MARGIN, whole.since):
            wider = replace(search, since=since)
            if rows := self._shown(large, wider):
                page = 1
                while page < _FEW_PAGES and (more := self._shown(large, replace(wider, page=page))):
                    rows, page = [*rows, *more], page + 1
                is_before = all(row.modified_at and row.modified_at < search.since for row in rows)
                return is_before and page < _FEW_PAGES and self._ends_after(firm, wider, len(rows))
        return False

    def _rows_before(self, firm: Firm, search: Search) -> int:
        """Return how many rows there are up to the last page, before this one, that is shown."""
        first = last = len(self._shown(firm, replace(search, page=0)))
        shown, refused = 0, search.page
        while first and refused - shown > 1:
            middle = (shown + refused) // 2
            there = len(self._shown(firm, replace(search, page=middle)))
            if there:
                shown, last = middle, there
            else:
                refused = middle
        return shown * first + last

    def _ends_after(self, firm: Firm, search: Search, rows: int) -> bool:
        """Tell whether a window has exactly so many rows: in pages of one, the last is there and none more.

        A server that takes no high numbers of pages, behind which more may lie, refuses both.
        """
        one_by_one, window = replace(firm, page_size=1), replace(search, by_id=False)
        if rows == 0 or not self._shown(one_by_one, replace(window, page=rows - 1)):
            return False
        return not self._shown(one_by_one, replace(window, page=rows))

    def _shown(
        self, firm: Firm, search: Search, *, until: datetime | None = None
    ) -> Sequence[SourceCase | UnreadableCase]:
        """Return the rows of a page, none of one that is refused."""
        try:
            return self._case_management.search_cases(
                firm, search.since, until or search.until, search.page, by_id=search.by_id
            ).rows
        except RejectedBySmartAdvocateError:
            return ()

    @staticmethod
    def _again(asked: Callable[[], CasePage], status: int | None) -> CasePage:
        """Ask once more for a page that is not there; with the same answer it is an empty one."""
        try:
            return asked()
        except (NeedsPersonError, RejectedBySmartAdvocateError) as error:
            if error.status != status:
                raise
            return CasePage(())
