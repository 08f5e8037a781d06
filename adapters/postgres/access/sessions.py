"""Browsers' sessions, and the links that open them, in Postgres."""

import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from adapters.postgres.access.digests import digest
from adapters.postgres.store.actors import firms_of, reach_from
from adapters.postgres.store.session import Row
from adapters.postgres.store.session import Session as Connection
from adapters.postgres.store.statements import Statements
from core.actor import Actor, Reach, Role
from core.ports.sessions import Sessions
from core.session import Opened, Session, Visitor, Way
from core.storable import storable

_SECRET_BYTES: Final = 32
_MAX_AGENT: Final = 200  # characters
_SQL: Final = Statements.beside(__file__)


class PostgresSessions(Sessions):
    """See `core.ports.sessions.Sessions`."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def new_link(self, visitor: Visitor, life: timedelta) -> str:
        self._connection.run(_SQL["forget_links"])
        link = secrets.token_urlsafe(_SECRET_BYTES)
        self._connection.run(_SQL["new_link"], {"link": digest(link), "life": life, **_values(visitor)})
        return link

    def open_link(self, link: str, agent: str) -> Opened | None:
        return self._opened("open_link", {"link": digest(link)}, agent)

    def open(self, visitor: Visitor, agent: str) -> Opened:
        opened = self._opened("open", _values(visitor), agent)
        assert opened is not None  # noqa: S101 - an insert of values returns its row
        return opened

    def find(self, secret: str) -> Session | None:
        row = self._connection.row(_SQL["find"], {"session": digest(secret)})
        return None if row is None else _session(row)

    def touch(self, session_id: int) -> None:
        self._connection.run(_SQL["touch"], {"session_id": session_id})

    def of(self, person: str, within: Reach) -> Sequence[Session]:
        whose = {"person": person, "within": firms_of(within)}
        return [_session(row) for row in self._connection.rows(_SQL["of"], whose)]

    def end(self, person: str, within: Reach, session_id: int | None = None) -> int:
        whose = {"person": person, "within": firms_of(within)}
        if session_id is None:
            self._connection.run(_SQL["end_links"], whose)
        return self._connection.run(_SQL["end"], {**whose, "session_id": session_id})

    def end_known_as(self, name: str) -> int:
        known = {"name": name, "person": f"provider:{name}", "visitor": Way.CONNECT_LINK.value}
        self._connection.run(_SQL["end_links_known_as"], known)
        return self._connection.run(_SQL["end_known_as"], known)

    def forget_firm(self, firm_id: str) -> None:
        for name in (
            "end_sessions_of_firm",
            "end_links_of_firm",
            "take_firm_from_sessions",
            "take_firm_from_links",
        ):
            self._connection.run(_SQL[name], {"firm_id": firm_id})

    def _opened(self, name: str, values: dict[str, Any], agent: str) -> Opened | None:
        self._connection.run(_SQL["forget_sessions"])
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        shown = storable(agent)[:_MAX_AGENT]
        row = self._connection.row(_SQL[name], {**values, "session": digest(secret), "agent": shown})
        return None if row is None else Opened(secret, _session(row))


def _values(visitor: Visitor) -> dict[str, Any]:
    actor = visitor.actor
    return {
        "person": visitor.person,
        "name": actor.name,
        "role": actor.role.value,
        "firms": firms_of(actor.firms),
        "way": visitor.way.value,
        "idle": visitor.limits.idle,
        "whole": visitor.limits.whole,
    }


def _session(row: Row) -> Session:
    session_id, person, name, role, firms, way, issued_at, seen_at, idle_until, ends_at, agent = row
    actor = Actor(name, Role(role), reach_from(firms))
    return Session(session_id, actor, person, Way(way), issued_at, seen_at, idle_until, ends_at, agent)
