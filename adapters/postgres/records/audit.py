"""The audit log in Postgres."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from adapters.postgres.store.session import Session
from core.actor import ALL_FIRMS, Actor, Role
from core.ports.audit import AuditEntry

_RECORD = """
insert into audit_log (actor, role, actor_firm, firm_id, action, detail)
values (%(actor)s, %(role)s, %(actor_firm)s, %(firm_id)s, %(action)s, %(detail)s)
"""
_LIST = """
select at, actor, role, actor_firm, firm_id, action, detail
from audit_log
where %(firm_id)s::text is null or firm_id = %(firm_id)s
order by entry_id desc
limit %(limit)s
"""


class PostgresAudit:
    """Entries are added and never changed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def record(
        self, actor: Actor, firm_id: str | None, action: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        """Add an entry."""
        self._session.run(
            _RECORD,
            {
                "actor": actor.name,
                "role": actor.role.value,
                "actor_firm": actor.firm_id,
                "firm_id": firm_id,
                "action": action,
                "detail": Jsonb(dict(detail or {})),
            },
        )

    def list(self, firm_id: str | None = None, limit: int = 50) -> Sequence[AuditEntry]:
        """Return entries, newest first."""
        rows = self._session.rows(_LIST, {"firm_id": firm_id, "limit": limit})
        return [
            AuditEntry(
                at,
                Actor(name, Role(role), frozenset({actor_firm}) if actor_firm else ALL_FIRMS),
                of,
                action,
                detail,
            )
            for at, name, role, actor_firm, of, action, detail in rows
        ]
