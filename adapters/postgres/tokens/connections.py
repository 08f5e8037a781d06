"""The firms' connections in Postgres: encrypted, and changed by one owner at a time."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final

import psycopg

from adapters.postgres.store.errors import translating
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.text import short, storable
from adapters.postgres.tokens.vault import Sealed, Vault
from core.errors import (
    CasebridgeError,
    ConfigurationError,
    ConnectionRejectedError,
    RateLimitedError,
    TransientError,
    UnreadableAnswerError,
)
from core.ports.connections import Bearer, Connection, Refusal
from core.ports.credentials import Account, Credentials, Issued, OAuthCredentials, PasswordCredentials

TOKEN: Final = "token"  # noqa: S105 - what a ciphertext is for, no secret
_PASSWORD: Final = "password"  # noqa: S105 - a kind of connection, no secret
_OAUTH: Final = "oauth"

# Everything a call to SmartAdvocate needs, in one reading by key.
_BEARER = """
select token_key_id, token_nonce, token_ciphertext, clock_timestamp() < renew_at,
       clock_timestamp() < expires_at, version
from connections
where firm_id = %s
"""
_READ = """
select kind, key_id, nonce, ciphertext, account, account_id, base_url, version, serial, failures,
       token_key_id, token_nonce, token_ciphertext, clock_timestamp() < renew_at,
       clock_timestamp() < expires_at,
       -- From before the wait for the lock: whoever queued for an attempt that failed shares its failure.
       refusal_reason, refusal, refused_until - statement_timestamp(), clock_timestamp()
from connections
where firm_id = %(firm_id)s
"""
_LOCK = _READ + "for update"
# Longer than the two requests that a renewal may take (see `Limits.seconds` of the token endpoint), shorter
# than what ends an idle transaction.
_WAIT_FOR_RENEWALS = "set local lock_timeout = '45s'"
_PUT = """
insert into connections (
    firm_id, kind, key_id, nonce, ciphertext, base_url, account, account_id, token_key_id, token_nonce,
    token_ciphertext, renew_at, expires_at
)
values (
    %(firm_id)s, %(kind)s, %(key_id)s, %(nonce)s, %(ciphertext)s, %(base_url)s, %(account)s, %(account_id)s,
    %(token_key_id)s, %(token_nonce)s, %(token_ciphertext)s, statement_timestamp() + %(renew_after)s,
    statement_timestamp() + %(expires_after)s
)
on conflict (firm_id) do update
set kind = excluded.kind, key_id = excluded.key_id, nonce = excluded.nonce, ciphertext = excluded.ciphertext,
    base_url = excluded.base_url, account = excluded.account, account_id = excluded.account_id,
    token_key_id = excluded.token_key_id, token_nonce = excluded.token_nonce,
    token_ciphertext = excluded.token_ciphertext, renew_at = excluded.renew_at,
    expires_at = excluded.expires_at, version = excluded.version, serial = connections.serial + 1,
    refused_until = null, refusal_reason = null, refusal = null, failures = 0,
    connected_at = statement_timestamp(), updated_at = statement_timestamp()
returning version
"""
_KEEP = """
update connections
set key_id = %(key_id)s, nonce = %(nonce)s, ciphertext = %(ciphertext)s, token_key_id = %(token_key_id)s,
    token_nonce = %(token_nonce)s, token_ciphertext = %(token_ciphertext)s,
    account = coalesce(%(account)s, account), account_id = coalesce(%(account_id)s, account_id),
    renew_at = %(asked_at)s + %(renew_after)s, expires_at = %(asked_at)s + %(expires_after)s,
    serial = serial + 1, refused_until = null, refusal_reason = null, refusal = null, failures = 0,
    updated_at = statement_timestamp()
where firm_id = %(firm_id)s
"""
_REFUSE = """
update connections
set refused_until = statement_timestamp() + %(pause)s, refusal_reason = %(reason)s, refusal = %(refusal)s,
    failures = failures + 1
where firm_id = %(firm_id)s
"""
_FORGET = "delete from connections where firm_id = %(firm_id)s"
_ERRORS: Final[dict[str, type[CasebridgeError]]] = {
    kind.reason: kind for kind in (ConnectionRejectedError, RateLimitedError, UnreadableAnswerError)
}


class PostgresConnections:
    """See `core.ports.connections.Connections`. Calls are transactions of their own.

    `reader` is a pool whose connections commit by themselves, for the one reading that each call to
    SmartAdvocate begins with.
    """

    def __init__(self, pool: Pool, vault: Vault, reader: Pool | None = None) -> None:
        self._pool = pool
        self._reader = reader or pool
        self._vault = vault

    def bearer(self, firm_id: str) -> Bearer | None:
        """Return the firm's token, fresh or not."""
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
            row: Row | None = connection.execute(_BEARER, (firm_id,), binary=True).fetchone()
            return row
        finally:
            if not connection.autocommit and not connection.closed:
                connection.rollback()
            self._reader.putconn(connection)

    def get(self, firm_id: str) -> Connection | None:
        """Return the firm's connection, without keeping others from changing it."""
        with translating(), self._pool.connection() as connection:
            row = Session(connection).row(_READ, {"firm_id": firm_id})
        return None if row is None else self._connection(firm_id, row)

    @contextmanager
    def locked(self, firm_id: str) -> Iterator["_Locked"]:
        """Wait for whoever changes the firm's connection, on any machine, and keep others out meanwhile."""
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
        """Store a connection in place of what was there, with a new version, which is returned."""
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
            session.run(_WAIT_FOR_RENEWALS)
            row = session.row(_PUT, values)
            assert row is not None  # noqa: S101 - an upsert returns its row
            return int(row[0])

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
        said = json.loads(self._vault.open(Sealed(key_id, nonce, ciphertext), firm_id, TOKEN))
        return Bearer(said["token"], said["base_url"], bool(is_fresh), bool(is_good), version)

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


class _Locked:
    """See `core.ports.connections.LockedConnection`."""

    def __init__(self, session: Session, owner: PostgresConnections, firm_id: str) -> None:
        self._session = session
        self._owner = owner
        self._firm_id = firm_id
        self._base_url = ""
        self._asked_at: datetime | None = None

    def read(self) -> Connection | None:
        """Return it as it is stored now."""
        self._session.run(_WAIT_FOR_RENEWALS)
        row = self._session.row(_LOCK, {"firm_id": self._firm_id})
        if row is None:
            return None
        self._asked_at = row[18]
        return self._owner._connection(self._firm_id, row)  # noqa: SLF001 - two halves of one thing

    def keep(self, issued: Issued, base_url: str) -> None:
        """Store token and credentials together, stored on return."""
        secrets = self._owner._secrets(self._firm_id, base_url, issued.credentials, issued)  # noqa: SLF001
        self._session.run(
            _KEEP,
            {
                **secrets,
                "firm_id": self._firm_id,
                "asked_at": self._asked_at,
                "account": short(issued.account.name),
                "account_id": short(issued.account.account_id),
            },
        )
        self._session.commit()

    def refuse(self, error: CasebridgeError, pause: timedelta) -> None:
        """Store that an attempt failed, and that it is not repeated for `pause`; stored on return."""
        self._session.run(
            _REFUSE,
            {
                "firm_id": self._firm_id,
                "pause": pause,
                "reason": storable(error.reason),
                "refusal": short(str(error)),
            },
        )
        self._session.commit()

    def forget(self) -> None:
        """Remove it with its secrets, stored on return."""
        self._session.run(_FORGET, {"firm_id": self._firm_id})
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
        f"firm {firm_id!r} is connected by {kind!r}, which this release does not know; update casebridge"
    )


def _refusal(reason: str | None, message: str | None, remaining: timedelta | None) -> Refusal | None:
    if reason is None or message is None or remaining is None or remaining <= timedelta():
        return None
    error = _ERRORS.get(reason, TransientError)(message, reason=reason)
    return Refusal(error, remaining)
