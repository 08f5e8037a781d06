"""Sessions and sign-in links in memory."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta

from core.actor import AllFirms, Reach, covers
from core.ports.sessions import Sessions
from core.session import Opened, Session, Visitor, Way
from tests.fakes.tables import LinkRow, SessionRow
from tests.fakes.transaction import Transaction


class FakeSessions(Sessions):
    """Both by their secrets."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def new_link(self, visitor: Visitor, life: timedelta) -> str:
        link = f"link-{self._transaction.next_id()}"
        self._links[link] = LinkRow(visitor, self._transaction.now() + life)
        return link

    def open_link(self, link: str, agent: str) -> Opened | None:
        row = self._links.pop(link, None)
        if row is None or row.until <= self._transaction.now():
            return None
        return self.open(row.visitor, agent)

    def open(self, visitor: Visitor, agent: str) -> Opened:
        number, now = self._transaction.next_id(), self._transaction.now()
        idle, whole = visitor.limits.idle, visitor.limits.whole
        session = Session(
            number, visitor.actor, visitor.person, visitor.way, now, now, now + idle, now + whole, agent[:200]
        )
        self._rows[f"session-{number}"] = SessionRow(session, idle)
        return Opened(f"session-{number}", session)

    def find(self, secret: str) -> Session | None:
        row = self._rows.get(secret)
        return row.session if row is not None and self._is_alive(row.session) else None

    def touch(self, session_id: int) -> None:
        now = self._transaction.now()
        for secret, row in self._rows.items():
            if row.session.session_id == session_id and self._is_alive(row.session):
                seen = replace(row.session, seen_at=now, idle_until=now + row.idle)
                self._rows[secret] = SessionRow(seen, row.idle)

    def of(self, person: str, within: Reach) -> Sequence[Session]:
        mine = [row.session for row in self._rows.values() if _is_of(row.session, person, within)]
        return sorted(filter(self._is_alive, mine), key=lambda session: -session.session_id)

    def end(self, person: str, within: Reach, session_id: int | None = None) -> int:
        if session_id is None:
            for link in [link for link, row in self._links.items() if _is_of(row.visitor, person, within)]:
                del self._links[link]
        return self._drop(
            lambda session: _is_of(session, person, within) and session_id in (None, session.session_id)
        )

    def end_known_as(self, name: str) -> int:
        def is_meant(one: Session | Visitor) -> bool:
            known = name == one.actor.name or one.person == f"provider:{name}"
            return known and one.way is not Way.CONNECT_LINK

        for link in [link for link, row in self._links.items() if is_meant(row.visitor)]:
            del self._links[link]
        return self._drop(is_meant)

    def forget_firm(self, firm_id: str) -> None:
        for secret, row in list(self._rows.items()):
            left = without(row.session.actor.firms, firm_id)
            if not left:
                del self._rows[secret]
            else:
                actor = replace(row.session.actor, firms=left)
                self._rows[secret] = replace(row, session=replace(row.session, actor=actor))
        for link, kept in list(self._links.items()):
            left = without(kept.visitor.actor.firms, firm_id)
            if not left:
                del self._links[link]
            else:
                actor = replace(kept.visitor.actor, firms=left)
                self._links[link] = replace(kept, visitor=replace(kept.visitor, actor=actor))

    def _drop(self, is_meant: Callable[[Session], bool]) -> int:
        ended = [secret for secret, row in self._rows.items() if is_meant(row.session)]
        for secret in ended:
            del self._rows[secret]
        return len(ended)

    def _is_alive(self, session: Session) -> bool:
        return session.over_at > self._transaction.now()

    @property
    def _rows(self) -> dict[str, SessionRow]:
        return self._transaction.tables.sessions

    @property
    def _links(self) -> dict[str, LinkRow]:
        return self._transaction.tables.sign_in_links


def _is_of(one: Session | Visitor, person: str, within: Reach) -> bool:
    return one.person == person and covers(within, one.actor.firms)


def without(firms: Reach, firm_id: str) -> Reach:
    """Return the firms without this one; all firms stay all."""
    return firms if isinstance(firms, AllFirms) else firms - {firm_id}
