"""Text that is kept for a while only, in Postgres."""

from datetime import timedelta
from typing import Final

from adapters.postgres.store.session import Session

# What `data` of a message or document holds of people. The rest are ids, times and sizes.
PRIVATE: Final = [
    "text",
    "sender_name",
    "attachments",
    "file_name",
    "uploaded_by",
    "content_url",
    "earlier_urls",
]
_DELIVERED: Final = """
with due as materialized (
    select old.delivery_id
    from firms
    cross join lateral (
        select delivery_id
        from deliveries
        where deliveries.firm_id = firms.firm_id and phase = 'done' and purged_at is null
          and delivered_at < statement_timestamp()
              - coalesce((firms.settings ->> 'keep_text_days')::integer * interval '1 day', %(after)s)
        order by delivered_at
        limit %(limit)s
        for no key update skip locked
    ) as old
    limit %(limit)s
)
update deliveries
set data = data - %(private)s::text[], purged_at = statement_timestamp()
from due
where deliveries.delivery_id = due.delivery_id
"""
_FAILED: Final = """
with due as materialized (
    select delivery_id
    from deliveries
    where phase = 'failed' and purged_at is null and created_at < statement_timestamp() - %(after)s
    order by delivery_id
    limit %(limit)s
    for no key update skip locked
)
update deliveries
set data = data - %(private)s::text[], purged_at = statement_timestamp(), reason = 'text_purged',
    detail = left('its text was removed after ' || extract(day from %(after)s::interval)
        || ' days, so it cannot be replayed; have it sent again from Case Status. It had failed: '
        || coalesce(detail, reason, 'unknown'), 2000)
from due
where deliveries.delivery_id = due.delivery_id
"""
_REJECTED: Final = """
update rejected_events
set body = null
where id in (
    select id
    from rejected_events
    where body is not null and received_at < statement_timestamp() - %(after)s
    order by received_at
    limit %(limit)s
    for no key update skip locked
)
"""


class PostgresTexts:
    """Removes text; rows that somebody has in hand are left for the next time."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def purge_delivered(self, after: timedelta, limit: int) -> int:
        """Remove what was delivered longer ago than `after`, or than its firm's own `keep_text_days`."""
        return self._session.run(_DELIVERED, {"after": after, "limit": limit, "private": PRIVATE})

    def purge_failed(self, after: timedelta, limit: int) -> int:
        """Remove what failed and was accepted longer ago than that. It cannot be replayed any more."""
        return self._session.run(_FAILED, {"after": after, "limit": limit, "private": PRIVATE})

    def purge_rejected(self, after: timedelta, limit: int) -> int:
        """Remove the bodies of rejected events that came longer ago than that; their reason stays."""
        return self._session.run(_REJECTED, {"after": after, "limit": limit})
