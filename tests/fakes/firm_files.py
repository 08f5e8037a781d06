"""Firms as files, of the in-memory store: pickled rows with their checksum on a disk that is a dict."""

import hashlib
import pickle
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from core.actor import Actor
from core.audit import AuditAction
from core.errors import ConfigurationError
from core.event import spellings_of_firm
from core.move import FirmFile, Move, MoveState
from core.ports.moves import FirmFiles
from core.reason import Reason
from tests.fakes.connections import FakeConnections
from tests.fakes.firms import KEPT, owners
from tests.fakes.store import FakeStore
from tests.fakes.tables import DeliveryRow, LaneRow, Tables

Disk = dict[Path, bytes]
_OF_DELIVERIES = {"strays"}
_OF_RUNS = {"rests", "run_sets", "results", "wanted_results"}
_STAYS_HERE = {"moves", "jobs", "hand_seats", "processes", "server", "slots", "sessions", "sign_in_links",
               "answers", "rounds", "removals", "sign_in_tries", "people", "api_keys", "bulk", "bulk_touched",
               "rejected", "rejected_at",
               "outbox", "outbox_tries"}  # fmt: skip


class FakeFirmFiles(FirmFiles):
    """`key` is the transfer key; `busy` is what is at work, told once each."""

    def __init__(self, store: FakeStore, connections: FakeConnections, disk: Disk, key: str = "key") -> None:
        self._store = store
        self._connections = connections
        self.disk = disk
        self.key = key
        self.busy: list[Sequence[str]] = []
        self._codes = 0

    def new_code(self) -> str:
        self._codes += 1
        return f"code {self._codes} of {self._store.cell}"

    def watch(self, firm_id: str) -> Callable[[], Sequence[str]]:
        return lambda: self.busy.pop(0) if self.busy else self._at_work(firm_id)

    def must_be_writable(self, to: Path) -> None:
        if not self.key:
            raise ConfigurationError("there is no key of files")
        if to in self.disk:
            raise ConfigurationError(f"{to} is there already")
        if not self._store.cell:
            raise ConfigurationError("this cell has no number", reason=Reason.CELLS_ALIKE)

    def write(self, move: Move, to: Path) -> FirmFile:
        rows = _rows_of(self._store.tables, move.firm_id)
        rejected = self._open_rejected(move.firm_id)
        return self._put(move, to, {**rows, "rejected": rejected}, is_late=False)

    def write_late(self, move: Move, to: Path) -> FirmFile:
        events = self._open_rejected(move.firm_id)
        late = {key: event for key, event in events.items() if event.reason is Reason.FIRM_MOVED}
        return self._put(move, to, {"rejected": late}, is_late=True)

    def read(self, actor: Actor, firm_id: str, path: Path) -> FirmFile:
        head, rows, connection = self._open(path)
        move: Move = head["move"]
        if move.firm_id != firm_id:
            raise _unusable("another firm's")
        if head["cell"] == self._store.cell:
            raise ConfigurationError("two cells of one number", reason=Reason.CELLS_ALIKE)
        self._store.go_on_behind(head["last"])
        with self._store.unit_of_work() as uow:
            tables = uow.moves.transaction.tables
            early = {} if head["is_late"] else _set_early_aside(tables, firm_id)
            if not head["is_late"]:
                if any(_rows_of(tables, firm_id, but={"audit"}).values()):
                    raise ConfigurationError("something is here", reason=Reason.FIRM_HERE_ALREADY)
                uow.moves.put(replace(move, state=MoveState.ARRIVED, by=actor.name, code=""))
            for name, found in rows.items():
                table = getattr(tables, name)
                for key, row in found.items():
                    if name != "rejected" or key not in table:
                        table[key] = row
                        if name == "rejected":
                            tables.rejected_at[key] = self._store.clock.now()
            _let_early_join(tables, early)
            file: FirmFile = replace(head["file"], secrets=connection is not None)
            detail = {"cell": file.cell, "rows": file.total}
            uow.audit.record(actor, firm_id, AuditAction.FIRM_IMPORTED, detail)
            uow.commit()
        if connection is not None:
            self._connections.bring_in(firm_id, connection)
        return file

    def drop(self, firm_id: str) -> None:
        with self._store.unit_of_work() as uow:
            move = uow.moves.get(firm_id)
            if move is None or move.state is not MoveState.ARRIVED:
                raise ConfigurationError("it has not arrived", reason=Reason.MOVE_UNDER_WAY)
            tables = uow.moves.transaction.tables
            for name, found in _rows_of(tables, firm_id, but={"audit"}).items():
                for key in found:
                    del getattr(tables, name)[key]
            uow.moves.forget(firm_id)
            uow.commit()
        self._connections.remove(firm_id)

    def _at_work(self, firm_id: str) -> Sequence[str]:
        lanes = self._store.tables.lanes.items()
        owned = [key for key, lane in lanes if key[0] == firm_id and lane.owner is not None]
        return [f"{len(owned)} lanes"] if owned else []

    def _open_rejected(self, firm_id: str) -> dict[int, Any]:
        tables = self._store.tables
        over = tables.replayed_at.keys() | tables.discarded.keys()
        return {
            key: event
            for key, event in tables.rejected.items()
            if key not in over and event.body
            if any(spelling in event.body for spelling in spellings_of_firm(firm_id))
        }

    def _put(self, move: Move, to: Path, rows: dict[str, Any], *, is_late: bool) -> FirmFile:
        self.must_be_writable(to)
        connection = None if is_late else self._connections.row_of(move.firm_id)
        counts = {name: len(found) for name, found in rows.items() if found}
        file = FirmFile(move.firm_id, self._store.cell, counts, int(connection is not None), is_late=is_late)
        head = {"move": replace(move, code=""), "cell": self._store.cell, "file": file, "is_late": is_late,
                "last": self._store.next_id()}  # fmt: skip
        body = pickle.dumps((head, rows, connection))
        self.disk[to] = hashlib.sha256(self.key.encode() + body).digest() + body
        return file

    def _open(self, path: Path) -> tuple[dict[str, Any], dict[str, Any], Any]:
        if path not in self.disk:
            raise ConfigurationError(f"{path} cannot be used")
        digest, body = self.disk[path][:32], self.disk[path][32:]
        if hashlib.sha256(self.key.encode() + body).digest() != digest:
            raise _unusable("cut or altered, or another key's")
        head, rows, connection = pickle.loads(body)
        return head, rows, connection


def _rows_of(tables: Tables, firm_id: str, but: set[str] | None = None) -> dict[str, dict[Any, Any]]:
    deliveries = {key for key, row in tables.deliveries.items() if row.lane[0] == firm_id}
    runs = {key for key, run in tables.runs.items() if run.firm_id == firm_id}

    def is_firms(name: str, key: Any, row: Any) -> bool:
        first = key[0] if isinstance(key, tuple) else key
        if name == "timelines":
            return row[0] in deliveries
        if name in _OF_DELIVERIES:
            return first in deliveries
        if name in _OF_RUNS:
            return first in runs
        return firm_id in owners(key, row)

    wanted = [field.name for field in fields(tables) if field.name not in _STAYS_HERE | (but or set())]
    assert KEPT & set(wanted) <= {"audit"}
    return {
        name: {key: row for key, row in getattr(tables, name).items() if is_firms(name, key, row)}
        for name in wanted
    }


def _set_early_aside(tables: Tables, firm_id: str) -> dict[int, DeliveryRow]:
    early = {
        key: row
        for key, row in tables.deliveries.items()
        if row.lane[0] == firm_id and row.reason is Reason.FIRM_UNKNOWN and firm_id not in tables.firms
    }
    for key, row in early.items():
        del tables.deliveries[key]
        tables.inbox.pop((*row.lane[:2], row.subject_id), None)
        tables.lanes.pop(row.lane, None)
    return early


def _let_early_join(tables: Tables, early: dict[int, DeliveryRow]) -> None:
    known = {(*row.lane[:2], row.subject_id) for row in tables.deliveries.values()}
    for key, row in early.items():
        if (*row.lane[:2], row.subject_id) not in known:
            tables.deliveries[key] = row
            tables.inbox[*row.lane[:2], row.subject_id] = "early"
            before = tables.lanes.get(row.lane, LaneRow())
            tables.lanes[row.lane] = replace(before, held_for=Reason.FIRM_UNKNOWN, ready_at=None)


def _unusable(why: str) -> ConfigurationError:
    return ConfigurationError(f"the firm's file cannot be used: {why}", reason=Reason.FIRM_FILE_UNUSABLE)
