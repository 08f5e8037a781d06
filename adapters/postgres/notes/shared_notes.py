"""Two-way messages in Postgres: watched cases and seen notes."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final

from adapters.postgres.store.actors import firms_of
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from core.actor import Reach
from core.firm import ConnectionState
from core.ports.shared_notes import SharedNotes, Watch, WatchedCase
from core.shared_note import SeenNote
from core.storable import storable

_SQL: Final = Statements.beside(__file__)


class PostgresSharedNotes(SharedNotes):
    """See `core.ports.shared_notes.SharedNotes`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def firms_due(self) -> Sequence[str]:
        return [
            firm_id
            for (firm_id,) in self._session.rows(
                _SQL["firms_due"], {"connected": ConnectionState.CONNECTED.value}
            )
        ]

    def forget_switched_off(self) -> int:
        firm_ids = [firm_id for (firm_id,) in self._session.rows(_SQL["forget"])]
        if firm_ids:
            self._session.run(_SQL["forget_cases"], {"firm_ids": firm_ids})
        return len(firm_ids)

    def watch(self, firm_id: str, active_for: timedelta) -> Watch:
        firm = {"firm_id": firm_id}
        earlier = self._session.row(_SQL["before"], firm)
        before = earlier[0] if earlier else None
        now = self._session.rows(_SQL["begin"], firm)[0][0]
        self._session.run(_SQL["add"], firm)
        self._session.run(_SQL["close_and_reopen"], firm)
        self._session.run(_SQL["active_conversations"], {**firm, "before": before, "active_for": active_for})
        return Watch(now, before)

    def mark_active(self, firm_id: str, cases: Collection[str], active_for: timedelta) -> None:
        if cases:
            self._session.run(
                _SQL["mark_active"], {"firm_id": firm_id, "cases": list(cases), "for": active_for}
            )

    def next(self, firm_id: str, *, limit: int, unread_for: timedelta, active: bool) -> Sequence[WatchedCase]:
        rows = self._session.rows(
            _SQL["next_active"] if active else _SQL["next"],
            {"firm_id": firm_id, "limit": limit, "unread_for": unread_for},
        )
        return [WatchedCase(*row) for row in rows]

    def mark_read(self, firm_id: str, integration_id: str, *, is_known: bool) -> None:
        self._session.run(
            _SQL["mark_read"], {"firm_id": firm_id, "case": integration_id, "is_known": is_known}
        )

    def ours(self, firm_id: str, note_ids: Collection[str]) -> set[str]:
        if not note_ids:
            return set()
        rows = self._session.rows(_SQL["ours"], {"firm_id": firm_id, "note_ids": list(note_ids)})
        return {note_id for (note_id,) in rows}

    def seen(self, firms: Reach, note_id: str, limit: int) -> Sequence[SeenNote]:
        asked = {"firms": firms_of(firms), "note_id": storable(note_id), "limit": limit}
        return [SeenNote(*row) for row in self._session.rows(_SQL["seen"], asked)]

    def remember(
        self, firm_id: str, integration_id: str, note_ids: Collection[str], *, announced: bool
    ) -> set[str]:
        if not note_ids:
            return set()
        rows = self._session.rows(
            _SQL["remember"],
            {
                "firm_id": firm_id,
                "case": integration_id,
                "note_ids": sorted(set(note_ids)),
                "announced": announced,
            },
        )
        return {note_id for (note_id,) in rows}
