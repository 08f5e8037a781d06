"""Admission in memory: the slots of the processes that share a store."""

from collections.abc import Callable
from datetime import datetime, timedelta

from core.errors import FirmPausedError, TransientError
from core.firm import Firm
from core.issue import IssueKind
from core.pause import LONGEST_PAUSE, granted, shortened
from core.ports.admission import Admission
from core.ports.clock import Clock
from core.reason import Reason
from tests.fakes.store import FakeStore


class FakeAdmission(Admission):
    """One process's side. `next_at`, by firm, is what the processes share."""

    def __init__(
        self,
        store: FakeStore,
        clock: Clock,
        sleep: Callable[[float], bool],
        next_at: dict[str, datetime],
    ) -> None:
        self._store = store
        self._clock = clock
        self._sleep = sleep
        self._next_at = next_at
        self.longest_pause = LONGEST_PAUSE

    def wait(self, firm: Firm, *, not_after: datetime | None = None) -> None:
        now = self._clock.now()
        self._check_pause(firm)
        if not firm.requests_per_second:
            return
        slot = max(now, self._next_at.get(firm.firm_id, now))
        self._next_at[firm.firm_id] = slot + timedelta(seconds=1 / firm.requests_per_second)
        if not_after is not None and slot >= not_after:
            raise TransientError("no room in time")
        if slot > now:
            if self._sleep((slot - now).total_seconds()):
                raise TransientError("stopping")
            self._check_pause(firm)

    def hold(self, firm_id: str, pause: timedelta | None, call: str = "") -> timedelta:
        length = granted(pause, self.longest_pause)
        with self._store.unit_of_work() as uow:
            uow.firms.pause(firm_id, self._clock.now() + length, pause, call)
            if pause is not None and pause > self.longest_pause:
                words = shortened(pause, self.longest_pause, call)
                uow.issues.open(firm_id, IssueKind.PAUSE_SHORTENED, firm_id, words)
            uow.commit()
        return length

    def shorten(self, firm_id: str, asked: timedelta, call: str) -> timedelta:
        if asked <= self.longest_pause:
            return asked
        with self._store.unit_of_work() as uow:
            words = shortened(asked, self.longest_pause, call)
            uow.issues.open(firm_id, IssueKind.PAUSE_SHORTENED, firm_id, words)
            uow.commit()
        return self.longest_pause

    def spoke(self, firm_id: str) -> None:
        firm = self._store.tables.firms.get(firm_id)
        is_noted = (firm_id, IssueKind.PAUSE_SHORTENED, firm_id) in self._store.tables.issues
        if firm is None or (firm.paused_until is None and not is_noted):
            return  # as nearly always, without a transaction
        with self._store.unit_of_work() as uow:
            if uow.firms.forget_pause(firm_id):
                uow.issues.resolve(firm_id, IssueKind.PAUSE_SHORTENED)
            uow.commit()

    def _check_pause(self, firm: Firm) -> None:
        with self._store.unit_of_work() as uow:
            stored = uow.firms.get(firm.firm_id)
        now = self._clock.now()
        if stored is not None and stored.paused_until is not None and stored.paused_until > now:
            raise FirmPausedError(
                "asked for a pause",
                reason=Reason.PAUSED if stored.pause_by else None,
                retry_after=stored.paused_until - now,
            )
