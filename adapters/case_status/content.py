"""Document content from Case Status: `core.ports.document_content.DocumentContents` over HTTP."""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import httpx2

from adapters.http.guarded import HostRefusedError
from adapters.http.hosts import HostGuard
from adapters.http.reading import read_beginning
from adapters.http.redirects import follow
from adapters.http.retry_after import retry_after
from core.document import ContentSource
from core.errors import (
    CasebridgeError,
    ContentExpiredError,
    ContentMismatchError,
    ContentRefusedError,
    TransientError,
)
from core.ports.clock import Clock
from core.ports.document_content import DocumentContents
from core.reason import Reason

_MIB: Final = 2**20
_GONE: Final = frozenset({401, 403, 404, 410})
_ERROR_BYTES: Final = 2048  # of an error's body: enough to tell whether it speaks of an expiry
_ADDRESS: Final = "the document's address"


@dataclass(frozen=True, slots=True)
class ContentLimits:
    """Seconds for each step, and for the whole: `whole` and `per_mib` more for each MiB of the document."""

    connect: float = 5.0
    read: float = 20.0
    whole: float = 30.0
    per_mib: float = 2.0  # half a MiB a second is slower than any storage that works
    redirects: int = 3


class CaseStatusContents(DocumentContents):
    """One for a process, used by all its threads. Does not own `http`."""

    def __init__(
        self, http: httpx2.Client, hosts: HostGuard, clock: Clock, limits: ContentLimits | None = None
    ) -> None:
        self._http = http
        self._hosts = hosts
        self._clock = clock
        self._limits = limits or ContentLimits()

    @contextmanager
    def open(self, source: ContentSource, *, not_after: datetime | None = None) -> Iterator[Iterator[bytes]]:
        deadline = self._deadline(source, not_after)
        response = self._get(source, deadline)
        try:
            yield _checked(response, source, deadline)
        finally:
            response.close()

    def _deadline(self, source: ContentSource, not_after: datetime | None) -> float:
        """Return when the whole must be over, by the monotonic clock."""
        allowed = timedelta(seconds=self._limits.whole + self._limits.per_mib * source.size / _MIB)
        if not_after is not None:
            allowed = min(allowed, not_after - self._clock.now())
        return time.monotonic() + allowed.total_seconds()

    def _get(self, source: ContentSource, deadline: float) -> httpx2.Response:
        """Return a 200 with its body still to be read, after at most a few redirects to listed hosts."""
        most = self._limits.redirects
        try:
            response = follow(
                source.url, lambda url: self._send(url, deadline), self._hosts, _ADDRESS, most=most
            )
        except httpx2.HTTPError as error:
            raise _broken(error) from None
        if response is None:
            raise ContentRefusedError(f"{_ADDRESS} was redirected more than {most} times")
        try:
            self._check_head(response, source)
        except BaseException:
            response.close()
            raise
        return response

    def _send(self, url: httpx2.URL, deadline: float) -> httpx2.Response:
        left = deadline - time.monotonic()
        if left <= 0:
            raise _too_slow()
        limits = self._limits
        timeout = httpx2.Timeout(
            min(limits.read, left), connect=min(limits.connect, left), pool=min(limits.read, left)
        )
        # Compressed content has another length than the event says, so it is not asked for.
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        request = self._http.build_request("GET", url, headers=headers, timeout=timeout)
        return self._http.send(request, stream=True, follow_redirects=False)

    def _check_head(self, response: httpx2.Response, source: ContentSource) -> None:
        """Judge the status, and the length where the headers say it: before anything is sent on."""
        if response.status_code != 200:
            raise _refusal(response, self._clock)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise _mismatch("content in a compressed form, though it was not asked for")
        announced = response.headers.get("content-length", "").strip()
        if announced.isdecimal() and int(announced) != source.size:
            raise _mismatch(f"{int(announced):,} bytes, the event says {source.size:,}")


def _checked(response: httpx2.Response, source: ContentSource, deadline: float) -> Iterator[bytes]:
    """Give the pieces; each is held back until the next has come, and the last until all is proven."""
    digest = hashlib.sha256()
    size = 0
    held: bytes | None = None
    try:
        for piece in response.iter_raw():
            if held is not None:
                yield held
            held = piece
            size += len(piece)
            digest.update(piece)
            if size > source.size:
                raise _mismatch(f"more than the {source.size:,} bytes that the event says")
            if time.monotonic() > deadline:
                raise _too_slow()
    except httpx2.HTTPError as error:
        raise _broken(error) from None
    if size < source.size:
        if not _is_framed(response):  # the connection's end is the content's: it may just have broken off
            raise TransientError(
                f"the document's content ended after {size:,} of {source.size:,} bytes",
                reason=Reason.CONTENT_BROKEN_OFF,
            )
        raise _mismatch(f"{size:,} bytes, the event says {source.size:,}")
    if source.sha256 is not None and digest.hexdigest() != source.sha256:
        raise _mismatch("content with another SHA-256 than the event says")
    if held is not None:
        yield held


def _is_framed(response: httpx2.Response) -> bool:
    return "content-length" in response.headers or "transfer-encoding" in response.headers


def _refusal(response: httpx2.Response, clock: Clock) -> CasebridgeError:
    status = response.status_code
    if status in _GONE or (400 <= status < 500 and _speaks_of_expiry(response)):
        return ContentExpiredError(
            f"the document's address is no longer good (Case Status answered {status})"
        )
    if status in {408, 425, 429} or status >= 500:
        return TransientError(
            f"the document's content cannot be had now (Case Status answered {status})",
            reason=Reason.CONTENT_UNAVAILABLE,
            retry_after=retry_after(response.headers, clock.now()),
        )
    return ContentRefusedError(
        f"Case Status answered {status} to the document's address",
        reason=Reason.CONTENT_REFUSED,
    )


def _speaks_of_expiry(response: httpx2.Response) -> bool:
    """Tell whether a signed address has run out: some stores answer 400 and say so in the body."""
    return b"expired" in read_beginning(response, _ERROR_BYTES).lower()


def _mismatch(content: str) -> ContentMismatchError:
    return ContentMismatchError(f"Case Status gave {content}; nothing was stored")


def _too_slow() -> TransientError:
    return TransientError(
        "the document's content was not complete within the time limit; nothing was stored",
        reason=Reason.CONTENT_TOO_SLOW,
    )


def _broken(error: httpx2.HTTPError) -> CasebridgeError:
    if isinstance(error, HostRefusedError):
        return error.refusal
    return TransientError(
        f"the document's content broke off or cannot be reached ({type(error).__name__}); nothing was stored",
        reason=Reason.CONTENT_UNAVAILABLE,
    )
