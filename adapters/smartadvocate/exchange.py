"""One request and its whole answer, within limits of time and size."""

import time
from dataclasses import dataclass
from typing import Final

import httpx2

from adapters.smartadvocate.errors import Operation, broken_exchange, too_large, too_slow
from adapters.smartadvocate.http_client import (
    CONNECT_SECONDS,
    POOL_SECONDS,
    READ_SECONDS,
    SEARCH_READ_SECONDS,
    WRITE_SECONDS,
)

MAX_ANSWER_BYTES: Final = 128 * 2**20  # a page of 5,000 full cases is about 15 MiB
_JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer."""

    status: int
    headers: httpx2.Headers
    body: bytes

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"


class Exchange:
    """Sends requests on a client it does not own. Sent once; nothing here repeats."""

    def __init__(self, http: httpx2.Client) -> None:
        self._http = http
        self._send = http.send
        # Requests are made by hand: merging the client's defaults anew for each costs as much as all of ours.
        common = [("User-Agent", http.headers.get("User-Agent", "casebridge"))]
        common += [("Accept", _JSON), ("Accept-Encoding", http.headers.get("Accept-Encoding", "identity"))]
        self._headers = [*common, ("Connection", "keep-alive")]
        self._extensions = {"timeout": _time_limits(READ_SECONDS)}
        self._search_extensions = {"timeout": _time_limits(SEARCH_READ_SECONDS)}

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
        limit = SEARCH_READ_SECONDS if search else READ_SECONDS
        extensions = self._search_extensions if search else self._extensions
        request = httpx2.Request(verb, url, headers=headers, content=content, extensions=dict(extensions))
        deadline = time.monotonic() + CONNECT_SECONDS + POOL_SECONDS + limit
        try:
            response = self._send(request, stream=True)
            try:
                body = _read(operation, response, deadline, limit)
            finally:
                response.close()
        except httpx2.HTTPError as error:
            raise broken_exchange(operation, error) from None
        return Answer(response.status_code, response.headers, body)


def _read(operation: Operation, response: httpx2.Response, deadline: float, limit: float) -> bytes:
    """Read the body; the client's own limit is for each read, so an answer that drips could last forever."""
    chunks = []
    size = 0
    for chunk in response.iter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_ANSWER_BYTES:
            raise too_large(operation, MAX_ANSWER_BYTES)
        if time.monotonic() > deadline:
            raise too_slow(operation, limit)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _time_limits(read: float) -> dict[str, float]:
    """Seconds, as the transport reads them."""
    return {"connect": CONNECT_SECONDS, "read": read, "write": WRITE_SECONDS, "pool": POOL_SECONDS}
