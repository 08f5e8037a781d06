"""Links, browser sessions and states of the connection page, in Postgres."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from adapters.postgres.store.errors import translating
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.tokens.vault import Sealed, Vault
from core.ports.consents import Begun, Consents

_VERIFIER: Final = "verifier"
_SECRET_BYTES: Final = 32
_VERIFIER_BYTES: Final = 48  # 64 characters; RFC 7636 asks for 43 to 128
_MAX_PRESENTED: Final = 200  # characters of what a browser brings

_SQL: Final = Statements.beside(__file__)
_FORGET_OLD: Final = ("forget_links", "forget_sessions", "forget_states")


class PostgresConsents(Consents):
    """See `core.ports.consents.Consents`. Calls are transactions of their own."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool = pool
        self._vault = vault

    def new_link(self, firm_id: str, life: timedelta) -> str:
        link = secrets.token_urlsafe(_SECRET_BYTES)
        with translating(), self._pool.connection() as connection:
            session = Session(connection)
            for name in _FORGET_OLD:
                session.run(_SQL[name])
            session.run(_SQL["new_link"], {"link": _hash(link), "firm_id": firm_id, "life": life})
        return link

    def open_link(self, link: str, life: timedelta) -> str | None:
        secret = secrets.token_urlsafe(_SECRET_BYTES)
        parameters = {"link": _hash(link), "session": _hash(secret), "life": life}
        with translating(), self._pool.connection() as connection:
            return secret if Session(connection).run(_SQL["open_link"], parameters) == 1 else None

    def firm_of(self, session: str) -> str | None:
        with translating(), self._pool.connection() as connection:
            row = Session(connection).row(_SQL["firm_of"], {"session": _hash(session)})
        return None if row is None else str(row[0])

    def ends_at(self, session: str) -> datetime | None:
        with translating(), self._pool.connection() as connection:
            row = Session(connection).row(_SQL["ends_at"], {"session": _hash(session)})
        return None if row is None else row[0]

    def begin(self, session: str, life: timedelta) -> Begun | None:
        begun = Begun(secrets.token_urlsafe(_SECRET_BYTES), secrets.token_urlsafe(_VERIFIER_BYTES))
        known = {"session": _hash(session)}
        with translating(), self._pool.connection() as connection:
            rows = Session(connection)
            row = rows.row(_SQL["firm_of"], known)
            if row is None:
                return None
            sealed = self._vault.seal(begun.verifier.encode(), row[0], _VERIFIER)
            rows.run(_SQL["void"], known)
            rows.run(
                _SQL["begin"],
                {
                    **known,
                    "state": _hash(begun.state),
                    "firm_id": row[0],
                    "key_id": sealed.key_id,
                    "nonce": sealed.nonce,
                    "ciphertext": sealed.ciphertext,
                    "life": life,
                },
            )
        return begun

    def take(self, session: str, state: str) -> tuple[str, str] | None:
        parameters = {"session": _hash(session), "state": _hash(state)}
        with translating(), self._pool.connection() as connection:
            row = Session(connection).row(_SQL["take"], parameters)
        if row is None:
            return None
        firm_id, key_id, nonce, ciphertext = row
        verifier = self._vault.open(Sealed(key_id, nonce, ciphertext), firm_id, _VERIFIER)
        return firm_id, verifier.decode()


def _hash(presented: str) -> bytes:
    return hashlib.sha256(presented[:_MAX_PRESENTED].encode("utf-8", "replace")).digest()
