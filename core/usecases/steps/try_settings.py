"""Try settings on the cases that changed last in SmartAdvocate, before they are saved."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Final

from core.case import SourceCase
from core.errors import CaseNotFoundError
from core.firm import Firm
from core.mapping import PhoneNormaliser
from core.ports.case_management import CaseManagement
from core.ports.clock import Clock
from core.preview import preview_case
from core.trial import Trial
from core.window import window_for

MOST_LOOKED_AT: Final = 200  # cases: one page of the search
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

    def __call__(self, before: Firm, after: Firm) -> Trial:
        """Return what would change. Raises what `CaseManagement` raises."""
        with self._seat(before.firm_id):
            cases = self._cases(after)
            # A mapping says what is read of a case, a profile how: what differs there needs its own reading.
            same = before.mapping.asked == after.mapping.asked and before.profile == after.profile
            as_now = cases if same else self._cases(before)
        trial, at = Trial(), self._clock.now()
        for case_id, case in cases.items():
            if case_id in as_now:
                now = preview_case(as_now[case_id], before, self._normalise_phone, at)
                trial.add(case_id, now, preview_case(case, after, self._normalise_phone, at))
        return trial

    def _cases(self, firm: Firm) -> Mapping[str, SourceCase]:
        window = window_for(self._clock.now(), first=True)
        asking = replace(firm, page_size=min(firm.page_size, MOST_LOOKED_AT))
        page = self._case_management.search_cases(asking, window.since, window.until, 0)
        rows = [row for row in page.rows if isinstance(row, SourceCase)]
        rows.sort(key=lambda row: (row.modified_at or window.since, row.integration_id), reverse=True)
        if all(row.complete and firm.search_rows_complete for row in rows):
            return {row.integration_id: row for row in rows[:MOST_LOOKED_AT]}
        whole = (self._whole(firm, row.integration_id) for row in rows[:MOST_READ])
        return {case.integration_id: case for case in whole if case is not None}

    def _whole(self, firm: Firm, integration_id: str) -> SourceCase | None:
        try:
            return self._case_management.case_by_id(firm, integration_id)
        except CaseNotFoundError:
            return None
