"""Firms, their settings version by version, and their end, in Postgres."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from psycopg import sql
from psycopg.types.json import Jsonb

from adapters.postgres.firms.firm_row import firm_from_row, settings_of
from adapters.postgres.store.actors import actor_from, actor_values, firms_of
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.text import short
from core.actor import Actor, Reach
from core.errors import ConfigurationError, UnknownFirmError
from core.event import spellings_of_firm
from core.firm import ConnectionState, Firm
from core.move import NOT_AT_WORK
from core.overview import Behind, FirmAtAGlance, FirmOrder
from core.ports.firms import Firms
from core.reason import Reason
from core.setting_version import SettingKind, SettingVersion
from core.storable import storable

_SQL: Final = Statements.beside(__file__)
_ENDED: Final = frozenset({ConnectionState.DISCONNECTED, ConnectionState.NOT_CONNECTED})
_MOVING: Final = sorted(NOT_AT_WORK)
_BY: Final = {FirmOrder.NIGHT: "by_night", FirmOrder.PROBLEMS: "by_problems"}


class PostgresFirms(Firms):
    """See `core.ports.firms.Firms`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, firm_id: str) -> Firm | None:
        row = self._session.row(_SQL["get"], {"firm_id": firm_id})
        return firm_from_row(row) if row else None

    def save(self, firm: Firm) -> None:
        self._session.run(
            _SQL["save"],
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

    def all(self, firms: Reach, *, after: str = "", limit: int | None = None) -> Sequence[Firm]:
        asked = {"firms": firms_of(firms), "after": storable(after), "limit": limit}
        return [firm_from_row(row) for row in self._session.rows(_SQL["all"], asked)]

    def ids(self, firms: Reach) -> Sequence[str]:
        return [firm_id for (firm_id,) in self._session.rows(_SQL["ids"], {"firms": firms_of(firms)})]

    def at_a_glance(
        self, firms: Reach, order: FirmOrder, limit: int, *, behind: Behind | None = None, words: str = ""
    ) -> Sequence[FirmAtAGlance]:
        asked = {
            "firms": firms_of(firms),
            "words": storable(words),
            "firm_id": behind and storable(behind.firm_id),
            "good_at": behind and behind.good_at,
            "issues": behind.issues if behind else 0,
            "limit": limit,
        }
        return [
            FirmAtAGlance(firm_id, name, ConnectionState(connection), *others)
            for firm_id, name, connection, *others in self._session.rows(_SQL[_BY[order]], asked)
        ]

    def known(self, firm_ids: Sequence[str]) -> dict[str, bool]:
        return dict(self._session.rows(_SQL["known"], {"firm_ids": list(set(firm_ids))}))

    def alike(self, firm_id: str) -> Sequence[str]:
        return [other for (other,) in self._session.rows(_SQL["alike"], {"firm_id": firm_id})]

    def nightly(self, since: int, until: int, limit: int) -> Sequence[tuple[str, bool]]:
        rows = self._session.rows(
            _SQL["nightly"], {"since": since, "until": until, "limit": limit, "moving": _MOVING}
        )
        return [(firm_id, is_first) for firm_id, is_first in rows]

    def nightly_among(self, firm_ids: Sequence[str]) -> Sequence[str]:
        asked = {"firm_ids": list(firm_ids), "moving": _MOVING}
        return [firm_id for (firm_id,) in self._session.rows(_SQL["nightly_among"], asked)]

    def set_connection(self, firm_id: str, state: ConnectionState, *, of_version: int | None = None) -> bool:
        is_lost = state is ConnectionState.RECONNECT_REQUIRED
        parameters = {
            "firm_id": firm_id,
            "state": state.value,
            "only_from": ConnectionState.CONNECTED.value if is_lost else None,
            "version": of_version,
        }
        return self._session.run(_SQL["set_connection"], parameters) > 0

    def wake(self) -> Sequence[str]:
        return sorted(firm_id for (firm_id,) in self._session.rows(_SQL["wake"]))

    def next_to_wake(self) -> timedelta | None:
        row = self._session.row(_SQL["next_to_wake"])
        return row[0] if row else None

    def pause_by_hand(self, firm_id: str, until: datetime, by: str, why: str) -> None:
        words = {"until": until, "by": storable(by), "why": short(why)}
        self._session.run(_SQL["pause_by_hand"], {"firm_id": firm_id, **words})

    def resume(self, firm_id: str) -> bool:
        return self._session.run(_SQL["resume"], {"firm_id": firm_id}) > 0

    def forget_first_sync(self, firm_id: str) -> None:
        self._session.run(_SQL["forget_first_sync"], {"firm_id": firm_id})

    def mark_first_synced(self, firm_id: str, at: datetime) -> None:
        self._session.run(_SQL["mark_first_synced"], {"firm_id": firm_id, "at": at})

    def add_version(
        self, firm_id: str, kind: SettingKind, data: Mapping[str, Any] | Sequence[Any], actor: Actor
    ) -> int:
        new = {"firm_id": firm_id, "kind": kind.value, "data": Jsonb(data), **actor_values(actor)}
        [[version]] = self._session.rows(_SQL["add_version"], new)
        return int(version)

    def versions(
        self, firm_id: str, kind: SettingKind | None = None, limit: int = 50, *, before: int | None = None
    ) -> Sequence[SettingVersion]:
        word = kind.value if kind else None
        asked = {"firm_id": firm_id, "kind": word, "limit": limit, "before": before}
        return [
            SettingVersion(version, SettingKind(of), data, actor_from(name, role, actor_firm), at)
            for version, of, data, name, role, actor_firm, at in self._session.rows(_SQL["versions"], asked)
        ]

    def delete(self, firm_id: str) -> None:
        row = self._session.row(_SQL["lock"], {"firm_id": firm_id})
        if row is None:
            raise UnknownFirmError(f"there is no firm {firm_id!r}", firm_id=firm_id)
        if row[0] not in _ENDED:
            raise ConfigurationError(
                f"firm {firm_id!r} is {row[0].replace('_', ' ')}",
                reason=Reason.STILL_CONNECTED,
                firm_id=firm_id,
            )
        for table in [*(name for (name,) in self._session.rows(_SQL["tables_of_firms"])), "firms"]:
            statement = sql.SQL("delete from {} where firm_id = %(firm_id)s").format(sql.Identifier(table))
            self._session.run(statement, {"firm_id": firm_id})
        for name in ("forget_bulk", "forget_own_bulk"):
            self._session.run(_SQL[name], {"firm_id": firm_id})
        events = {"spellings": spellings_of_firm(firm_id), "firm_moved": Reason.FIRM_MOVED.value}
        self._session.run(_SQL["delete_rejected_events"], events)
