"""Firms in memory."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.actor import Actor, AllFirms, Reach
from core.errors import ConfigurationError, UnknownFirmError
from core.event import spellings_of_firm
from core.firm import ConnectionState, Firm
from core.move import MoveState
from core.night import place_of
from core.overview import Behind, FirmAtAGlance, FirmOrder
from core.ports.firms import Firms
from core.reason import Reason
from core.run import OVER_A_WINDOW, RunState
from core.setting_version import SettingKind, SettingVersion
from tests.fakes.reach import within
from tests.fakes.tables import DeliveryRow
from tests.fakes.transaction import Transaction

# What people did stays; who has access has a way of its own to forget a firm.
KEPT = {
    "audit",
    "sessions",
    "sign_in_links",
    "people",
    "api_keys",
    "processes",
    "server",
    "rounds",
    "moves",
}


_NEVER = datetime.min.replace(tzinfo=UTC)


class FakeFirms(Firms):
    """Firms by id, versions of settings by (firm, number)."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, firm_id: str) -> Firm | None:
        return self._rows.get(firm_id)

    def save(self, firm: Firm) -> None:
        known = self._rows.get(firm.firm_id)
        if known is not None:  # a pause in force and the first sync are no settings and stay
            firm = replace(
                firm,
                paused_until=known.paused_until,
                pause_asked=known.pause_asked,
                pause_call=known.pause_call,
                pause_by=known.pause_by,
                pause_why=known.pause_why,
                first_synced_at=known.first_synced_at,
            )
        self._rows[firm.firm_id] = firm

    def all(self, firms: Reach, *, after: str = "", limit: int | None = None) -> Sequence[Firm]:
        rows = sorted(self._rows.items())
        return [firm for firm_id, firm in rows if within(firms, firm_id) and firm_id > after][:limit]

    def at_a_glance(
        self, firms: Reach, order: FirmOrder, limit: int, *, behind: Behind | None = None, words: str = ""
    ) -> Sequence[FirmAtAGlance]:
        tables = self._transaction.tables
        seen = [
            FirmAtAGlance(
                firm.firm_id,
                firm.name,
                firm.connection,
                firm.nightly_sync,
                firm.first_synced_at,
                firm.paused_until,
                firm.pause_by,
                self._good_at(firm.firm_id),
                sum(issue.firm_id == firm.firm_id for issue in tables.issues.values()),
            )
            for firm in tables.firms.values()
            if within(firms, firm.firm_id) and words.lower() in f"{firm.firm_id} {firm.name}".lower()
        ]
        places = {firm: _place(Behind.after(firm), order) for firm in seen}
        found = [firm for firm in seen if behind is None or places[firm] > _place(behind, order)]
        return sorted(found, key=lambda firm: places[firm])[:limit]

    def _good_at(self, firm_id: str) -> datetime | None:
        good = [
            run
            for run in self._transaction.tables.runs.values()
            if run.firm_id == firm_id and run.state is RunState.FINISHED and run.trigger in OVER_A_WINDOW
        ]
        return max(good, key=lambda run: run.run_id).ended_at if good else None

    def ids(self, firms: Reach) -> Sequence[str]:
        return [firm.firm_id for firm in self.all(firms)]

    def known(self, firm_ids: Sequence[str]) -> dict[str, bool]:
        return {firm_id: self._rows[firm_id].immediate for firm_id in firm_ids if firm_id in self._rows}

    def alike(self, firm_id: str) -> Sequence[str]:
        spelling = firm_id.strip().lower()
        return [
            other for other in sorted(self._rows) if other.strip().lower() == spelling and other != firm_id
        ][:5]

    def nightly(self, since: int, until: int, limit: int) -> Sequence[tuple[str, bool]]:
        places = {firm_id: place_of(firm_id) for firm_id in self.nightly_among(list(self._rows))}
        found = sorted((at, firm_id) for firm_id, at in places.items() if since <= at < until)
        return [
            (firm_id, self._rows[firm_id].first_synced_at is None)
            for at, firm_id in found
            if at <= found[:limit][-1][0]
        ]

    def nightly_among(self, firm_ids: Sequence[str]) -> Sequence[str]:
        moves = self._transaction.tables.moves
        firms = [self._rows[firm_id] for firm_id in sorted(set(firm_ids)) if firm_id in self._rows]
        return [
            firm.firm_id
            for firm in firms
            if firm.connection is ConnectionState.CONNECTED and firm.nightly_sync
            if firm.firm_id not in moves or moves[firm.firm_id].state is MoveState.HERE
        ]

    def set_connection(self, firm_id: str, state: ConnectionState, *, of_version: int | None = None) -> bool:
        firm = self._rows.get(firm_id)
        if firm is None or firm.connection is state:
            return False
        if state is ConnectionState.RECONNECT_REQUIRED and firm.connection is not ConnectionState.CONNECTED:
            return False
        if of_version not in {None, self._transaction.tables.connection_versions.get(firm_id)}:
            return False
        self._rows[firm_id] = replace(firm, connection=state)
        return True

    def pause(self, firm_id: str, until: datetime, asked: timedelta | None, call: str) -> None:
        """For `FakeAdmission`: pause until then, unless the pause in force counts for more."""
        firm = self._rows.get(firm_id)
        if firm is None:
            return
        before = firm.pause(self._transaction.now())
        if before is not None and before.by:
            return
        is_last = before is None or (before.until < until and (asked is not None or before.asked is None))
        if is_last or (before is not None and before.asked is None and asked is not None):
            self._rows[firm_id] = replace(
                firm, paused_until=until, pause_asked=asked, pause_call=call, pause_by="", pause_why=""
            )
            self._transaction.tables.wakes[firm_id] = until

    def forget_pause(self, firm_id: str) -> bool:
        """For `FakeAdmission`: the firm has spoken. False where a pause is in force."""
        firm = self._rows.get(firm_id)
        if firm is None or firm.is_paused(self._transaction.now()):
            return False
        self._rows[firm_id] = _unpaused(firm)
        return True

    def wake(self) -> Sequence[str]:
        wakes, now = self._transaction.tables.wakes, self._transaction.now()
        due = sorted(firm_id for firm_id, at in wakes.items() if at <= now)
        for firm_id in due:
            del wakes[firm_id]
        return due

    def next_to_wake(self) -> timedelta | None:
        wakes = self._transaction.tables.wakes
        return min(wakes.values()) - self._transaction.now() if wakes else None

    def pause_by_hand(self, firm_id: str, until: datetime, by: str, why: str) -> None:
        firm = self._rows.get(firm_id)
        if firm is not None:
            paused = replace(_unpaused(firm), paused_until=until, pause_by=by, pause_why=why)
            self._rows[firm_id] = paused
            self._transaction.tables.wakes[firm_id] = until

    def resume(self, firm_id: str) -> bool:
        firm, now = self._rows.get(firm_id), self._transaction.now()
        if firm is None or not firm.is_paused(now):
            return False
        self._rows[firm_id] = _unpaused(firm)
        self._transaction.tables.wakes[firm_id] = now
        return True

    def forget_first_sync(self, firm_id: str) -> None:
        firm = self._rows.get(firm_id)
        if firm is not None:
            self._rows[firm_id] = replace(firm, first_synced_at=None)

    def mark_first_synced(self, firm_id: str, at: datetime) -> None:
        firm = self._rows.get(firm_id)
        if firm is not None:
            self._rows[firm_id] = replace(firm, first_synced_at=at)

    def add_version(
        self, firm_id: str, kind: SettingKind, data: Mapping[str, Any] | Sequence[Any], actor: Actor
    ) -> int:
        rows = self._transaction.tables.setting_versions
        version = 1 + max((number for firm, number in rows if firm == firm_id), default=0)
        rows[firm_id, version] = SettingVersion(version, kind, data, actor, self._transaction.now())
        return version

    def versions(
        self, firm_id: str, kind: SettingKind | None = None, limit: int = 50, *, before: int | None = None
    ) -> Sequence[SettingVersion]:
        rows = self._transaction.tables.setting_versions.items()
        mine = [
            row
            for (firm, _), row in rows
            if firm == firm_id and kind in (None, row.kind) and (before is None or row.version < before)
        ]
        return sorted(mine, key=lambda row: -row.version)[:limit]

    def delete(self, firm_id: str) -> None:
        tables = self._transaction.tables
        firm = tables.firms.get(firm_id)
        if firm is None:
            raise UnknownFirmError(f"there is no firm {firm_id!r}", firm_id=firm_id)
        if firm.connection not in {ConnectionState.DISCONNECTED, ConnectionState.NOT_CONNECTED}:
            raise ConfigurationError(
                f"firm {firm_id!r} is {firm.connection}", reason=Reason.STILL_CONNECTED, firm_id=firm_id
            )
        for field in fields(tables):
            table = getattr(tables, field.name)
            if field.name not in KEPT:
                for key in [key for key, row in table.items() if firm_id in owners(key, row)]:
                    del table[key]
        for bulk_id, operation in list(tables.bulk.items()):
            if not isinstance(operation.firms, AllFirms) and firm_id in operation.firms:
                left = operation.firms - {firm_id}
                tables.bulk[bulk_id] = replace(operation, firms=left)
                if not left:
                    del tables.bulk[bulk_id]
        for number, event in list(tables.rejected.items()):
            if (
                event.reason is Reason.FIRM_MOVED
                and {number} - tables.replayed_at.keys() - tables.discarded.keys()
            ):
                continue
            if event.body and any(spelling in event.body for spelling in spellings_of_firm(firm_id)):
                del tables.rejected[number]

    @property
    def _rows(self) -> dict[str, Firm]:
        return self._transaction.tables.firms


def _unpaused(firm: Firm) -> Firm:
    return replace(firm, paused_until=None, pause_asked=None, pause_call="", pause_by="", pause_why="")


def owners(key: Hashable, row: object) -> tuple[object, ...]:
    """Everything in a row that may name its firm."""
    whole = row.lane if isinstance(row, DeliveryRow) else row
    first = whole[0] if isinstance(whole, tuple) else None
    return (key[0] if isinstance(key, tuple) else key, first, getattr(row, "firm_id", None))


def _place(behind: Behind, order: FirmOrder) -> tuple[datetime, int, str]:
    if order is FirmOrder.NIGHT:
        return (behind.good_at or _NEVER, 0, behind.firm_id)
    return (_NEVER, -behind.issues, behind.firm_id)
