"""The outbox in Postgres: announcements, in the transaction of the change they tell of."""

import json
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

from adapters.postgres.outbox.envelope import envelope
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.wake_ups import Channel
from core.announcement import Announcement
from core.ports.outbox import Outbox
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
        bodies = [json.dumps(envelope(announcement, uuid4(), now)) for announcement in announcements]
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
