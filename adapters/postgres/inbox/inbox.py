"""The inbox in Postgres: every accepted message and document, each once."""

import hashlib
from collections.abc import Sequence

from adapters.postgres.store.session import Session
from adapters.postgres.store.text import bulk, short
from core.event import UpstreamEvent
from core.ports.inbox import Recorded, RejectedEvent

# In the order of the key: two intakes with the same events wait for each other instead of deadlocking.
# A concurrent insert of the same key is waited for, so exactly one of two gets the row back.
_INSERT = """
insert into inbox (firm_id, kind, subject_id, event_id, source, digest)
select firm_id, kind, subject_id, event_id, source, digest
from jsonb_to_recordset(%(rows)s::jsonb) as event (
    firm_id text, kind text, subject_id text, event_id text, source text, digest text
)
order by firm_id collate "C", kind collate "C", subject_id collate "C"
on conflict (firm_id, kind, subject_id) do nothing
returning firm_id, kind, subject_id
"""
_DIGESTS = """
select inbox.firm_id, inbox.kind, inbox.subject_id, inbox.digest
from unnest(%(firm_ids)s::text[], %(kinds)s::text[], %(subject_ids)s::text[])
    as event (firm_id, kind, subject_id)
join inbox using (firm_id, kind, subject_id)
"""
_SET_ASIDE = """
insert into rejected_events (channel, reason, detail, size, sha256, body)
select *
from unnest(%(channels)s::text[], %(reasons)s::text[], %(details)s::text[], %(sizes)s::bigint[],
            %(digests)s::bytea[], %(bodies)s::bytea[])
"""

_Key = tuple[str, str, str]  # firm id, kind, subject id


class PostgresInbox:
    """Knows every message and document that was ever accepted."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def record(self, events: Sequence[UpstreamEvent]) -> list[Recorded]:
        """Record each event; the answer has its verdicts in the same order.

        One statement, or two where any was known.
        """
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

    def set_aside(self, events: Sequence[RejectedEvent]) -> None:
        """Keep events that do not validate, for a person to see and replay."""
        bodies = [event.body for event in events]
        self._session.run(
            _SET_ASIDE,
            {
                "channels": [event.channel for event in events],
                "reasons": [event.reason for event in events],
                "details": [short(event.detail) for event in events],
                "sizes": [event.size for event in events],
                "digests": [None if body is None else hashlib.sha256(body).digest() for body in bodies],
                "bodies": bodies,
            },
        )

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
        inserted = self._session.rows(_INSERT, {"rows": rows})
        return {(firm_id, kind, subject_id) for firm_id, kind, subject_id in inserted}

    def _digests(self, keys: set[_Key]) -> dict[_Key, str]:
        if not keys:
            return {}
        firm_ids, kinds, subject_ids = map(list, zip(*keys, strict=True))
        rows = self._session.rows(
            _DIGESTS, {"firm_ids": firm_ids, "kinds": kinds, "subject_ids": subject_ids}
        )
        return {(firm_id, kind, subject_id): digest for firm_id, kind, subject_id, digest in rows}


def _key(event: UpstreamEvent) -> _Key:
    return (event.firm_id, event.kind.value, event.subject_id)
