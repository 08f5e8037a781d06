"""One request and its whole answer, within limits of time and size."""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Protocol

import httpx2

from adapters.smartadvocate.errors import (
    Operation,
    broken_exchange,
    broken_off,
    too_large,
    too_slow,
    unreadable,
)
from adapters.smartadvocate.http_client import HttpClient
from adapters.smartadvocate.limits import Limits

_JSON: Final = b"application/json"
# A case's notes follow each other, and parsing an address takes a tenth of what a request costs.
_url: Final = lru_cache(maxsize=4096)(httpx2.URL)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    headers: httpx2.Headers
    body: bytes

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"


class Streamed(Protocol):
    """A body that is given in pieces, once: its type, its length in bytes, whether all of it was given."""

    content_type: str
    length: int
    is_complete: bool

    def pieces(self) -> Iterator[bytes]:
        """Give it."""
        ...


class Exchange:
    """Sends requests on connections of a client it does not own. Sent once; nothing here repeats.

    Requests are made by hand and go straight to the transport: what the client does around it (merging its
    defaults, redirects, cookies, log-ins, all of them none here) costs as much as all of ours (ADR 62).
    """

    def __init__(self, http: HttpClient, limits: Limits) -> None:
        self._send = http.transport.handle_request
        self._limits = limits
        self._headers = [
            (b"User-Agent", http.headers.get("User-Agent", "casebridge").encode("ascii")),
            (b"Accept", _JSON),
            (b"Accept-Encoding", http.headers.get("Accept-Encoding", "identity").encode("ascii")),
            (b"Connection", b"keep-alive"),
        ]
        self._timeout = limits.seconds()
        self._search_timeout = limits.seconds(search=True)

    def send(
        self,
        operation: Operation,
        verb: str,
        url: str,
        *,
        token: str | None = None,
        content: bytes | None = None,
        search: bool = False,
    ) -> Answer:
        """Send, and return the answer whatever its status.

        Raises TransientError, and for a write AnswerLostError where it may have been executed.
        """
        address = _url(url)
        headers = [(b"Host", address.netloc), *self._headers]
        if token is not None:
            headers.append(_bearer(token))
        if content is not None:
            headers += ((b"Content-Type", _JSON), (b"Content-Length", b"%d" % len(content)))
        elif verb != "GET":
            headers.append((b"Content-Length", b"0"))
        timeout = self._search_timeout if search else self._timeout
        body = httpx2.ByteStream(content or b"")
        extensions = {"timeout": timeout}
        request = httpx2.Request(verb, address, headers=headers, stream=body, extensions=extensions)
        deadline = time.monotonic() + timeout["pool"] + timeout["connect"] + timeout["read"]
        try:
            response = self._send(request)
            try:
                said = _read(operation, response, deadline, self._limits.answer_bytes)
            finally:
                response.close()
        except httpx2.HTTPError as error:
            raise broken_exchange(operation, error) from None
        return Answer(response.status_code, response.headers, said)

    def upload(self, operation: Operation, verb: str, url: str, *, token: str, body: Streamed) -> Answer:
        """Send a body as it comes, and return the answer whatever its status.

        What its pieces raise breaks the request off and comes out as it is. Until the body is complete
        nothing can have been executed: TransientError; from then on AnswerLostError, as in `send`.
        """
        headers = [
            *self._headers,
            _bearer(token),
            (b"Content-Type", body.content_type.encode("ascii")),
            (b"Content-Length", b"%d" % body.length),
        ]
        extensions = {"timeout": self._timeout}
        request = httpx2.Request(
            verb, _url(url), headers=headers, content=body.pieces(), extensions=extensions
        )
        try:
            response = self._send(request)
            deadline = time.monotonic() + self._timeout["read"]
            try:
                said = _read(operation, response, deadline, self._limits.answer_bytes)
            finally:
                response.close()
        except httpx2.HTTPError as error:
            if not body.is_complete:
                raise broken_off(operation, error) from None
            raise broken_exchange(operation, error) from None
        if not body.is_complete and 200 <= response.status_code < 300:
            raise unreadable(operation, f"{response.status_code} before it had the whole document")
        return Answer(response.status_code, response.headers, said)


def _read(operation: Operation, response: httpx2.Response, deadline: float, limit: int) -> bytes:
    """Read the body; the client's own limit is for each read, so an answer that drips could last forever."""
    chunks = []
    size = 0
    for chunk in _pieces(response):
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise too_large(operation, limit)
        if time.monotonic() > deadline:
            raise too_slow(operation)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _pieces(response: httpx2.Response) -> Iterable[bytes]:
    """Give the body as it came, unless there is something to undo, which costs more than the reading."""
    stream = response.stream
    if "content-encoding" in response.headers or not isinstance(stream, httpx2.SyncByteStream):
        return response.iter_bytes()
    return stream


def _bearer(token: str) -> tuple[bytes, bytes]:
    return b"Authorization", b"Bearer " + token.encode("ascii")
