"""Issues in Postgres: problems that a person should look at."""

from collections.abc import Sequence

from adapters.postgres.session import Session
from adapters.postgres.text import short, storable
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
_LIST_OPEN = """
select firm_id, kind, key, message, opened_at, last_seen_at, times
from issues
where resolved_at is null and (%(firm_id)s::text is null or firm_id = %(firm_id)s)
order by issue_id
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

    def list_open(self, firm_id: str | None = None) -> Sequence[Issue]:
        """Return open issues, oldest first."""
        return [Issue(*row) for row in self._session.rows(_LIST_OPEN, {"firm_id": firm_id})]
