"""What firms log in with, encrypted in Postgres."""

import json

from adapters.postgres.errors import translating
from adapters.postgres.pool import Pool
from adapters.postgres.session import Session
from adapters.postgres.vault import Sealed, Vault
from core.errors import ConfigurationError
from core.ports.credentials import PasswordCredentials

_PASSWORD = "password"  # noqa: S105 - a kind of connection, no secret

_GET = "select kind, key_id, nonce, ciphertext from connections where firm_id = %(firm_id)s"
_PUT = """
insert into connections (firm_id, kind, key_id, nonce, ciphertext)
values (%(firm_id)s, %(kind)s, %(key_id)s, %(nonce)s, %(ciphertext)s)
on conflict (firm_id) do update
set kind = excluded.kind,
    key_id = excluded.key_id,
    nonce = excluded.nonce,
    ciphertext = excluded.ciphertext,
    updated_at = now()
"""


class PostgresCredentials:
    """Stores each firm's credentials so that only this service, for this firm, can open them.

    Each call is a transaction of its own. Raises TransientError when the database is out of reach.
    """

    def __init__(self, pool: Pool, vault: Vault) -> None:
        self._pool = pool
        self._vault = vault

    def get(self, firm_id: str) -> PasswordCredentials | None:
        """Return the firm's credentials, or None. Raises ConfigurationError when no key opens them."""
        with translating(), self._pool.connection() as connection:
            row = Session(connection).row(_GET, {"firm_id": firm_id})
        if row is None:
            return None
        kind, key_id, nonce, ciphertext = row
        if kind != _PASSWORD:
            raise ConfigurationError(
                f"firm {firm_id!r} is connected by {kind!r}, which this release does not know; "
                "update casebridge"
            )
        opened = json.loads(self._vault.open(Sealed(key_id, bytes(nonce), bytes(ciphertext)), firm_id))
        return PasswordCredentials(opened["username"], opened["password"], version=bytes(nonce).hex())

    def put(self, firm_id: str, credentials: PasswordCredentials) -> None:
        """Store them in place of what was there; stored on return."""
        plain = json.dumps({"username": credentials.username, "password": credentials.password})
        sealed = self._vault.seal(plain.encode(), firm_id)
        with translating(), self._pool.connection() as connection:
            Session(connection).run(
                _PUT,
                {
                    "firm_id": firm_id,
                    "kind": _PASSWORD,
                    "key_id": sealed.key_id,
                    "nonce": sealed.nonce,
                    "ciphertext": sealed.ciphertext,
                },
            )
