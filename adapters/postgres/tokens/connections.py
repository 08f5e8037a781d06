"""The firms' connections in Postgres: encrypted, and changed by one owner at a time."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg
import structlog

from adapters.postgres.store.errors import translating
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.text import short
from adapters.postgres.tokens.vault import Sealed, Vault
from core.credentials import Account, Credentials, Issued, OAuthCredentials, PasswordCredentials
from core.errors import (
    CasebridgeError,
    ConfigurationError,
    ConnectionRejectedError,
    RateLimitedError,
    TransientError,
    UnreadableAnswerError,
)
from core.ports.connections import Bearer, Connection, Connections, LockedConnection, Refusal
from core.reason import Reason

_log = structlog.get_logger(__name__)

TOKEN: Final = "token"  # noqa: S105 - what a ciphertext is for, no secret
_PASSWORD: Final = "password"  # noqa: S105 - a kind of connection, no secret
_OAUTH: Final = "oauth"

_SQL: Final = Statements.beside(__file__)
_ERRORS: Final[dict[str, type[CasebridgeError]]] = {
    kind.reason: kind for kind in (ConnectionRejectedError, RateLimitedError, UnreadableAnswerError)
}


class PostgresConnections(Connections):
    """See `core.ports.connections.Connections`. Calls are transactions of their own.

    `reader` is a pool whose connections commit by themselves, for the one reading that each call to
    SmartAdvocate begins with.
    """

    def __init__(self, pool: Pool, vault: Vault, reader: Pool) -> None:
        self._pool = pool
        self._reader = reader
        self._vault = vault

    def bearer(self, firm_id: str) -> Bearer | None:
        with translating():
            try:
                row = self._read_bearer(firm_id)
            except psycopg.OperationalError:
                self._reader.check()  # PostgreSQL may have been restarted: no old connection is used again
                row = self._read_bearer(firm_id)
        return None if row is None else self._bearer(firm_id, row)

    def _read_bearer(self, firm_id: str) -> Row | None:
        connection = self._reader.getconn()
        try:
            row: Row | None = connection.execute(_SQL["bearer"], {"firm_id": firm_id}, binary=True).fetchone()
            return row
        finally:
            self._reader.putconn(connection)

    def get(self, firm_id: str) -> Connection | None:
        with translating(), self._pool.connection() as connection:
            row = Session(connection).row(_SQL["read"], {"firm_id": firm_id})
        return None if row is None else self._connection(firm_id, row)

    @contextmanager
    def locked(self, firm_id: str) -> Iterator["_Locked"]:
        with translating():
            connection = self._pool.getconn()
        try:
            yield _Locked(Session(connection), self, firm_id)
        finally:
            # What was stored is committed; a connection that broke meanwhile took the lock with it.
            try:
                connection.rollback()
            except Exception:  # noqa: BLE001 - it is broken, and the pool replaces it
                connection.close()
            finally:
                self._pool.putconn(connection)

    def put(self, firm_id: str, base_url: str, credentials: Credentials, issued: Issued | None = None) -> int:
        account = issued.account if issued else Account(getattr(credentials, "username", None))
        values = {
            "firm_id": firm_id,
            "kind": _OAUTH if isinstance(credentials, OAuthCredentials) else _PASSWORD,
            "base_url": base_url,
            "account": short(account.name),
            "account_id": short(account.account_id),
            **self._secrets(firm_id, base_url, credentials, issued),
        }
        with translating(), self._pool.connection() as connection:
            session = Session(connection)
            session.run(_SQL["wait_for_renewals"])
            [[version]] = session.rows(_SQL["put"], values)
            return int(version)

    def lift_pause(self, firm_id: str) -> None:
        with translating(), self._pool.connection() as connection:
            asked = {"firm_id": firm_id, "reason": Reason.RATE_LIMITED.value}
            Session(connection).run(_SQL["lift_pause"], asked)

    def _secrets(
        self, firm_id: str, base_url: str, credentials: Credentials, issued: Issued | None
    ) -> dict[str, Any]:
        sealed = self._vault.seal(_plain(credentials), firm_id)
        token: Sealed | None = None
        if issued is not None:
            plain = json.dumps({"token": issued.token, "base_url": base_url}).encode()
            token = self._vault.seal(plain, firm_id, TOKEN)
        return {
            "key_id": sealed.key_id,
            "nonce": sealed.nonce,
            "ciphertext": sealed.ciphertext,
            "token_key_id": token and token.key_id,
            "token_nonce": token and token.nonce,
            "token_ciphertext": token and token.ciphertext,
            "renew_after": issued and issued.renew_after,
            "expires_after": issued and issued.expires_after,
        }

    def _bearer(self, firm_id: str, row: Row) -> Bearer | None:
        key_id, nonce, ciphertext, is_fresh, is_good, version = row
        if ciphertext is None:
            return None
        opened = json.loads(self._vault.open(Sealed(key_id, nonce, ciphertext), firm_id, TOKEN))
        return Bearer(opened["token"], opened["base_url"], bool(is_fresh), bool(is_good), version)

    def _connection(self, firm_id: str, row: Row) -> Connection:
        kind, key_id, nonce, ciphertext, name, account_id, base_url, version, serial, failures = row[:10]
        token, (reason, refusal, remaining) = row[10:15], row[15:18]
        opened = json.loads(self._vault.open(Sealed(key_id, nonce, ciphertext), firm_id))
        return Connection(
            firm_id,
            _credentials(firm_id, kind, opened),
            Account(name, account_id),
            base_url,
            version,
            serial,
            self._bearer(firm_id, (*token, version)),
            _refusal(reason, refusal, remaining),
            failures,
        )


class _Locked(LockedConnection):
    """See `core.ports.connections.LockedConnection`."""

    def __init__(self, session: Session, owner: PostgresConnections, firm_id: str) -> None:
        self._session = session
        self._owner = owner
        self._firm_id = firm_id
        self._base_url = ""
        self._asked_at: datetime | None = None

    def read(self) -> Connection | None:
        self._session.run(_SQL["wait_for_renewals"])
        row = self._session.row(_SQL["lock"], {"firm_id": self._firm_id})
        if row is None:
            return None
        self._asked_at = row[18]
        return self._owner._connection(self._firm_id, row)  # noqa: SLF001 - two halves of one thing

    def keep(self, issued: Issued, base_url: str) -> None:
        secrets = self._owner._secrets(self._firm_id, base_url, issued.credentials, issued)  # noqa: SLF001 - of the same module
        self._session.run(
            _SQL["keep"],
            {
                **secrets,
                "firm_id": self._firm_id,
                "asked_at": self._asked_at,
                "account": short(issued.account.name),
                "account_id": short(issued.account.account_id),
            },
        )
        self._session.commit()

    def refuse(self, error: CasebridgeError, pause: timedelta, *, counts: bool = True) -> None:
        self._session.run(
            _SQL["refuse"],
            {
                "firm_id": self._firm_id,
                "pause": pause,
                "counts": counts,
                "reason": error.reason.value,
                "refusal": short(str(error)),
            },
        )
        words = {"firm_id": self._firm_id, "reason": error.reason.value, "detail": str(error)}
        again_in_s = pause.total_seconds()
        self._session.afterwards(lambda: _log.warning("log_in_refused", **words, again_in_s=again_in_s))
        self._session.commit()

    def forget(self) -> None:
        self._session.run(_SQL["forget"], {"firm_id": self._firm_id})
        self._session.commit()


def _plain(credentials: Credentials) -> bytes:
    if isinstance(credentials, PasswordCredentials):
        return json.dumps({"username": credentials.username, "password": credentials.password}).encode()
    return json.dumps({"refresh_token": credentials.refresh_token}).encode()


def _credentials(firm_id: str, kind: str, opened: dict[str, Any]) -> Credentials:
    if kind == _PASSWORD:
        return PasswordCredentials(opened["username"], opened["password"])
    if kind == _OAUTH:
        return OAuthCredentials(opened["refresh_token"])
    raise ConfigurationError(
        f"firm {firm_id!r} is connected by {kind!r}, which this release does not know",
        reason=Reason.RELEASE_BEHIND,
        firm_id=firm_id,
    )


def _refusal(reason: str | None, message: str | None, remaining: timedelta | None) -> Refusal | None:
    if reason is None or message is None or remaining is None or remaining <= timedelta():
        return None
    error = _ERRORS.get(reason, TransientError)(message, reason=Reason.of(reason))
    return Refusal(error, remaining)
