"""Answers and broken exchanges to the error tree (API sheet, section 3).

Two rules carry the weight. A write is "surely not stored" only where nothing was sent, or where the server
said 401, 403, 404, 429 or refused the content; everything else is AnswerLostError. And messages hold the
server's words only after `server_words` has cleaned them.
"""

from datetime import datetime, timedelta
from typing import Final

import httpx2

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

_NOT_SENT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
)
_NOT_EXECUTED_REDIRECTS: Final = (301, 307, 308)


def broken_exchange(operation: Operation, error: httpx2.HTTPError) -> CasebridgeError:
    """Turn a transport error into one of ours; the original's text may name hosts only."""
    if isinstance(error, TooLargeError):
        return _too_large(operation, error.limit_bytes)
    if isinstance(error, TooSlowError):
        return _too_slow(operation)
    kind = type(error).__name__
    if isinstance(error, _NOT_SENT):
        return TransientError(
            f"{operation}: SmartAdvocate is out of reach ({kind}); nothing was sent, "
            "it is tried again by itself"
        )
    if operation.write:
        return _lost(operation, f"the connection broke before the answer came ({kind})")
    return TransientError(
        f"{operation}: the connection to SmartAdvocate broke ({kind}); it is tried again by itself"
    )


def broken_off(operation: Operation, error: httpx2.HTTPError) -> TransientError:
    """Tell of a request that ended before its body did: whatever it was to write, it cannot have been."""
    return TransientError(
        f"{operation}: the connection to SmartAdvocate broke before all was sent ({type(error).__name__}); "
        "nothing was stored, it is tried again by itself"
    )


def too_large_file(answer: Answer, size: int) -> DocumentTooLargeError:
    """SmartAdvocate answered 413 to a file of `size` bytes."""
    operation = answer.call.operation
    return DocumentTooLargeError(
        f"{operation}: SmartAdvocate takes no file of {size:,} bytes (it answered "
        f"{in_its_words(answer)}); raise its limit and replay, or hand the file over another way"
    )


def _too_slow(operation: Operation) -> CasebridgeError:
    """An answer that was still arriving after the time limit."""
    if operation.write:
        return _lost(operation, "the answer was not complete within the time limit")
    return TransientError(
        f"{operation}: the answer was not complete within the time limit; it is tried again by itself"
    )


def _too_large(operation: Operation, limit_bytes: int) -> CasebridgeError:
    """An answer larger than we are ready to hold."""
    size = f"the answer is larger than {limit_bytes:,} bytes"
    if operation.write:
        return _lost(operation, size)
    return UnreadableAnswerError(f"{operation}: {size}; for a search, lower the firm's page size")


def unreadable(operation: Operation, problem: str) -> CasebridgeError:
    """A 2xx that is not what the API sheet describes."""
    if operation.write:
        return _lost(operation, f"SmartAdvocate answered {problem}")
    return UnreadableAnswerError(
        f"{operation}: SmartAdvocate answered {problem}; it is tried again by itself. If it stays, compare "
        "the firm's SmartAdvocate profile (routes, envelope) with its SmartAdvocate"
    )


def no_such_case(operation: Operation, why: str = "SmartAdvocate shows no such case") -> CaseNotFoundError:
    """The case is not there, or hidden from the account."""
    return CaseNotFoundError(
        f"{operation}: {why}; check that the case exists, and that the connected account may see it"
    )


def checked_id(operation: Operation, integration_id: str) -> str:
    """Return the id as it goes into a path: a whole number (API sheet, section 6), whatever was asked for."""
    known = identifier(integration_id)
    if known is None:
        raise no_such_case(operation, "the id of a case is a positive whole number")
    return known


def refused(answer: Answer, now: datetime) -> CasebridgeError:
    """Turn an answer that is no 2xx into an error that tells its status; `now` in UTC."""
    error = _meaning(answer, now)
    error.status = answer.status
    return error


def _meaning(answer: Answer, now: datetime) -> CasebridgeError:
    operation, status = answer.call.operation, answer.status
    refusal = f"SmartAdvocate answered {in_its_words(answer)}"
    if status == 429:
        return RateLimitedError(
            f"{operation}: {refusal}: too many requests; the firm pauses",
            retry_after=pause_after_429(answer.headers, now),
        )
    pause = retry_after(answer.headers, now)
    if status == 401:
        return ConnectionRejectedError(
            f"{operation}: {refusal} to a fresh log-in; reconnect the firm with "
            f"`casebridge connect {operation.firm_id}`"
        )
    if status == 403:
        return PermissionMissingError(
            f"{operation}: {refusal}; an administrator of the firm must grant the connected SmartAdvocate "
            f"account the right to do this"
        )
    if status in {404, 410} and operation.case is not None:
        return no_such_case(operation, refusal)
    if status in {404, 405, 501}:
        return NeedsPersonError(
            f"{operation}: {refusal}, so this route is not there; correct it in the firm's SmartAdvocate "
            "profile (routes)",
            reason="route_unknown",
        )
    if 300 <= status < 400:
        return _redirected(operation, status)
    if status == 408 or status >= 500 or status < 200:
        if operation.write:
            return _lost(operation, refusal, pause)
        return TransientError(f"{operation}: {refusal}; it is tried again by itself", retry_after=pause)
    if status in {421, 425}:
        return TransientError(f"{operation}: {refusal}; it is tried again by itself", retry_after=pause)
    return RejectedBySmartAdvocateError(f"{operation}: {refusal}; correct what it names, then replay")


def in_its_words(answer: Answer) -> str:
    """Return the status, and what the server said about it where that may be shown."""
    words = server_words(answer.body, answer.call.operation.sent)
    return f"{answer.status} ({words})" if words else str(answer.status)


def _redirected(operation: Operation, status: int) -> CasebridgeError:
    if operation.write and status not in _NOT_EXECUTED_REDIRECTS:
        return _lost(operation, f"SmartAdvocate answered {status}, a redirect that may follow a stored note")
    return NeedsPersonError(
        f"{operation}: SmartAdvocate answered {status}, a redirect, which is not followed; check the firm's "
        "SmartAdvocate address",
        reason="redirected",
    )


def _lost(operation: Operation, what: str, pause: timedelta | None = None) -> AnswerLostError:
    return AnswerLostError(
        f"{operation} for certain: {what}; it may or may not have been stored, so it is looked up "
        "before any repeat",
        retry_after=pause,
    )
