"""One request and its whole answer, within limits of time and size."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
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
from adapters.smartadvocate.limits import Limits

_JSON: Final = "application/json"


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
    """Sends requests on a client it does not own. Sent once; nothing here repeats."""

    def __init__(self, http: httpx2.Client, limits: Limits) -> None:
        self._send = http.send
        self._limits = limits
        # Requests are made by hand: merging the client's defaults anew for each costs as much as all of ours.
        self._headers = [
            ("User-Agent", http.headers.get("User-Agent", "casebridge")),
            ("Accept", _JSON),
            ("Accept-Encoding", http.headers.get("Accept-Encoding", "identity")),
            ("Connection", "keep-alive"),
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
        headers = self._headers.copy()
        if token is not None:
            headers.append(("Authorization", f"Bearer {token}"))
        if content is not None:
            headers.append(("Content-Type", _JSON))
        timeout = self._search_timeout if search else self._timeout
        extensions = {"timeout": timeout}
        request = httpx2.Request(verb, url, headers=headers, content=content, extensions=extensions)
        deadline = time.monotonic() + timeout["pool"] + timeout["connect"] + timeout["read"]
        try:
            response = self._send(request, stream=True)
            try:
                body = _read(operation, response, deadline, self._limits.answer_bytes)
            finally:
                response.close()
        except httpx2.HTTPError as error:
            raise broken_exchange(operation, error) from None
        return Answer(response.status_code, response.headers, body)

    def upload(self, operation: Operation, verb: str, url: str, *, token: str, body: Streamed) -> Answer:
        """Send a body as it comes, and return the answer whatever its status.

        What its pieces raise breaks the request off and comes out as it is. Until the body is complete
        nothing can have been executed: TransientError; from then on AnswerLostError, as in `send`.
        """
        headers = [
            *self._headers,
            ("Authorization", f"Bearer {token}"),
            ("Content-Type", body.content_type),
            ("Content-Length", str(body.length)),
        ]
        extensions = {"timeout": self._timeout}
        request = httpx2.Request(verb, url, headers=headers, content=body.pieces(), extensions=extensions)
        try:
            response = self._send(request, stream=True)
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
    for chunk in response.iter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise too_large(operation, limit)
        if time.monotonic() > deadline:
            raise too_slow(operation)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
