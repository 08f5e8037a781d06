"""One request and its whole answer, within limits of time and size."""

import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

import httpx2

from adapters.http.client import HttpClient
from adapters.http.limits import Limits
from adapters.http.reading import read_whole
from adapters.smartadvocate.call import Answer, Call, Streamed
from adapters.smartadvocate.errors import broken_exchange, broken_off, unreadable
from adapters.smartadvocate.routes import Purpose

_JSON: Final = b"application/json"
# A case's notes follow each other, and parsing an address takes a tenth of what a request costs.
_url: Final = lru_cache(maxsize=4096)(httpx2.URL)


class _CheckedStream(httpx2.ByteStream):
    """A body that asks once more before it is given: a connection may have taken its time."""

    def __init__(self, content: bytes, check: Callable[[], object]) -> None:
        super().__init__(content)
        self._check = check

    def __iter__(self) -> Iterator[bytes]:
        self._check()
        yield from super().__iter__()


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

    def send(
        self,
        call: Call,
        content: bytes | None,
        token: str | None = None,
        check: Callable[[], object] | None = None,
    ) -> Answer:
        """Send the call with this body, and return the answer whatever its status.

        `check` is called right before the body, without which nothing can be executed: what it raises breaks
        the request off, and comes out as it is.

        Raises TransientError, and for a write AnswerLostError where it may have been executed.
        """
        address = _url(call.url)
        headers = [(b"Host", address.netloc), *self._headers]
        if token is not None:
            headers.append(_bearer(token))
        if content is not None:
            headers += ((b"Content-Type", _JSON), (b"Content-Length", b"%d" % len(content)))
        elif call.verb != "GET":
            headers.append((b"Content-Length", b"0"))
        timeout = self._limits.seconds(slow=call.purpose is Purpose.SEARCH_CASES)
        stream = httpx2.ByteStream(content or b"")
        if content is not None and check is not None and call.clearance is not None:
            stream = _CheckedStream(content, check)
        extensions = {"timeout": timeout}
        request = httpx2.Request(call.verb, address, headers=headers, stream=stream, extensions=extensions)
        deadline_s = time.monotonic() + timeout["pool"] + timeout["connect"] + timeout["read"]
        try:
            response = self._send(request)
            try:
                body = read_whole(response, deadline_s, self._limits.answer_bytes)
            finally:
                response.close()
        except httpx2.HTTPError as error:
            raise broken_exchange(call.operation, error, address) from None
        return Answer(call, response.status_code, response.headers, body)

    def upload(self, call: Call, streamed: Streamed, token: str) -> Answer:
        """Send the call with a body as it comes, and return the answer whatever its status.

        What its pieces raise breaks the request off and comes out as it is. Until the body is complete
        nothing can have been executed: TransientError; from then on AnswerLostError, as in `send`.
        """
        headers = [
            *self._headers,
            _bearer(token),
            (b"Content-Type", streamed.content_type.encode("ascii")),
            (b"Content-Length", b"%d" % streamed.length),
        ]
        timeout = self._limits.seconds()
        extensions = {"timeout": timeout}
        request = httpx2.Request(
            call.verb, _url(call.url), headers=headers, content=streamed.pieces(), extensions=extensions
        )
        try:
            response = self._send(request)
            deadline_s = time.monotonic() + timeout["read"]
            try:
                body = read_whole(response, deadline_s, self._limits.answer_bytes)
            finally:
                response.close()
        except httpx2.HTTPError as error:
            if streamed.is_complete:
                raise broken_exchange(call.operation, error, request.url) from None
            raise broken_off(call.operation, error, request.url) from None
        if not streamed.is_complete and 200 <= response.status_code < 300:
            raise unreadable(call.operation, f"{response.status_code} before it had the whole document")
        return Answer(call, response.status_code, response.headers, body)


def _bearer(token: str) -> tuple[bytes, bytes]:
    return b"Authorization", b"Bearer " + token.encode("ascii")
