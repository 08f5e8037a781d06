"""Consents under way, in Postgres."""

import secrets
from datetime import timedelta
from typing import Final

from adapters.postgres.access.digests import digest
from adapters.postgres.store.errors import translating
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.tokens.vault import Sealed, Vault
from core.ports.connections import Begun, Consents

_VERIFIER: Final = "verifier"
_SECRET_BYTES: Final = 32
_VERIFIER_BYTES: Final = 48  # 64 characters; RFC 7636 asks for 43 to 128

_SQL: Final = Statements.beside(__file__)


class PostgresConsents(Consents):
    """See `core.ports.connections.Consents`. Calls are transactions of their own."""

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool = pool
        self._vault = vault

    def begin(self, session: str, firm_id: str, life: timedelta) -> Begun | None:
        begun = Begun(secrets.token_urlsafe(_SECRET_BYTES), secrets.token_urlsafe(_VERIFIER_BYTES))
        known = {"session": digest(session)}
        with translating(), self._pool.connection() as connection:
            rows = Session(connection)
            rows.run(_SQL["forget_states"])
            if rows.row(_SQL["is_open"], known) is None:
                return None
            sealed = self._vault.seal(begun.verifier.encode(), firm_id, _VERIFIER)
            rows.run(_SQL["void"], known)
            rows.run(
                _SQL["begin"],
                {
                    **known,
                    "state": digest(begun.state),
                    "firm_id": firm_id,
                    "key_id": sealed.key_id,
                    "nonce": sealed.nonce,
                    "ciphertext": sealed.ciphertext,
                    "life": life,
                },
            )
        return begun

    def take(self, session: str, state: str) -> tuple[str, str] | None:
        parameters = {"session": digest(session), "state": digest(state)}
        with translating(), self._pool.connection() as connection:
            row = Session(connection).row(_SQL["take"], parameters)
        if row is None:
            return None
        firm_id, key_id, nonce, ciphertext = row
        verifier = self._vault.open(Sealed(key_id, nonce, ciphertext), firm_id, _VERIFIER)
        return firm_id, verifier.decode()
