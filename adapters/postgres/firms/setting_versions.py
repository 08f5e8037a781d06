"""Versions of a firm's settings in Postgres."""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.types.json import Jsonb

from adapters.postgres.store.session import Session
from core.actor import ALL_FIRMS, Actor, Role
from core.ports.setting_versions import SettingKind, SettingVersion

# The caller has locked the firm's cases, so two versions never get one number.
_ADD = """
insert into setting_versions (firm_id, version, kind, data, actor, role, actor_firm)
select %(firm_id)s, coalesce(max(version), 0) + 1, %(kind)s, %(data)s, %(actor)s, %(role)s, %(actor_firm)s
from setting_versions
where firm_id = %(firm_id)s
returning version
"""
_LIST = """
select version, kind, data, actor, role, actor_firm, at
from setting_versions
where firm_id = %(firm_id)s and (%(kind)s::text is null or kind = %(kind)s)
order by version desc
limit %(limit)s
"""


class PostgresSettingVersions:
    """Versions are added and never changed."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self, firm_id: str, kind: SettingKind, data: Mapping[str, Any] | Sequence[Any], actor: Actor
    ) -> int:
        """Add a version and return its number."""
        row = self._session.row(
            _ADD,
            {
                "firm_id": firm_id,
                "kind": kind.value,
                "data": Jsonb(data),
                "actor": actor.name,
                "role": actor.role.value,
                "actor_firm": actor.firm_id,
            },
        )
        return int(row[0]) if row else 0

    def list(
        self, firm_id: str, kind: SettingKind | None = None, limit: int = 50
    ) -> Sequence[SettingVersion]:
        """Return versions, newest first."""
        asked = {"firm_id": firm_id, "kind": kind.value if kind else None, "limit": limit}
        return [
            SettingVersion(
                version,
                SettingKind(of),
                data,
                Actor(name, Role(role), frozenset({actor_firm}) if actor_firm else ALL_FIRMS),
                at,
            )
            for version, of, data, name, role, actor_firm, at in self._session.rows(_LIST, asked)
        ]
