"""What was announced, as the outbox keeps it."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from adapters.postgres.store.actors import firms_of
from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.wake_ups import Channel
from core.actor import ALL_FIRMS, Reach
from core.announced import Announced
from core.ports.announcements import Announcements
from core.storable import storable

_SQL: Final = Statements.beside(__file__)


class PostgresAnnouncements(Announcements):
    """See `core.ports.announcements.Announcements`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def behind(self, firms: Reach, place: int, limit: int) -> Sequence[Announced]:
        name = "behind_of_all" if firms is ALL_FIRMS else "behind"
        asked = {"firms": firms_of(firms), "place": place, "limit": limit}
        return [_announced(row) for row in self._session.rows(_SQL[name], asked)]

    def last_place(self, firms: Reach) -> int:
        name = "last_of_all" if firms is ALL_FIRMS else "last"
        row = self._session.row(_SQL[name], {"firms": firms_of(firms)})
        return int(row[0] or 0) if row else 0

    def newest(
        self,
        firms: Reach,
        *,
        before: int | None = None,
        kind: str | None = None,
        subject: str | None = None,
        limit: int,
    ) -> Sequence[Announced]:
        name = "newest_of_all" if firms is ALL_FIRMS else "newest" if subject is None else "newest_of_case"
        asked = {
            "firms": firms_of(firms),
            "before": before,
            "kind": kind,
            "subject": None if subject is None else storable(subject),
            "limit": limit,
        }
        return [_announced(row) for row in self._session.rows(_SQL[name], asked)]

    def get(self, number: int) -> Announced | None:
        row = self._session.row(_SQL["get"], {"number": number})
        return _announced(row) if row else None

    def send_again(self, number: int) -> bool:
        is_there = self._session.run(_SQL["send_again"], {"number": number}) > 0
        if is_there:
            self._session.will_wake(Channel.OUTBOX)
        return is_there

    def remove_texts(self, after: timedelta, limit: int) -> int:
        return self._session.run(_SQL["remove_texts"], {"after": after, "limit": limit})


def _announced(row: Row) -> Announced:
    number, place, firm_id, kind, subject, body, created_at, published_at, text_removed = row
    return Announced(
        number,
        place,
        firm_id,
        kind,
        subject or "",
        json.loads(body),
        created_at,
        published_at,
        has_text=not text_removed,
    )
