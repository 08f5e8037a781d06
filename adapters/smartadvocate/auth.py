"""Bearer tokens by user name and password: `Users/authenticate` (API sheet, section 2.1)."""

import json
import re
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import httpx2

from adapters.smartadvocate import wire
from adapters.smartadvocate.errors import Operation, refused, unreadable
from adapters.smartadvocate.exchange import Exchange
from adapters.smartadvocate.limits import DEFAULT_LIMITS, Limits
from adapters.smartadvocate.routes import Purpose
from adapters.smartadvocate.server_words import server_words
from adapters.smartadvocate.site import Site, Sites
from adapters.smartadvocate.token_life import usable_for
from core.errors import CasebridgeError, ConnectionRejectedError, RateLimitedError, TransientError
from core.firm import Firm
from core.ports.clock import Clock
from core.ports.credentials import Credentials, PasswordCredentials

PAUSE_AFTER_REJECTION: Final = timedelta(seconds=30)  # unless the credentials change: accounts get locked
PAUSE_AFTER_FAILURE: Final = timedelta(
    seconds=3
)  # those who queued for a log-in that failed share the failure
_LOCK_SECONDS: Final = 60.0  # longer than one log-in can take
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,8192}")  # what a header may carry


@dataclass(slots=True)
class _Refusal:
    error: CasebridgeError
    credentials: PasswordCredentials | None
    until: datetime


@dataclass(slots=True)
class _Account:
    """What this process knows of one firm's log-in. `base_url` is the only place the token may go."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    base_url: str = ""
    token: str = ""
    expires_at: datetime | None = None
    refusal: _Refusal | None = None


class PasswordTokens:
    """`BearerTokens` that logs in with a firm's user name and password; tokens live in this process only.

    One log-in at a time for a firm; threads that wait for it share its token or its failure. A refused
    log-in is not repeated for PAUSE_AFTER_REJECTION unless credentials, even the same, were stored since.
    """

    def __init__(
        self,
        http: httpx2.Client,
        credentials: Credentials,
        clock: Clock,
        *,
        allow_http_hosts: Collection[str] = (),
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._exchange = Exchange(http, limits)
        self._credentials = credentials
        self._clock = clock
        self._sites = Sites(allow_http_hosts)
        self._accounts: dict[str, _Account] = {}

    def token(self, firm: Firm) -> str:
        """See `BearerTokens.token`."""
        account = self._account(firm)
        expires_at = account.expires_at
        if expires_at is not None and account.base_url == firm.base_url and self._clock.now() < expires_at:
            return account.token
        return self._log_in(firm, account, rejected=None)

    def renew(self, firm: Firm, rejected: str) -> str:
        """See `BearerTokens.renew`."""
        return self._log_in(firm, self._account(firm), rejected)

    def forget(self, firm_id: str) -> None:
        """Drop what is kept of the firm, for example because it was reconnected as another user."""
        self._accounts.pop(firm_id, None)

    def _account(self, firm: Firm) -> _Account:
        account = self._accounts.get(firm.firm_id)
        return account if account is not None else self._accounts.setdefault(firm.firm_id, _Account())

    def _log_in(self, firm: Firm, account: _Account, rejected: str | None) -> str:
        site = self._sites.site(firm)
        with _held(account.lock, firm):
            now = self._clock.now()
            usable = account.expires_at is not None and now < account.expires_at
            if usable and account.base_url == firm.base_url and account.token != rejected:
                return account.token  # another thread was quicker
            credentials = self._credentials.get(firm.firm_id)
            _raise_known_refusal(account, credentials, now)
            account.expires_at = None
            try:
                token = self._ask(firm, site, credentials)
            except CasebridgeError as error:
                account.refusal = _Refusal(error, credentials, now + _pause(error))
                raise
            account.refusal = None
            account.base_url = firm.base_url or ""
            account.token = token
            now = self._clock.now()
            account.expires_at = now + usable_for(token, now.timestamp())
            return token

    def _ask(self, firm: Firm, site: Site, credentials: PasswordCredentials | None) -> str:
        if credentials is None:
            raise ConnectionRejectedError(
                f"firm {firm.firm_id!r} has no SmartAdvocate log-in stored; "
                f"run `casebridge connect {firm.firm_id}`"
            )
        operation = Operation(
            firm.firm_id, "log in to SmartAdvocate", sent=(credentials.password, credentials.username)
        )
        route = site.profile.routes[Purpose.LOG_IN]
        content = json.dumps({"Username": credentials.username, "Password": credentials.password}).encode()
        answer = self._exchange.send(operation, route.verb, site.url(Purpose.LOG_IN), content=content)
        if answer.status in {400, 401, 403, 404, 405}:
            words = server_words(answer.body, operation.sent)
            raise ConnectionRejectedError(_rejection(operation, answer.status, words))
        if not 200 <= answer.status < 300:
            raise refused(operation, answer.status, answer.headers, answer.body, self._clock.now())
        try:
            said = wire.load(answer.body)
        except wire.UnreadableError as error:
            raise unreadable(operation, f"{answer.status} with {error}") from None
        token = wire.field(said, "token") if isinstance(said, dict) else None
        if not isinstance(token, str) or not _TOKEN.fullmatch(token):
            raise unreadable(operation, f"{answer.status} without a usable token")
        return token


def _rejection(operation: Operation, status: int, words: str) -> str:
    said = f"SmartAdvocate answered {status}" + (f" ({words})" if words else "")
    if status in {404, 405}:
        return (
            f"{operation}: {said}: there is no log-in at the firm's SmartAdvocate address; "
            f"correct the address with `casebridge connect {operation.firm_id}`"
        )
    return (
        f"{operation}: {said}: user name or password is not accepted; a changed password stops the sync. "
        f"Reconnect the firm with `casebridge connect {operation.firm_id}`; nothing is lost meanwhile"
    )


def _pause(error: CasebridgeError) -> timedelta:
    if isinstance(error, ConnectionRejectedError):
        return PAUSE_AFTER_REJECTION
    return max(error.retry_after or PAUSE_AFTER_FAILURE, PAUSE_AFTER_FAILURE)


def _raise_known_refusal(account: _Account, credentials: PasswordCredentials | None, now: datetime) -> None:
    refusal = account.refusal
    if refusal is None or now >= refusal.until or _version(credentials) != _version(refusal.credentials):
        return
    pause = refusal.until - now if isinstance(refusal.error, RateLimitedError) else refusal.error.retry_after
    raise type(refusal.error)(str(refusal.error), reason=refusal.error.reason, retry_after=pause)


def _version(credentials: PasswordCredentials | None) -> tuple[PasswordCredentials | None, str]:
    return credentials, credentials.version if credentials else ""


@contextmanager
def _held(lock: threading.Lock, firm: Firm) -> Iterator[None]:
    if not lock.acquire(timeout=_LOCK_SECONDS):
        raise TransientError(
            f"firm {firm.firm_id!r}: a log-in to SmartAdvocate has taken more than {_LOCK_SECONDS:.0f} s; "
            "it is tried again by itself"
        )
    try:
        yield
    finally:
        lock.release()
