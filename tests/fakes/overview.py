"""Firms at a glance, in memory."""

from collections.abc import Sequence
from datetime import UTC, datetime

from core.actor import Reach
from core.overview import Behind, FirmAtAGlance, FirmOrder
from core.ports.overview import Overview
from core.run import OVER_A_WINDOW, RunState
from tests.fakes.reach import within
from tests.fakes.transaction import Transaction

_NEVER = datetime.min.replace(tzinfo=UTC)


class FakeOverview(Overview):
    """Looks at firms, runs and issues."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def firms(
        self, firms: Reach, order: FirmOrder, limit: int, *, behind: Behind | None = None, words: str = ""
    ) -> Sequence[FirmAtAGlance]:
        tables = self._transaction.tables
        seen = [
            FirmAtAGlance(
                firm.firm_id,
                firm.name,
                firm.connection,
                firm.nightly_sync,
                firm.first_synced_at,
                firm.paused_until,
                firm.pause_by,
                self._good_at(firm.firm_id),
                sum(issue.firm_id == firm.firm_id for issue in tables.issues.values()),
            )
            for firm in tables.firms.values()
            if within(firms, firm.firm_id) and words.lower() in f"{firm.firm_id} {firm.name}".lower()
        ]
        places = {firm: _place(Behind.after(firm), order) for firm in seen}
        found = [firm for firm in seen if behind is None or places[firm] > _place(behind, order)]
        return sorted(found, key=lambda firm: places[firm])[:limit]

    def _good_at(self, firm_id: str) -> datetime | None:
        good = [
            run
            for run in self._transaction.tables.runs.values()
            if run.firm_id == firm_id and run.state is RunState.FINISHED and run.trigger in OVER_A_WINDOW
        ]
        return max(good, key=lambda run: run.run_id).ended_at if good else None


def _place(behind: Behind, order: FirmOrder) -> tuple[datetime, int, str]:
    if order is FirmOrder.NIGHT:
        return (behind.good_at or _NEVER, 0, behind.firm_id)
    return (_NEVER, -behind.issues, behind.firm_id)
