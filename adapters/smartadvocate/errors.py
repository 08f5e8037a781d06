"""Answers and broken exchanges to the error tree (API sheet, section 3).

Two rules carry the weight. A write is "surely not stored" only where nothing was sent, or where the server
said 401, 403, 404, 429 or refused the content; everything else is AnswerLostError, a conflict included. And
messages hold the server's words only after `server_words` has cleaned them.
"""

from datetime import datetime, timedelta
from typing import Final

import httpx2

from adapters.http.guarded import HostRefusedError
from adapters.http.reading import TooLargeError, TooSlowError
from adapters.http.retry_after import pause_after_429, retry_after
from adapters.smartadvocate.call import Answer, Operation
from adapters.smartadvocate.server_words import server_words
from adapters.smartadvocate.wire import identifier
from core.errors import (
    AnswerLostError,
    CasebridgeError,
    CaseNotFoundError,
    ConnectionRejectedError,
    DocumentTooLargeError,
    NeedsPersonError,
    PermissionMissingError,
    RateLimitedError,
    RejectedBySmartAdvocateError,
    TransientError,
    UnreadableAnswerError,
)
from core.reason import Reason

_NOT_SENT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
)
_NOT_EXECUTED_REDIRECTS: Final = (301, 307, 308)
# What is in the way may be the very note that was to be written, as where a proxy has sent it twice; or
# somebody who has the case open, and will close it.
_CONFLICTS: Final = (409, 423)


def broken_exchange(
    operation: Operation, error: httpx2.HTTPError, url: httpx2.URL | None = None
) -> CasebridgeError:
    """Turn a transport error into one of ours, which names where it went; its own text may name hosts."""
    if isinstance(error, HostRefusedError):
        return operation.error(NeedsPersonError, f"{error}; nothing was sent", reason=Reason.HOST_NOT_ALLOWED)
    if isinstance(error, TooLargeError):
        size = f"the answer is larger than {error.limit_bytes:,} bytes"
        if operation.write:
            return _lost(operation, size)
        return operation.error(UnreadableAnswerError, f"{size}; for a search, lower the firm's page size")
    if isinstance(error, TooSlowError):
        return _lost_or_transient(operation, "the answer was not complete within the time limit")
    kind = type(error).__name__
    if isinstance(error, _NOT_SENT):
        return operation.error(
            TransientError, f"SmartAdvocate is out of reach{_at(url)} ({kind}); nothing was sent"
        )
    return _lost_or_transient(operation, f"the connection broke before the answer came ({kind})")


def _at(url: httpx2.URL | None) -> str:
    """Name host and port, which tell a wrong address from a server that is down."""
    if url is None or not url.host:
        return ""
    return f" at {url.host}:{url.port or (443 if url.scheme == 'https' else 80)}"


def broken_off(
    operation: Operation, error: httpx2.HTTPError, url: httpx2.URL | None = None
) -> TransientError:
    """Tell of a request that ended before its body did: whatever it was to write, it cannot have been."""
    kind = type(error).__name__
    if isinstance(error, _NOT_SENT):
        return operation.error(
            TransientError, f"SmartAdvocate is out of reach{_at(url)} ({kind}); nothing was sent"
        )
    return operation.error(
        TransientError, f"the connection broke before all was sent ({kind}); nothing was stored"
    )


def too_large_file(answer: Answer, size: int) -> DocumentTooLargeError:
    """SmartAdvocate answered 413 to a file of `size` bytes."""
    return answer.call.operation.error(
        DocumentTooLargeError, f"{_refusal(answer)} to a file of {size:,} bytes"
    )


def unreadable(operation: Operation, problem: str) -> CasebridgeError:
    """A 2xx that is not what the API sheet describes."""
    if operation.write:
        return _lost(operation, f"SmartAdvocate answered {problem}")
    return operation.error(UnreadableAnswerError, f"SmartAdvocate answered {problem}")


def no_such_case(operation: Operation, why: str = "SmartAdvocate shows no such case") -> CaseNotFoundError:
    """The case is not there, or hidden from the account."""
    return operation.error(CaseNotFoundError, why)


def checked_id(operation: Operation, integration_id: str) -> str:
    """Return the id as it goes into a path: a whole number (API sheet, section 6), whatever was asked for."""
    known = identifier(integration_id)
    if known is None:
        raise no_such_case(operation, "the id of a case is a positive whole number")
    return known


def log_in_rejected(answer: Answer) -> ConnectionRejectedError:
    """SmartAdvocate knows no such user, or there is no log-in where it was looked for."""
    problem = "user name or password is not accepted"
    if answer.status in {404, 405}:
        problem = "there is no log-in at the firm's SmartAdvocate address"
    return answer.call.operation.error(ConnectionRejectedError, f"{_refusal(answer)}: {problem}")


def refused(answer: Answer, now: datetime) -> CasebridgeError:
    """Turn an answer that is no 2xx into an error that tells its status; `now` in UTC."""
    error = _meaning(answer, now)
    error.status = answer.status
    return error


def _meaning(answer: Answer, now: datetime) -> CasebridgeError:
    operation, status = answer.call.operation, answer.status
    refusal = _refusal(answer)
    if status == 429:
        pause = pause_after_429(answer.headers, now)
        return operation.error(RateLimitedError, f"{refusal}: too many requests", retry_after=pause)
    if status == 401:
        return operation.error(ConnectionRejectedError, f"{refusal} to a fresh log-in")
    if status == 403:
        return operation.error(PermissionMissingError, refusal)
    if status in {404, 410} and operation.case is not None:
        return no_such_case(operation, refusal)
    if status in {404, 405, 501}:
        route = f"{refusal}, so the route {answer.call.purpose.value!r} of the firm's profile is not there"
        return operation.error(NeedsPersonError, route, reason=Reason.ROUTE_UNKNOWN)
    if 300 <= status < 400:
        if operation.write and status not in _NOT_EXECUTED_REDIRECTS:
            return _lost(operation, f"{refusal}, a redirect that may follow a stored note")
        return operation.error(NeedsPersonError, f"{refusal}, a redirect", reason=Reason.REDIRECTED)
    asked = retry_after(answer.headers, now)
    if status == 408 or status >= 500 or status < 200:
        return _lost_or_transient(operation, refusal, asked)
    if status in _CONFLICTS and operation.write:
        return _lost(operation, refusal, asked)
    if status in {421, 425}:
        return operation.error(TransientError, refusal, retry_after=asked)
    return operation.error(RejectedBySmartAdvocateError, refusal)


def _refusal(answer: Answer) -> str:
    """Return the status, and what the server said about it where that may be shown."""
    words = server_words(answer.body, answer.call.operation.sent)
    return f"SmartAdvocate answered {answer.status}" + (f" ({words})" if words else "")


def _lost_or_transient(
    operation: Operation, what: str, asked: timedelta | None = None
) -> AnswerLostError | TransientError:
    if operation.write:
        return _lost(operation, what, asked)
    return operation.error(TransientError, what, retry_after=asked)


def _lost(operation: Operation, what: str, asked: timedelta | None = None) -> AnswerLostError:
    return operation.error(AnswerLostError, f"{what}; it may or may not have been stored", retry_after=asked)
