"""Issues in Postgres: problems that a person should look at."""

from collections.abc import Sequence
from datetime import datetime

from adapters.postgres.store.session import Session
from adapters.postgres.store.text import short, storable
from core.ports.issues import Issue

_OPEN = """
insert into issues (firm_id, kind, key, message)
values (%(firm_id)s, %(kind)s, %(key)s, %(message)s)
on conflict (firm_id, kind, key) where resolved_at is null do update
set message = excluded.message, last_seen_at = statement_timestamp(), times = issues.times + 1
"""
_RESOLVE = """
update issues
set resolved_at = statement_timestamp()
where firm_id = %(firm_id)s and kind = %(kind)s and resolved_at is null
  and (%(key)s::text is null or key = %(key)s)
"""
# In order of the rows and without waiting: whoever counts one up has it, and with it deliveries, in hand.
_RESOLVE_SETTLED = """
with settled as materialized (
    select issue_id
    from issues
    where resolved_at is null and kind in ('delivery_held', 'delivery_failed')
      and not exists (
          select
          from deliveries
          where deliveries.firm_id = issues.firm_id and deliveries.reason = issues.key
            and deliveries.phase = case issues.kind when 'delivery_held' then 'held' else 'failed' end
            and deliveries.phase in ('held', 'failed')
      )
      and not exists (
          select
          from deliveries
          where deliveries.firm_id = issues.firm_id and deliveries.probe_of = issues.key
      )
    order by issue_id
    for update skip locked
)
update issues
set resolved_at = statement_timestamp()
from settled
where issues.issue_id = settled.issue_id
"""
_LIST_OPEN = """
select issues.firm_id, issues.kind, issues.key, message, opened_at, last_seen_at, times, muted.until
from issues
left join lateral (
    select max(until) as until
    from issue_mutes
    where issue_mutes.firm_id = issues.firm_id and issue_mutes.kind = issues.kind
      and issue_mutes.key in ('', issues.key) and issue_mutes.until > statement_timestamp()
) as muted on true
where resolved_at is null and (%(firm_id)s::text is null or issues.firm_id = %(firm_id)s)
  and (%(with_muted)s or muted.until is null)
order by issue_id
"""
_MUTE = """
insert into issue_mutes (firm_id, kind, key, until)
values (%(firm_id)s, %(kind)s, %(key)s, %(until)s)
on conflict (firm_id, kind, key) do update
set until = excluded.until
"""


class PostgresIssues:
    """At most one open issue per (firm, kind, key); repeats update it."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def open(self, firm_id: str, kind: str, key: str, message: str) -> None:
        """Open an issue, or count one more of an open one. `message` holds no privileged content."""
        self._session.run(
            _OPEN,
            {"firm_id": firm_id, "kind": kind, "key": storable(key), "message": short(message)},
        )

    def resolve(self, firm_id: str, kind: str, key: str | None = None) -> int:
        """Resolve the open issue, or all of this kind if `key` is None. Their number."""
        return self._session.run(_RESOLVE, {"firm_id": firm_id, "kind": kind, "key": key})

    def resolve_settled(self) -> int:
        """Resolve issues about held or failed deliveries of which none is left. Their number."""
        return self._session.run(_RESOLVE_SETTLED)

    def list_open(self, firm_id: str | None = None, *, with_muted: bool = False) -> Sequence[Issue]:
        """Return open issues, oldest first; those that are muted only if asked for."""
        rows = self._session.rows(_LIST_OPEN, {"firm_id": firm_id, "with_muted": with_muted})
        return [Issue(*row) for row in rows]

    def mute(self, firm_id: str, kind: str, key: str | None, until: datetime) -> None:
        """Leave the issue, or all of this kind if `key` is None, out of lists until then (UTC)."""
        given = {"firm_id": firm_id, "kind": kind, "key": storable(key or ""), "until": until}
        self._session.run(_MUTE, given)
