"""Issues in Postgres: problems that a person should look at."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import structlog

from adapters.postgres.store.actors import firms_of
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.text import short
from core.actor import ALL_FIRMS, Reach
from core.issue import Issue, IssueKind
from core.ports.issues import LOOKED_AT_ONCE, Issues, Settled
from core.storable import storable

_log = structlog.get_logger(__name__)
_SQL: Final = Statements.beside(__file__)


# The deliveries and the run themselves are a line at warning, which says more.
_SAID_ELSEWHERE: Final = (IssueKind.DELIVERY_HELD, IssueKind.DELIVERY_FAILED, IssueKind.SYNC_FAILED)


class PostgresIssues(Issues):
    """See `core.ports.issues.Issues`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def open(self, firm_id: str, kind: IssueKind, key: str, message: str) -> None:
        new = {"firm_id": firm_id, "kind": kind.value, "key": storable(key), "message": short(message)}
        [[times]] = self._session.rows(_SQL["open"], new)
        if times == 1:  # its repeats are counted, not said again
            words = {"firm_id": firm_id, "reason": kind.value, "key": key, "detail": message}
            if kind in _SAID_ELSEWHERE:
                self._session.afterwards(lambda: _log.info("issue_opened", **words))
            else:
                self._session.afterwards(lambda: _log.warning("issue_opened", **words))

    def resolve(self, firm_id: str, kind: IssueKind, key: str | None = None) -> int:
        asked = {"firm_id": firm_id, "kind": kind.value, "key": key}
        number = self._session.run(_SQL["resolve"], asked)
        if number:
            self._session.afterwards(lambda: _log.info("issue_resolved", firm_id=firm_id, reason=kind.value))
        return number

    def resolve_settled(
        self, firm_id: str | None = None, *, after: int = 0, limit: int = LOOKED_AT_ONCE
    ) -> Settled:
        name = "resolve_settled" if firm_id is None else "resolve_settled_of_firm"
        [row] = self._session.rows(_SQL[name], {"firm_id": firm_id, "after": after, "limit": limit})
        return Settled(*row)

    def list_open(
        self, firms: Reach, *, with_muted: bool = False, after: int = 0, limit: int | None = None
    ) -> Sequence[Issue]:
        asked = {"firms": firms_of(firms), "with_muted": with_muted, "after": after, "limit": limit}
        name = "list_open" if firms is ALL_FIRMS else "list_open_of_firms"
        return [Issue(*row) for row in self._session.rows(_SQL[name], asked)]

    def mute(self, firm_id: str, kind: IssueKind, key: str | None, until: datetime) -> None:
        parameters = {"firm_id": firm_id, "kind": kind.value, "key": storable(key or ""), "until": until}
        self._session.run(_SQL["mute"], parameters)

    def muted(self, firm_id: str, kind: IssueKind) -> list[str | None]:
        rows = self._session.rows(_SQL["muted"], {"firm_id": firm_id, "kind": kind.value})
        return [key or None for (key,) in rows]

    def unmute(self, firm_id: str, kind: IssueKind, key: str | None) -> None:
        only = None if key is None else storable(key)
        self._session.run(_SQL["unmute"], {"firm_id": firm_id, "kind": kind.value, "key": only})
