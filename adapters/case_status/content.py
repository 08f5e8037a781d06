"""Document content from Case Status: `core.ports.document_content.DocumentContents` over HTTP."""

import hashlib
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import httpx2

from adapters.http.codings import MOST, NotEncodedError, packed_as, peeked, undone
from adapters.http.guarded import HostRefusedError
from adapters.http.hosts import HostGuard
from adapters.http.limits import Altogether
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
# 203 came through a proxy (RFC 9110, 15.3.4), and 206 from a cache that was not asked for a part: length and
# SHA-256 decide.
_WHOLE: Final = frozenset({200, 203, 206})
_NOT_YET: Final = frozenset({202, 408, 425, 429})
_GONE: Final = frozenset({401, 403, 404, 410})
_ERROR_BYTES: Final = 2048  # of an error's body: enough to tell whether it speaks of an expiry
_ENVELOPE: Final = 64 * 1024  # bytes that a compressed form may add by itself: headers, padding
_LENGTH: Final = re.compile(r"[0-9]{1,19}")
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
            codings: Sequence[str] = ()
            pieces = _pieces(response, deadline)
            if _may_be_packed(response, source):
                begun, pieces = peeked(pieces)
                if packed_as(begun, response.headers.get("content-encoding", "")) is None:
                    _check_length(response, source)
                else:
                    # Only the whole tells what was done to the bytes: it is looked at, and asked for anew.
                    codings = _proven(response, source, pieces)
                    response.close()
                    response = self._get(source, deadline)
                    pieces = _pieces(response, deadline)
            yield _checked(response, source, pieces, codings)
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
            raise ContentRefusedError(
                f"{_ADDRESS} was redirected more than {most} times", reason=Reason.CONTENT_REFUSED
            )
        try:
            self._check_status(response, deadline)
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
            min(limits.read, left),
            connect=min(limits.connect, left),
            read=Altogether(min(limits.read, left), deadline),
        )
        # Compressed content has another length than the event says, so none is asked for.
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        request = self._http.build_request("GET", url, headers=headers, timeout=timeout)
        return self._http.send(request, stream=True, follow_redirects=False)

    def _check_status(self, response: httpx2.Response, deadline: float) -> None:
        if response.status_code not in _WHOLE:
            raise _refusal(response, self._clock, deadline)


def _may_be_packed(response: httpx2.Response, source: ContentSource) -> bool:
    """Tell whether something may have to be undone; before that is done, the length says what it can.

    Bytes of the announced length are the document, whatever a header calls them. Without a SHA-256 nothing
    could prove what was undone, so nothing is.
    """
    if source.sha256 is None:
        _check_length(response, source)
    return _length(response) != source.size and source.sha256 is not None


def _check_length(response: httpx2.Response, source: ContentSource) -> None:
    length = _length(response)
    if length is not None and length != source.size:
        raise _mismatch(f"{length:,} bytes, the event says {source.size:,}")


def _proven(response: httpx2.Response, source: ContentSource, pieces: Iterator[bytes]) -> Sequence[str]:
    """Read it all, and return which codings have to be undone, in the order of their making, if any."""
    proofs = [_Proof(source)]
    layers, codings = [_seen(pieces, proofs[0])], list[str]()
    while len(codings) < MOST:
        try:
            begun, layers[-1] = peeked(layers[-1])
        except NotEncodedError:
            break
        coding = packed_as(begun, response.headers.get("content-encoding", ""))
        if coding is None:
            break
        codings.append(coding)
        proofs.append(_Proof(source))
        layers.append(_seen(undone(layers[-1], [coding]), proofs[-1]))
    most = _most_encoded(source)
    for layer, proof in zip(reversed(layers), reversed(proofs), strict=True):
        with suppress(NotEncodedError):
            for _ in layer:
                if proof.size > most:
                    break
    for number, proof in enumerate(proofs):
        if proof.fits:
            return codings[:number][::-1]
    if proofs[0].size > most:
        raise _mismatch(f"more than {most:,} bytes, which no encoding of so small a document has")
    if not _is_framed(response) and proofs[0].size < source.size:
        raise _broken_off(proofs[0].size, source)
    raise _mismatch("content with another length or SHA-256 than the event says, as it is and decoded")


def _seen(pieces: Iterator[bytes], proof: "_Proof") -> Iterator[bytes]:
    for piece in pieces:
        proof.add(piece)
        yield piece


def _checked(
    response: httpx2.Response, source: ContentSource, pieces: Iterator[bytes], codings: Sequence[str]
) -> Iterator[bytes]:
    """Give the pieces; each is held back until the next has come, and the last until all is proven."""
    proof = _Proof(source)
    held: bytes | None = None
    try:
        for piece in undone(pieces, codings):
            if held is not None:
                yield held
            held = piece
            proof.add(piece)
            if proof.size > source.size:
                raise _mismatch(f"more than the {source.size:,} bytes that the event says")
    except NotEncodedError as error:
        # What fits is the document: what is wrong behind it, a checksum as it may be, is of the coding alone.
        if not proof.fits and error.is_cut and not _is_framed(response):
            raise _broken_off(proof.size, source) from None
        if not proof.fits:
            raise _mismatch(f"content that is not {', '.join(codings)} as it was before") from None
    if proof.size < source.size:
        if not _is_framed(response):  # the connection's end is the content's: it may just have broken off
            raise _broken_off(proof.size, source)
        raise _mismatch(f"{proof.size:,} bytes, the event says {source.size:,}")
    if not proof.fits:
        raise _mismatch("content with another SHA-256 than the event says")
    if held is not None:
        yield held


class _Proof:
    """Whether what was seen is the document."""

    def __init__(self, source: ContentSource) -> None:
        self._source = source
        self._digest = hashlib.sha256()
        self.size = 0

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        self._digest.update(piece)

    @property
    def fits(self) -> bool:
        return self.size == self._source.size and self._source.sha256 in {None, self._digest.hexdigest()}


def _pieces(response: httpx2.Response, deadline: float) -> Iterator[bytes]:
    """Give the bytes as they were sent, within the time."""
    try:
        for piece in response.iter_raw():
            if time.monotonic() > deadline:
                raise _too_slow()
            yield piece
    except httpx2.HTTPError as error:
        if time.monotonic() > deadline:
            raise _too_slow() from None
        raise _broken(error) from None


def _most_encoded(source: ContentSource) -> int:
    """Return how long the document can be in a compressed form that does its worst."""
    return source.size + source.size // 64 + _ENVELOPE


def _length(response: httpx2.Response) -> int | None:
    if "transfer-encoding" in response.headers:  # which overrides it (RFC 9112, 6.3)
        return None
    announced = response.headers.get("content-length", "").strip()
    return int(announced) if _LENGTH.fullmatch(announced) else None


def _is_framed(response: httpx2.Response) -> bool:
    return "content-length" in response.headers or "transfer-encoding" in response.headers


def _refusal(response: httpx2.Response, clock: Clock, deadline: float) -> CasebridgeError:
    status = response.status_code
    if status in _GONE or (400 <= status < 500 and _speaks_of_expiry(response, deadline)):
        return ContentExpiredError(
            f"the document's address is no longer good (Case Status answered {status})"
        )
    if status in _NOT_YET or status >= 500:
        return TransientError(
            f"the document's content cannot be had now (Case Status answered {status})",
            reason=Reason.CONTENT_UNAVAILABLE,
            retry_after=retry_after(response.headers, clock.now()),
        )
    return ContentRefusedError(
        f"Case Status answered {status} to the document's address",
        reason=Reason.CONTENT_REFUSED,
    )


def _speaks_of_expiry(response: httpx2.Response, deadline: float) -> bool:
    """Tell whether a signed address has run out: some stores answer 400 and say so in the body."""
    return b"expired" in read_beginning(response, _ERROR_BYTES, deadline).lower()


def _mismatch(content: str) -> ContentMismatchError:
    return ContentMismatchError(f"Case Status gave {content}; nothing was stored")


def _broken_off(size: int, source: ContentSource) -> TransientError:
    return TransientError(
        f"the document's content ended after {size:,} of {source.size:,} bytes",
        reason=Reason.CONTENT_BROKEN_OFF,
    )


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
