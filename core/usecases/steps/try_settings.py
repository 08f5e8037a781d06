"""Try settings on a firm's cases in SmartAdvocate, those first that changed last, before they are saved."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import zip_longest
from typing import Final

from core.case import SourceCase
from core.errors import CaseNotFoundError
from core.firm import Firm
from core.mapping import PhoneNormaliser
from core.ports.case_management import CaseManagement
from core.ports.clock import Clock
from core.preview import preview_case
from core.trial import Trial
from core.usecases.steps.latest_cases import LatestCases

MOST_READ: Final = 20  # where each is read by itself

Seat = Callable[[str], AbstractContextManager[None]]


class TrySettings:
    """Compares what the settings of two states of a firm make of real cases. Nothing is stored."""

    def __init__(
        self, case_management: CaseManagement, clock: Clock, normalise_phone: PhoneNormaliser, seat: Seat
    ) -> None:
        self._case_management = case_management
        self._clock = clock
        self._normalise_phone = normalise_phone
        self._seat = seat

    def __call__(self, before: Firm, after: Firm, here: int) -> Trial:
        """Return what would change of all cases, or of as many as a look has time for.

        `here` is how many cases of the firm are stored. Raises what `CaseManagement` raises for a first page.
        """
        trial, at = Trial(here=here), self._clock.now()
        # A mapping says what is read of a case, a profile how: what differs there needs its own reading.
        same = before.mapping.asked == after.mapping.asked and before.profile == after.profile
        with self._seat(before.firm_id):
            if same:
                for page in self._pages(after, trial):
                    for case in page:
                        self._add(trial, before, case, after, case, at)
                return trial
            now, then = dict[str, SourceCase](), dict[str, SourceCase]()  # not yet read in the other way
            for cases_then, cases_now in zip_longest(
                self._pages(after, trial), self._pages(before, trial), fillvalue=()
            ):
                then.update((case.integration_id, case) for case in cases_then)
                now.update((case.integration_id, case) for case in cases_now)
                for case_id in sorted(then.keys() & now.keys()):
                    self._add(trial, before, now.pop(case_id), after, then.pop(case_id), at)
        return trial

    def _add(
        self,
        trial: Trial,
        before: Firm,
        case_now: SourceCase,
        after: Firm,
        case_then: SourceCase,
        at: datetime,
    ) -> None:
        now = preview_case(case_now, before, self._normalise_phone, at)
        trial.add(case_now.integration_id, now, preview_case(case_then, after, self._normalise_phone, at))

    def _pages(self, firm: Firm, trial: Trial) -> Iterator[list[SourceCase]]:
        """Give whole cases; where the search gives summaries, each is read by itself, and not too many."""
        latest, read = LatestCases(self._case_management, self._clock, firm), 0
        for page in latest:
            if all(row.complete and firm.search_rows_complete for row in page):
                yield list(page)
                continue
            some = page[: MOST_READ - read]
            read += len(some)
            yield [case for row in some if (case := self._whole(firm, row.integration_id)) is not None]
            if len(some) < len(page) or read == MOST_READ:
                trial.is_whole = False
                return
        trial.is_whole &= latest.is_whole

    def _whole(self, firm: Firm, integration_id: str) -> SourceCase | None:
        try:
            return self._case_management.case_by_id(firm, integration_id)
        except CaseNotFoundError:
            return None
