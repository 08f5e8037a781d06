"""Reading an answer's body within limits: some never end, some drip, and some are not packed as they say."""

import io
import time
import zlib
from collections.abc import Iterable
from typing import Final

import httpx2

_PIECE: Final = 64 * 1024  # bytes unpacked between two looks at the clock
_MOST_LAYERS: Final = 2
_BEGINS_TEXT: Final = (b"[", b"{", b'"', b"<")
_LOOKED_AT: Final = 64  # bytes, which packed ones would hardly have all in ASCII
_GZIP: Final = b"\x1f\x8b"  # RFC 1952, 2.3.1; no JSON, and no page, begins so


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
    header = response.headers.get("content-encoding", "")
    for _ in range(_MOST_LAYERS):
        form = _form(body, header)
        if form is None:
            break
        body = _unpacked(body, form, deadline_s, limit_bytes)
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


def _form(body: bytes, header: str) -> int | None:
    """Return zlib's name for how the body is packed, None where it is not."""
    if body.startswith(_GZIP):
        return 16 + zlib.MAX_WBITS
    if "deflate" not in header[:1000].lower() or len(body) < 2:
        return None
    # RFC 1950's envelope, or none, as some understood RFC 2616; text is unpacked already.
    if body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0:
        return zlib.MAX_WBITS
    is_text = body.lstrip()[:1] in _BEGINS_TEXT or body[:_LOOKED_AT].isascii()
    return None if is_text else -zlib.MAX_WBITS


def _unpacked(body: bytes, form: int, deadline_s: float, limit_bytes: int) -> bytes:
    whole, left = io.BytesIO(), body
    try:
        while left:
            inflater = zlib.decompressobj(form)
            while not inflater.eof:
                given = inflater.decompress(left, _PIECE)
                left = inflater.unconsumed_tail
                if whole.tell() + len(given) > limit_bytes:
                    raise TooLargeError(limit_bytes)
                if time.monotonic() > deadline_s:
                    raise TooSlowError("not complete in time")
                whole.write(given)
                if not left and not given and not inflater.eof:
                    raise httpx2.DecodingError("what is packed is cut off")
            # A gzip may have several members; what follows the last of them is none of it.
            left = inflater.unused_data if inflater.unused_data.startswith(_GZIP) else b""
    except zlib.error:
        raise httpx2.DecodingError("what is packed is damaged") from None
    return whole.getvalue()
