"""Reading an answer's body within limits: some never end, and some drip."""

import io
import time
from collections.abc import Iterable

import httpx2


class TooLargeError(httpx2.HTTPError):
    """The answer has more bytes than we are ready to hold."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"larger than {limit_bytes:,} bytes")
        self.limit_bytes = limit_bytes


class TooSlowError(httpx2.HTTPError):
    """The answer was still arriving when its time was over."""


def read_whole(response: httpx2.Response, deadline_s: float, limit_bytes: int) -> bytes:
    """Return the whole body. `deadline_s` is by the monotonic clock.

    The client's own limit is for each read, so an answer that drips could last forever. Raises TooLargeError,
    TooSlowError, and what the connection does.
    """
    whole = io.BytesIO()  # gives its bytes away without a copy: a large answer is held once
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
    """Give the body as it came, unless there is something to undo, which costs more than the reading."""
    stream = response.stream
    if "content-encoding" in response.headers or not isinstance(stream, httpx2.SyncByteStream):
        return response.iter_bytes()
    return stream
