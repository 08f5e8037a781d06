"""Kept answers in Postgres."""

from datetime import timedelta
from typing import Final

from psycopg.types.json import Jsonb

from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from core.kept_answer import KeptAnswer
from core.ports.answers import Answers, KnownRequest
from core.storable import storable

_SQL: Final = Statements.beside(__file__)


class PostgresAnswers(Answers):
    """See `core.ports.answers.Answers`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def begin(
        self, who: str, key: str, fingerprint: bytes, *, lease: timedelta, kept: timedelta
    ) -> KnownRequest | None:
        asked = {**_of(who, key), "fingerprint": fingerprint, "lease": lease, "kept": kept}
        if self._session.row(_SQL["take"], asked) is not None:
            return None
        [(known, status, headers, body)] = self._session.rows(_SQL["get"], asked)
        answer = None if status is None else KeptAnswer(status, headers, body and bytes(body))
        return KnownRequest(bytes(known), answer)

    def keep(self, who: str, key: str, answer: KeptAnswer) -> None:
        kept = {"status": answer.status, "headers": Jsonb(dict(answer.headers)), "body": answer.body}
        self._session.run(_SQL["keep"], {**_of(who, key), **kept})

    def forget(self, who: str, key: str) -> None:
        self._session.run(_SQL["forget"], _of(who, key))

    def purge(self, after: timedelta, limit: int) -> int:
        return self._session.run(_SQL["purge"], {"after": after, "limit": limit})


def _of(who: str, key: str) -> dict[str, str]:
    return {"actor": storable(who), "key": storable(key)}
