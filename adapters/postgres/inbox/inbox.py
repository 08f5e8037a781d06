"""The inbox in Postgres: every accepted message and document, each once, and events that were set aside."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import structlog

from adapters.postgres.store.actors import firms_of
from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.text import bulk, short
from core.actor import Reach
from core.delivery import DeliveryState
from core.event import EventKind, UpstreamEvent
from core.ports.inbox import (
    Inbox,
    Recorded,
    RejectedBody,
    RejectedEvent,
    RejectedGroup,
    RejectedSummary,
)
from core.reason import Reason
from core.retention import Remembered
from core.storable import storable

_log = structlog.get_logger(__name__)
_SQL: Final = Statements.beside(__file__)
_Key = tuple[str, str, str]  # firm id, kind, subject id


class PostgresInbox(Inbox):
    """Knows by the primary key what was accepted: of two that record one subject, one waits for the other."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def record(self, events: Sequence[UpstreamEvent]) -> list[Recorded]:
        if not events:
            return []
        firsts: dict[_Key, UpstreamEvent] = {}
        for event in events:
            firsts.setdefault(_key(event), event)
        new = self._insert(firsts)
        digests = {key: firsts[key].digest for key in new} | self._digests(firsts.keys() - new)
        verdicts = []
        for event in events:
            key = _key(event)
            if key in new and firsts[key] is event:
                verdicts.append(Recorded.NEW)
            else:
                same = digests.get(key, event.digest) == event.digest
                verdicts.append(Recorded.REPEATED if same else Recorded.CONTRADICTS)
        return verdicts

    def remembered(self, firms: Reach, name: str, limit: int) -> Sequence[Remembered]:
        asked = {"firms": firms_of(firms), "name": storable(name), "limit": limit}
        return [
            Remembered(
                firm_id, EventKind(kind), subject_id, case_id, delivery_id, DeliveryState(state), *others
            )
            for firm_id, kind, subject_id, case_id, delivery_id, state, *others in self._session.rows(
                _SQL["remembered"], asked
            )
        ]

    def set_aside(self, events: Sequence[RejectedEvent]) -> None:
        bodies = [event.body for event in events]
        self._session.run(
            _SQL["set_aside"],
            {
                "channels": [event.channel for event in events],
                "reasons": [event.reason for event in events],
                "details": [short(event.detail) for event in events],
                "sizes": [event.size for event in events],
                "digests": [None if body is None else hashlib.sha256(body).digest() for body in bodies],
                "bodies": bodies,
            },
        )
        for reason, number in Counter(str(event.reason) for event in events).items():
            self._say_rejected(reason, number)

    def _say_rejected(self, reason: str, number: int) -> None:
        self._session.afterwards(lambda: _log.warning("events_rejected", reason=reason, number=number))

    def rejected(
        self,
        limit: int,
        *,
        with_replayed: bool = False,
        before: int | None = None,
        reason: Reason | None = None,
    ) -> Sequence[RejectedSummary]:
        asked = {"all": with_replayed, "limit": limit, "before": before, "reason": reason}
        return [_summary(row) for row in self._session.rows(_SQL["rejected"], asked)]

    def rejected_groups(self) -> Sequence[RejectedGroup]:
        return [
            RejectedGroup(channel, Reason.of(reason), *others)
            for channel, reason, *others in self._session.rows(_SQL["rejected_groups"])
        ]

    def rejected_one(self, event_id: int) -> RejectedSummary | None:
        row = self._session.row(_SQL["rejected_one"], {"id": event_id})
        return _summary(row) if row else None

    def discard(
        self,
        why: str,
        *,
        event_ids: Sequence[int] | None,
        reason: Reason | None,
        newest: int | None,
        limit: int,
    ) -> Sequence[int]:
        asked = {"why": short(why), "limit": limit, **_asked(event_ids, reason, newest)}
        return sorted(event_id for (event_id,) in self._session.rows(_SQL["discard"], asked))

    def replayable(
        self,
        *,
        after: int,
        limit: int,
        event_ids: Sequence[int] | None = None,
        reason: Reason | None = None,
        newest: int | None = None,
    ) -> Sequence[RejectedBody]:
        asked = {"after": after, "limit": limit, **_asked(event_ids, reason, newest)}
        rows = self._session.rows(_SQL["replayable"], asked)
        return [RejectedBody(event_id, channel, bytes(body)) for event_id, channel, body in rows]

    def set_aside_among(self, event_ids: Sequence[int]) -> set[int]:
        return {event_id for (event_id,) in self._session.rows(_SQL["among"], {"ids": list(event_ids)})}

    def mark_replayed(self, event_id: int) -> None:
        self._session.run(_SQL["mark_replayed"], {"id": event_id})

    def explain(self, event_id: int, reason: Reason, detail: str) -> None:
        self._session.run(_SQL["explain"], {"id": event_id, "reason": reason, "detail": short(detail)})

    def purge_rejected(self, after: timedelta, limit: int) -> int:
        return self._session.run(_SQL["purge"], {"after": after, "limit": limit})

    def _insert(self, events: dict[_Key, UpstreamEvent]) -> set[_Key]:
        rows = bulk(
            [
                {
                    "firm_id": event.firm_id,
                    "kind": event.kind.value,
                    "subject_id": event.subject_id,
                    "event_id": event.event_id,
                    "source": event.source,
                    "digest": event.digest,
                }
                for event in events.values()
            ]
        )
        inserted = self._session.rows(_SQL["insert"], {"rows": rows})
        return {(firm_id, kind, subject_id) for firm_id, kind, subject_id in inserted}

    def _digests(self, keys: set[_Key]) -> dict[_Key, str]:
        if not keys:
            return {}
        firm_ids, kinds, subject_ids = map(list, zip(*keys, strict=True))
        rows = self._session.rows(
            _SQL["digests"], {"firm_ids": firm_ids, "kinds": kinds, "subject_ids": subject_ids}
        )
        return {(firm_id, kind, subject_id): digest for firm_id, kind, subject_id, digest in rows}


def _asked(event_ids: Sequence[int] | None, reason: Reason | None, newest: int | None) -> dict[str, Any]:
    return {"ids": None if event_ids is None else list(event_ids), "reason": reason, "newest": newest}


def _summary(row: Row) -> RejectedSummary:
    event_id, channel, reason, *others = row
    return RejectedSummary(event_id, channel, Reason.of(reason), *others)


def _key(event: UpstreamEvent) -> _Key:
    return (event.firm_id, event.kind.value, event.subject_id)
