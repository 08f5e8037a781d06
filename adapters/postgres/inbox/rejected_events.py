"""Events that were set aside, in Postgres."""

from collections.abc import Sequence

from adapters.postgres.store.session import Session
from adapters.postgres.store.text import short
from core.ports.rejected_events import RejectedBody, RejectedSummary

_FIND = """
select id, channel, reason, detail, size, body is not null, received_at, replayed_at
from rejected_events
where %(all)s or replayed_at is null
order by id desc
limit %(limit)s
"""
_REPLAYABLE = """
select id, channel, body
from rejected_events
where replayed_at is null and body is not null and id > %(after)s
  and (%(ids)s::bigint[] is null or id = any(%(ids)s))
order by id
limit %(limit)s
for no key update skip locked
"""
_MARK_REPLAYED = """
update rejected_events
set replayed_at = statement_timestamp()
where id = %(id)s and replayed_at is null
"""
_EXPLAIN = "update rejected_events set reason = %(reason)s, detail = %(detail)s where id = %(id)s"


class PostgresRejectedEvents:
    """Events that were kept although they do not validate."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def find(self, limit: int, *, with_replayed: bool = False) -> Sequence[RejectedSummary]:
        """Return up to `limit`, newest first; those that were replayed only if asked for."""
        rows = self._session.rows(_FIND, {"all": with_replayed, "limit": limit})
        return [RejectedSummary(*row) for row in rows]

    def replayable(
        self, *, after: int, limit: int, event_ids: Sequence[int] | None = None
    ) -> Sequence[RejectedBody]:
        """Return the bodies of those not replayed yet; locked, so that two replays do not judge one twice."""
        ids = None if event_ids is None else list(event_ids)
        rows = self._session.rows(_REPLAYABLE, {"after": after, "limit": limit, "ids": ids})
        return [RejectedBody(event_id, channel, bytes(body)) for event_id, channel, body in rows]

    def mark_replayed(self, event_id: int) -> None:
        """Remember that it was accepted this time."""
        self._session.run(_MARK_REPLAYED, {"id": event_id})

    def explain(self, event_id: int, reason: str, detail: str) -> None:
        """Replace the reason: it was judged again and is still refused."""
        self._session.run(_EXPLAIN, {"id": event_id, "reason": reason, "detail": short(detail)})
