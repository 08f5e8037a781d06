"""Reading an answer's body within limits: some never end, some drip, and some are not packed as they say."""

import io
import time
from collections.abc import Iterable
from typing import Final

import httpx2

from adapters.http.codings import AWS_CHUNKED, MOST, NotEncodedError, packed_as, undone

_JSON: Final = (b"{", b"[")  # nothing that is packed begins so: see `packed_as`


class TooLargeError(httpx2.HTTPError):
    """The answer has more bytes than we are ready to hold."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"larger than {limit_bytes:,} bytes")
        self.limit_bytes = limit_bytes


class TooSlowError(httpx2.HTTPError):
    """The answer was still arriving when its time was over."""


def read_whole(response: httpx2.Response, deadline_s: float, limit_bytes: int) -> bytes:
    """Return the whole body, unpacked. `deadline_s` is by the monotonic clock.

    The client's own limit is for each read, so an answer that drips could last forever. How it is packed its
    bytes tell, as for documents: proxies unpack what they pass on and leave the name, or take the name away.
    Raises TooLargeError, TooSlowError, DecodingError for packed bytes that are cut off or damaged, and what
    the connection does.
    """
    body = _received(response, deadline_s, limit_bytes)
    if body[:1] in _JSON:
        return body
    header = response.headers.get("content-encoding", "")
    for _ in range(MOST):
        coding = packed_as(body, header)
        if coding is None or coding == AWS_CHUNKED:  # the latter is of storages
            break
        body = _unpacked(body, coding, deadline_s, limit_bytes)
    return body


def _received(response: httpx2.Response, deadline_s: float, limit_bytes: int) -> bytes:
    # It gives its bytes away without a copy: a large answer is held once. Closed, it holds none, however long
    # somebody holds an error that came up here.
    with io.BytesIO() as whole:
        for chunk in _pieces(response):
            if whole.tell() + len(chunk) > limit_bytes:
                raise TooLargeError(limit_bytes)
            whole.write(chunk)
            if time.monotonic() > deadline_s:
                raise TooSlowError("not complete in time")
        return whole.getvalue()


def read_beginning(response: httpx2.Response, limit_bytes: int, deadline_s: float) -> bytes:
    """Return what comes of the first bytes, as they were sent; a broken connection or the time ends them."""
    beginning = b""
    try:
        for piece in response.iter_raw():
            beginning += piece
            if len(beginning) >= limit_bytes or time.monotonic() > deadline_s:
                break
    except httpx2.HTTPError:
        pass
    return beginning[:limit_bytes]


def _pieces(response: httpx2.Response) -> Iterable[bytes]:
    """Give the body as it came: past the client's own unpacking, which believes names and has no limit."""
    stream = response.stream
    return stream if isinstance(stream, httpx2.SyncByteStream) else response.iter_raw()


def _unpacked(body: bytes, coding: str, deadline_s: float, limit_bytes: int) -> bytes:
    whole = io.BytesIO()
    try:
        for piece in undone([body], [coding]):
            if whole.tell() + len(piece) > limit_bytes:
                raise TooLargeError(limit_bytes)
            if time.monotonic() > deadline_s:
                raise TooSlowError("not complete in time")
            whole.write(piece)
    except NotEncodedError as error:
        what = "cut off" if error.is_cut else "damaged"
        raise httpx2.DecodingError(f"what is packed is {what}") from None
    return whole.getvalue()
