"""A valid bearer token for a firm: from the store, renewed by one worker at a time for all of them."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Final

from core.credentials import Issued, OAuthCredentials, PasswordCredentials
from core.errors import (
    AnswerLostError,
    CasebridgeError,
    ConfigurationError,
    ConnectionRejectedError,
    FirmPausedError,
    RateLimitedError,
    TransientError,
)
from core.firm import Firm
from core.foreign import foreign_errors_told, guarded
from core.night import PLACES, place_of
from core.pause import LONGEST_PAUSE as LONGEST_ASKED
from core.ports.authorization import BearerTokens, TokenIssuer
from core.ports.connections import Bearer, Connection, Connections, LockedConnection, Refusal

PAUSE_AFTER_REJECTION: Final = timedelta(seconds=30)  # of a password: accounts get locked
GRANT_IS_GONE: Final = timedelta(days=3650)  # a refused refresh token stays refused: only a person can help
PAUSE_AFTER_FAILURE: Final = timedelta(seconds=3)  # doubled with each further failure
LONGEST_PAUSE: Final = timedelta(minutes=5)
KNOWN_FOR: Final = timedelta(seconds=1)  # much less than one call may take
MOST_KNOWN: Final = 20_000
_EARLIER_BY: Final = 0.1  # of the time for which a token is used, at most
_QUEUE_S: Final = 60.0  # longer than one renewal can take, a second try included

Issuers = Mapping[type, TokenIssuer]


class StoredTokens(BearerTokens):
    """Tokens out of the store.

    Who finds a token used up takes the connection's lock, reads again, and only then asks the server; what it
    gets is stored before the lock is let go, so that those who waited use it, or share its failure. Threads
    of one process queue here first, so that one of them at most waits in the store.
    """

    def __init__(
        self,
        connections: Connections,
        issuers: Issuers,
        *,
        known_for: timedelta = timedelta(0),
        longest_asked: timedelta = LONGEST_ASKED,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`known_for` is how long a fresh token counts as read (it is renewed well ahead of its end).

        A server that asks for a pause is not asked again for that long, up to `longest_asked`.
        """
        self._connections = connections
        self._issuers = issuers
        self._known_for_s = known_for.total_seconds()
        self._longest_asked = longest_asked
        self._monotonic = monotonic
        self._known: dict[str, tuple[Bearer, float]] = {}  # what was read, and until when that counts
        self._locks: dict[str, threading.Lock] = {}

    def token(self, firm: Firm) -> str:
        """See `BearerTokens.token`."""
        bearer, until_s = self._known.get(firm.firm_id, (None, 0.0))
        if bearer is not None and bearer.base_url == firm.base_url and self._monotonic() < until_s:
            return bearer.token
        with _curable():
            bearer = self._connections.bearer(firm.firm_id)
            if bearer is not None and bearer.is_fresh and bearer.base_url == firm.base_url:
                self._know(firm, bearer)
                return bearer.token
            return self._renewed(firm, rejected=None)

    def renew(self, firm: Firm, rejected: str) -> str:
        """See `BearerTokens.renew`."""
        self._known.pop(firm.firm_id, None)
        with _curable():
            return self._renewed(firm, rejected)

    def _know(self, firm: Firm, bearer: Bearer) -> None:
        if self._known_for_s:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[firm.firm_id] = (bearer, self._monotonic() + self._known_for_s)

    def _renewed(self, firm: Firm, rejected: str | None) -> str:
        with self._queue(firm), self._connections.locked(firm.firm_id) as locked:
            kept = locked.read()
            if kept is None:
                raise _not_connected(firm)
            usable = _usable(kept.bearer, firm, rejected)
            if usable is not None and usable.is_fresh:
                return usable.token  # somebody else was quicker
            if kept.refusal is not None:
                return self._or_the_old_one(usable, _again(kept.refusal, kept))
            try:
                issued = self._ask(firm, kept)
            except CasebridgeError as error:
                return self._failed(firm, locked, kept, usable, error)
            locked.keep(_spread(issued, firm.firm_id), firm.base_url or "")
            return issued.token

    def _ask(self, firm: Firm, kept: Connection) -> Issued:
        """Ask once; once more where the answer was lost: some servers give it again, none gives it later."""
        if kept.base_url != firm.base_url and isinstance(kept.credentials, OAuthCredentials):
            raise ConnectionRejectedError(
                f"firm {firm.firm_id!r}: its SmartAdvocate address has changed since access was allowed",
                firm_id=firm.firm_id,
            )
        issuer = guarded(self._issuers[type(kept.credentials)])
        try:
            return issuer.issue(firm, kept.credentials)
        except AnswerLostError:
            return issuer.issue(firm, kept.credentials)

    def _failed(
        self,
        firm: Firm,
        locked: LockedConnection,
        asked: Connection,
        usable: Bearer | None,
        error: CasebridgeError,
    ) -> str:
        kept = locked.read()  # once more, before anything is declared broken
        if kept is None:
            raise _not_connected(firm)
        if (kept.version, kept.serial) != (asked.version, asked.serial):
            newer = _usable(kept.bearer, firm, None)
            if newer is not None and newer.is_fresh:
                return newer.token
        if isinstance(error, AnswerLostError):
            error = TransientError(str(error), reason=error.reason)
        if isinstance(error, ConnectionRejectedError):
            error.connection_version = kept.version
        counts = not isinstance(error, RateLimitedError)
        locked.refuse(error, _pause(error, kept, self._longest_asked), counts=counts)
        return self._or_the_old_one(usable, error)

    @staticmethod
    def _or_the_old_one(usable: Bearer | None, error: CasebridgeError) -> str:
        """A token is renewed ahead of its end: until then a failure to renew it stops nobody.

        Only that the log-in itself is refused is told at once, so that the firm can connect anew in time.
        """
        if usable is not None and usable.is_good and not isinstance(error, ConnectionRejectedError):
            return usable.token
        raise error

    @contextmanager
    def _queue(self, firm: Firm) -> Iterator[None]:
        lock = self._locks.get(firm.firm_id) or self._locks.setdefault(firm.firm_id, threading.Lock())
        if not lock.acquire(timeout=_QUEUE_S):
            raise TransientError(
                f"firm {firm.firm_id!r}: a log-in to SmartAdvocate has taken more than {_QUEUE_S:.0f} s",
                firm_id=firm.firm_id,
                limit=f"{_QUEUE_S:.0f} s",
            )
        try:
            yield
        finally:
            lock.release()


@contextmanager
def _curable() -> Iterator[None]:
    """A missing key or setting is cured by an operator, and until then no delivery must fail for good."""
    try:
        with foreign_errors_told("the keeping of tokens"):
            yield
    except ConfigurationError as error:
        raise TransientError(str(error), reason=error.reason) from None


def _spread(issued: Issued, firm_id: str) -> Issued:
    """Return the token with an earlier renewal, by up to a tenth: the same share for a firm each time.

    So tokens that were given out together, after an outage say, are not renewed together for ever.
    """
    return replace(issued, renew_after=issued.renew_after * (1 - _EARLIER_BY * place_of(firm_id) / PLACES))


def _usable(bearer: Bearer | None, firm: Firm, rejected: str | None) -> Bearer | None:
    if bearer is None or bearer.base_url != firm.base_url or bearer.token == rejected:
        return None
    return bearer


def _pause(error: CasebridgeError, kept: Connection, longest_asked: timedelta) -> timedelta:
    if isinstance(error, ConnectionRejectedError):
        by_password = isinstance(kept.credentials, PasswordCredentials)
        return PAUSE_AFTER_REJECTION if by_password else GRANT_IS_GONE
    growing = min(PAUSE_AFTER_FAILURE * 2 ** min(kept.failures, 10), LONGEST_PAUSE)
    return max(min(error.retry_after or growing, longest_asked), PAUSE_AFTER_FAILURE)


def _again(refusal: Refusal, kept: Connection) -> CasebridgeError:
    error = refusal.error
    if isinstance(error, RateLimitedError):
        return FirmPausedError(str(error), retry_after=refusal.remaining, firm_id=kept.firm_id)
    if isinstance(error, ConnectionRejectedError):
        error.connection_version = kept.version
    return error


def _not_connected(firm: Firm) -> ConnectionRejectedError:
    return ConnectionRejectedError(
        f"firm {firm.firm_id!r} has no SmartAdvocate log-in stored", firm_id=firm.firm_id
    )
