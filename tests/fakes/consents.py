"""Links, sessions and states in memory."""

import itertools
from datetime import datetime, timedelta

from core.ports.clock import Clock
from core.ports.consents import Begun, Consents


class FakeConsents(Consents):
    """Everything by its secret."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._numbers = itertools.count(1)
        self._links: dict[str, tuple[str, datetime]] = {}
        self._sessions: dict[str, tuple[str, datetime]] = {}
        self._states: dict[str, tuple[str, str, str, datetime]] = {}

    def new_link(self, firm_id: str, life: timedelta) -> str:
        link = f"link-{next(self._numbers)}"
        self._links[link] = (firm_id, self._clock.now() + life)
        return link

    def open_link(self, link: str, life: timedelta) -> str | None:
        firm_id, until = self._links.pop(link, ("", self._clock.now()))
        if until <= self._clock.now():
            return None
        session = f"session-{next(self._numbers)}"
        self._sessions[session] = (firm_id, self._clock.now() + life)
        return session

    def firm_of(self, session: str) -> str | None:
        firm_id, until = self._sessions.get(session, ("", self._clock.now()))
        return firm_id if until > self._clock.now() else None

    def ends_at(self, session: str) -> datetime | None:
        return None if self.firm_of(session) is None else self._sessions[session][1]

    def begin(self, session: str, life: timedelta) -> Begun | None:
        firm_id = self.firm_of(session)
        if firm_id is None:
            return None
        self._states = {key: row for key, row in self._states.items() if row[0] != session}
        number = next(self._numbers)
        begun = Begun(f"state-{number}", f"verifier-{number}-{'v' * 43}")
        self._states[begun.state] = (session, firm_id, begun.verifier, self._clock.now() + life)
        return begun

    def take(self, session: str, state: str) -> tuple[str, str] | None:
        row = self._states.pop(state, None)
        if row is None or row[0] != session or row[3] <= self._clock.now() or self.firm_of(session) is None:
            return None
        return row[1], row[2]
