"""One request to the authorization server, within limits: what Authlib is given as its session."""

import time
from typing import Any, Final

import httpx2

from adapters.http.limits import Limits
from adapters.http.reading import read_whole
from adapters.http.retry_after import pause_after_429, retry_after
from adapters.smartadvocate.call import Operation
from adapters.smartadvocate.errors import broken_exchange
from core.errors import RateLimitedError, TransientError
from core.ports.clock import Clock
from core.reason import Reason

_NO_ROUTE: Final = (404, 405, 410, 501)


class GrantRefusedError(Exception):
    """The authorization server answered with an error code (RFC 6749, 5.2). Raised by Authlib."""

    def __init__(self, error: str, description: str | None = None) -> None:
        super().__init__(error, description)
        self.code = error


class TokenEndpoint:
    """Sends once and returns a whole answer, a 2xx or a 4xx with whatever body.

    Raises TransientError where nothing can have been changed by the request, or the server says so;
    AnswerLostError where the operation is a `write` and its answer never came.
    """

    def __init__(self, http: httpx2.Client, operation: Operation, limits: Limits, clock: Clock) -> None:
        self._http = http
        self._operation = operation
        self._limits = limits
        self._clock = clock

    def post(self, url: str, *, data: dict[str, str], headers: dict[str, str], auth: Any) -> httpx2.Response:
        """Send a form. Called by Authlib."""
        headers = {**headers, "Accept": "application/json"}
        return self._send("POST", url, auth, data=data, headers=headers)

    def get(self, url: str) -> httpx2.Response:
        """Fetch a document."""
        return self._send("GET", url, None, headers={"Accept": "application/json"})

    def _send(self, verb: str, url: str, auth: Any, **content: Any) -> httpx2.Response:
        timeout = self._limits.seconds()
        deadline_s = time.monotonic() + timeout["pool"] + timeout["connect"] + timeout["read"]
        request = self._http.build_request(verb, url, timeout=httpx2.Timeout(**timeout), **content)
        try:
            answer = self._http.send(request, auth=auth, stream=True)
            try:
                body = read_whole(answer, deadline_s, self._limits.answer_bytes)
            finally:
                answer.close()
        except httpx2.HTTPError as error:
            raise broken_exchange(self._operation, error, request.url) from None
        self._check(answer)
        return httpx2.Response(answer.status_code, content=body, request=request)

    def _check(self, answer: httpx2.Response) -> None:
        status = answer.status_code
        refusal = f"the authorization server answered {status}"
        error = self._operation.error
        if status == 429:
            pause = pause_after_429(answer.headers, self._clock.now())
            raise error(RateLimitedError, f"{refusal}: too many requests", retry_after=pause)
        if status >= 500 and status not in _NO_ROUTE:
            raise error(TransientError, refusal, retry_after=retry_after(answer.headers, self._clock.now()))
        if status in _NO_ROUTE or 300 <= status < 400:
            words = f"{refusal}: there is no such endpoint"
            raise error(TransientError, words, reason=Reason.OAUTH_ENDPOINT_UNKNOWN)
