"""Consents under way in memory."""

import itertools
from datetime import datetime, timedelta

from core.actor import SYSTEM
from core.ports.clock import Clock
from core.ports.connections import Begun, Consents
from core.ports.unit_of_work import UnitsOfWork


class FakeConsents(Consents):
    """States by their secret; the sessions are the store's."""

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock
        self._numbers = itertools.count(1)
        self._states: dict[str, tuple[str, str, str, datetime]] = {}

    def begin(self, session: str, firm_id: str, life: timedelta) -> Begun | None:
        if not self._is_open(session):
            return None
        self._states = {key: row for key, row in self._states.items() if row[0] != session}
        number = next(self._numbers)
        begun = Begun(f"state-{number}", f"verifier-{number}-{'v' * 43}")
        self._states[begun.state] = (session, firm_id, begun.verifier, self._clock.now() + life)
        return begun

    def take(self, session: str, state: str) -> tuple[str, str] | None:
        row = self._states.pop(state, None)
        if row is None or row[0] != session or row[3] <= self._clock.now():
            return None
        return (row[1], row[2]) if self._is_open(session) else None

    def _is_open(self, secret: str) -> bool:
        with self._units_of_work(SYSTEM) as uow:
            return uow.sessions.find(secret) is not None
