"""Firms in Postgres."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.types.json import Jsonb

from adapters.postgres.firms.firm_row import firm_from_row, settings_of
from adapters.postgres.store.session import Session
from core.firm import ConnectionState, Firm

_GET = """
select firm_id, name, base_url, connection, sync_mode, nightly_sync, immediate, settings, paused_until,
       first_synced_at
from firms
where firm_id = %(firm_id)s
"""
_ALL = """
select firm_id, name, base_url, connection, sync_mode, nightly_sync, immediate, settings, paused_until,
       first_synced_at
from firms
order by firm_id
"""
# A pause and the first run's end have writers of their own: a firm read before them must not undo them.
_SAVE = """
insert into firms (firm_id, name, base_url, connection, sync_mode, nightly_sync, immediate, settings,
                   paused_until, first_synced_at)
values (%(firm_id)s, %(name)s, %(base_url)s, %(connection)s, %(sync_mode)s, %(nightly_sync)s, %(immediate)s,
        %(settings)s, %(paused_until)s, %(first_synced_at)s)
on conflict (firm_id) do update
set name = excluded.name,
    base_url = excluded.base_url,
    connection = excluded.connection,
    sync_mode = excluded.sync_mode,
    nightly_sync = excluded.nightly_sync,
    immediate = excluded.immediate,
    settings = excluded.settings,
    updated_at = now()
"""
_KNOWN = "select firm_id, immediate from firms where firm_id = any(%(firm_ids)s)"
_NIGHTLY = """
select firm_id, first_synced_at is null
from firms
where connection = 'connected' and nightly_sync
order by firm_id
"""
_SET_CONNECTION = """
update firms
set connection = %(state)s, updated_at = now()
where firm_id = %(firm_id)s and connection <> %(state)s
  and (%(state)s <> 'reconnect_required' or connection = 'connected')
  and (
      %(version)s::bigint is null
      or exists (select from connections where firm_id = %(firm_id)s and version = %(version)s)
  )
"""
_FORGET_FIRST_SYNC = "update firms set first_synced_at = null where firm_id = %(firm_id)s"
_MARK_FIRST_SYNCED = "update firms set first_synced_at = %(at)s where firm_id = %(firm_id)s"


class PostgresFirms:
    """Firms and where their connections stand."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, firm_id: str) -> Firm | None:
        """Return the firm, or None."""
        row = self._session.row(_GET, {"firm_id": firm_id})
        return firm_from_row(row) if row else None

    def save(self, firm: Firm) -> None:
        """Insert or replace the firm's name, settings and connection state.

        `paused_until` and `first_synced_at` of a stored firm stay as they are.
        """
        self._session.run(
            _SAVE,
            {
                "firm_id": firm.firm_id,
                "name": firm.name,
                "base_url": firm.base_url,
                "connection": firm.connection.value,
                "sync_mode": firm.sync_mode.value,
                "nightly_sync": firm.nightly_sync,
                "immediate": firm.immediate,
                "settings": Jsonb(settings_of(firm)),
                "paused_until": firm.paused_until,
                "first_synced_at": firm.first_synced_at,
            },
        )

    def all(self) -> Sequence[Firm]:
        """Return all firms, by id."""
        return [firm_from_row(row) for row in self._session.rows(_ALL)]

    def known(self, firm_ids: Sequence[str]) -> dict[str, bool]:
        """Return those of `firm_ids` that exist, each with whether it takes `immediate` deliveries."""
        return dict(self._session.rows(_KNOWN, {"firm_ids": list(set(firm_ids))}))

    def nightly(self) -> Sequence[tuple[str, bool]]:
        """Return (firm id, first run still to come) of connected firms whose nightly sync is on."""
        rows = self._session.rows(_NIGHTLY)
        return [(firm_id, is_first) for firm_id, is_first in rows]

    def set_connection(self, firm_id: str, state: ConnectionState, *, of_version: int | None = None) -> bool:
        """Set the state; True if it differed. RECONNECT_REQUIRED only follows CONNECTED."""
        given = {"firm_id": firm_id, "state": state.value, "version": of_version}
        return self._session.run(_SET_CONNECTION, given) > 0

    def forget_first_sync(self, firm_id: str) -> None:
        """Let the next run look back ten years again."""
        self._session.run(_FORGET_FIRST_SYNC, {"firm_id": firm_id})

    def mark_first_synced(self, firm_id: str, at: datetime) -> None:
        """Remember that the ten-year run has finished."""
        self._session.run(_MARK_FIRST_SYNCED, {"firm_id": firm_id, "at": at})
