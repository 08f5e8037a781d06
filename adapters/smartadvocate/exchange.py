"""One request and its whole answer, within limits of time and size."""

import time
from dataclasses import dataclass
from typing import Final

import httpx2

from adapters.smartadvocate.errors import Operation, broken_exchange, too_large, too_slow
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
