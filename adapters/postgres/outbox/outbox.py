"""The outbox in Postgres: what is announced, and what was, in the transaction of the change."""

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import uuid4

from adapters.postgres.store.actors import firms_of
from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.wake_ups import Channel
from core.actor import ALL_FIRMS, Reach
from core.announced import Announced
from core.announcement import Announcement
from core.ports.outbox import Outbox
from core.ports.tries import TRIES
from core.storable import storable

_SQL: Final = Statements.beside(__file__)


class PostgresOutbox(Outbox):
    """Announcements with the database's time and an id of their own.

    Transactions that announce something of the same case keep their order as long as they change that
    case, or claim its lane, first: the row's lock makes the second one wait.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def announce(self, announcements: Sequence[Announcement]) -> None:
        if not announcements:
            return
        [[now]] = self._session.rows(_SQL["now"])
        # In ASCII, so whatever text the data holds can be stored; and JSON has no line ends in it, so lines
        # do for an array, which the driver is slow to quote.
        bodies = [json.dumps(announcement.event(uuid4(), now)) for announcement in announcements]
        self._session.run(
            _SQL["announce"],
            {
                "kinds": [announcement.kind.value for announcement in announcements],
                "firm_ids": [storable(announcement.firm_id) for announcement in announcements],
                "bodies": "\n".join(bodies),
                "subjects": [storable(announcement.subject) or None for announcement in announcements],
            },
        )
        self._session.will_wake(Channel.OUTBOX)

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

    def give_all_a_try(self, firm_id: str) -> None:
        if self._session.run(_SQL["give_all_a_try"], {"firm_id": firm_id, "tries": TRIES}):
            self._session.will_wake(Channel.OUTBOX)

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
