"""The audit log in Postgres."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from psycopg.types.json import Jsonb

from adapters.postgres.store.actors import actor_from, actor_values, firms_of
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from core.actor import ALL_FIRMS, Actor, Reach
from core.audit import CHANGES_NO_FIRM, AuditAction, AuditEntry
from core.move import AWAY, moved
from core.ports.audit import Audit

_SQL: Final = Statements.beside(__file__)


class PostgresAudit(Audit):
    """See `core.ports.audit.Audit`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def record(
        self,
        actor: Actor,
        firm_id: str | None,
        action: AuditAction,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        new = {"firm_id": firm_id, "action": action.value, "detail": Jsonb(dict(detail or {}))}
        unless = {"away": sorted(AWAY), "may_be_done": sorted(CHANGES_NO_FIRM)}
        if not self._session.run(_SQL["record"], {**new, **unless, **actor_values(actor)}):
            raise moved(firm_id)

    def list(self, firms: Reach, limit: int = 50, *, before: int | None = None) -> Sequence[AuditEntry]:
        asked = {"firms": firms_of(firms), "limit": limit, "before": before}
        name = "list" if firms is ALL_FIRMS else "list_of_firms"
        return [
            AuditEntry(at, actor_from(name, role, actor_firm), of, action, detail, number)
            for at, name, role, actor_firm, of, action, detail, number in self._session.rows(
                _SQL[name], asked
            )
        ]
