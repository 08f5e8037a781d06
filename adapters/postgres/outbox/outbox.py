"""The outbox in Postgres: announcements, in the transaction of the change they tell of."""

import json
from collections.abc import Sequence
from uuid import uuid4

from adapters.postgres.outbox.envelope import envelope
from adapters.postgres.store.session import Session
from adapters.postgres.store.text import storable
from core.announcement import Announcement

_NOW = "select statement_timestamp()"
_ANNOUNCE = """
with added as (
    insert into outbox (kind, firm_id, body)
    select kind, firm_id, body
    from unnest(%(kinds)s::text[], %(firm_ids)s::text[], string_to_array(%(bodies)s, E'\n'))
        with ordinality as announcement (kind, firm_id, body, place)
    order by place
    returning row_id
)
select pg_notify('casebridge_outbox', '') from added limit 1
"""


class PostgresOutbox:
    """Takes announcements; the relay publishes them after the commit, in this order per case.

    Transactions that announce something of the same case keep their order as long as they change that
    case, or claim its lane, first: the row's lock makes the second one wait.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def announce(self, announcements: Sequence[Announcement]) -> None:
        """Store them, with the database's time and an id of their own."""
        if not announcements:
            return
        now = self._session.rows(_NOW)[0][0]
        self._session.run(
            _ANNOUNCE,
            {
                "kinds": [announcement.kind.value for announcement in announcements],
                "firm_ids": [storable(announcement.firm_id) for announcement in announcements],
                # In ASCII, so whatever text the data holds can be stored; and JSON has no line ends in it, so
                # lines do for an array, which the driver is slow to quote.
                "bodies": "\n".join(
                    json.dumps(envelope(announcement, uuid4(), now)) for announcement in announcements
                ),
            },
        )
