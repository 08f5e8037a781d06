"""Connections in memory."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.credentials import Account, Credentials, Issued
from core.errors import CasebridgeError, RateLimitedError
from core.ports.clock import Clock
from core.ports.connections import Bearer, Connection, Connections, Refusal


@dataclass(slots=True)
class _Row:
    connection: Connection
    token: str | None = None
    base_url: str = ""
    renew_at: datetime | None = None
    expires_at: datetime | None = None
    refusal: CasebridgeError | None = None
    refused_until: datetime | None = None


class FakeConnections(Connections):
    """Connections by firm; `changed` is told each new version, so that a fake store knows it too.

    `key` is the one that encrypts, `sealed_with` the key of each secret: of a log-in and of a token.
    """

    def __init__(self, clock: Clock, changed: Callable[[str, int], None] = lambda *_: None) -> None:
        self._clock = clock
        self._changed = changed
        self._rows: dict[str, _Row] = {}
        self._locks: dict[str, threading.RLock] = {}
        self._versions = 0
        self.key = "new"
        self.sealed_with: dict[tuple[str, str], str] = {}

    def bearer(self, firm_id: str) -> Bearer | None:
        connection = self.get(firm_id)
        return connection.bearer if connection else None

    def get(self, firm_id: str) -> Connection | None:
        row = self._rows.get(firm_id)
        if row is None:
            return None
        now = self._clock.now()
        refusal = None
        if row.refusal is not None and row.refused_until is not None and now < row.refused_until:
            again = type(row.refusal)(str(row.refusal), reason=row.refusal.reason)
            refusal = Refusal(again, row.refused_until - now)
        return replace(row.connection, bearer=_bearer(row, now), refusal=refusal)

    @contextmanager
    def locked(self, firm_id: str) -> Iterator["_Locked"]:
        with self._lock(firm_id):
            yield _Locked(self, firm_id)

    def put(self, firm_id: str, base_url: str, credentials: Credentials, issued: Issued | None = None) -> int:
        with self._lock(firm_id):
            self._versions += 1
            account = issued.account if issued else Account(getattr(credentials, "username", None))
            connection = Connection(
                firm_id, credentials, account, base_url, self._versions, serial=0, bearer=None
            )
            self._rows[firm_id] = row = _Row(connection)
            self._seal(firm_id)
            if issued is not None:
                self.keep(row, issued, base_url)
            self._changed(firm_id, self._versions)
            return self._versions

    def keep(self, row: _Row, issued: Issued, base_url: str) -> None:
        now = self._clock.now()
        known = row.connection.account
        account = Account(issued.account.name or known.name, issued.account.account_id or known.account_id)
        row.connection = replace(
            row.connection,
            credentials=issued.credentials,
            serial=row.connection.serial + 1,
            failures=0,
            account=account,
        )
        row.token, row.base_url = issued.token, base_url
        self._seal(row.connection.firm_id)
        row.renew_at, row.expires_at = now + issued.renew_after, now + issued.expires_after
        row.refusal = None

    def refuse(self, row: _Row, error: CasebridgeError, pause: timedelta, *, counts: bool) -> None:
        row.refusal, row.refused_until = error, self._clock.now() + pause
        row.connection = replace(row.connection, failures=row.connection.failures + counts)

    def lift_pause(self, firm_id: str) -> None:
        row = self._rows.get(firm_id)
        if row is not None and isinstance(row.refusal, RateLimitedError):
            row.refusal = row.refused_until = None

    def remove(self, firm_id: str) -> None:
        self._rows.pop(firm_id, None)
        self._unseal(firm_id)

    def row_of(self, firm_id: str) -> object:
        """For `FakeFirmFiles`: what is stored of the firm, None where it is nothing."""
        return self._rows.get(firm_id)

    def bring_in(self, firm_id: str, row: object) -> None:
        """For `FakeFirmFiles`: store it."""
        assert isinstance(row, _Row)
        self._rows[firm_id] = row
        self._seal(firm_id)

    def row(self, firm_id: str) -> _Row:
        return self._rows[firm_id]

    def _seal(self, firm_id: str) -> None:
        self._unseal(firm_id)
        kinds = ("log-in", "token") if self._rows[firm_id].token is not None else ("log-in",)
        self.sealed_with |= {(firm_id, kind): self.key for kind in kinds}

    def _unseal(self, firm_id: str) -> None:
        for kind in ("log-in", "token"):
            self.sealed_with.pop((firm_id, kind), None)

    def _lock(self, firm_id: str) -> threading.RLock:
        return self._locks.setdefault(firm_id, threading.RLock())


class _Locked:
    def __init__(self, owner: FakeConnections, firm_id: str) -> None:
        self._owner = owner
        self._firm_id = firm_id

    def read(self) -> Connection | None:
        return self._owner.get(self._firm_id)

    def keep(self, issued: Issued, base_url: str) -> None:
        self._owner.keep(self._owner.row(self._firm_id), issued, base_url)

    def refuse(self, error: CasebridgeError, pause: timedelta, *, counts: bool = True) -> None:
        self._owner.refuse(self._owner.row(self._firm_id), error, pause, counts=counts)

    def forget(self) -> None:
        self._owner.remove(self._firm_id)


def _bearer(row: _Row, now: datetime) -> Bearer | None:
    if row.token is None or row.renew_at is None or row.expires_at is None:
        return None
    return Bearer(row.token, row.base_url, now < row.renew_at, now < row.expires_at, row.connection.version)
