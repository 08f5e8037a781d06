"""One request to the authorization server, within limits: what Authlib is given as its session."""

import re
import time
from base64 import b64encode
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote_plus

import httpx2

from adapters.http.limits import Limits
from adapters.http.reading import read_whole
from adapters.http.retry_after import pause_after_429, retry_after
from adapters.smartadvocate import wire
from adapters.smartadvocate.call import Operation
from adapters.smartadvocate.errors import broken_exchange
from adapters.smartadvocate.oauth_endpoints import BASIC, POST
from core.charset import charset_of
from core.errors import CasebridgeError, RateLimitedError, TransientError
from core.ports.clock import Clock
from core.reason import Reason

_NO_ROUTE: Final = (404, 405, 410, 501)
_CODE: Final = re.compile(r"[a-z_]{1,60}")
_VSCHAR: Final = re.compile(r"[\x20-\x7e]{1,8192}")  # RFC 6749, appendix A.12 and A.17
_NUMBER: Final = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")
_MAX_NAME: Final = 200  # characters


class GrantRefusedError(Exception):
    """The authorization server answered with an error code (RFC 6749, 5.2). Raised by Authlib."""

    def __init__(self, error: str, description: str | None = None) -> None:
        super().__init__(error, description)
        self.code = error


@dataclass(frozen=True, slots=True)
class ClientAuth:
    """How casebridge says who it is at the token and revocation endpoints (RFC 6749, 2.3.1)."""

    client_id: str
    client_secret: str
    method: str

    def __repr__(self) -> str:
        return f"ClientAuth({self.method!r})"

    def sign(self, data: dict[str, str], headers: dict[str, str]) -> None:
        """Add it to the form, or to the headers."""
        if self.method == BASIC:
            pair = f"{quote_plus(self.client_id)}:{quote_plus(self.client_secret)}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode('ascii')).decode('ascii')}"
            return
        data["client_id"] = self.client_id
        if self.method == POST:
            data["client_secret"] = self.client_secret


class TokenAnswer:
    """A whole answer, with whatever body: `content` is its JSON, None where it is none.

    Authlib takes it for a response of its HTTP library, and calls `json` and `raise_for_status`.
    """

    def __init__(self, status: int, content: Any, refused: CasebridgeError | None) -> None:
        self.status_code = status
        self.content = content
        self._refused = refused

    def __repr__(self) -> str:
        return f"TokenAnswer({self.status_code})"

    @property
    def error(self) -> str:
        """The error code (RFC 6749, 5.2), "" where there is none."""
        code = wire.field(self.content, "error") if isinstance(self.content, dict) else None
        return code if isinstance(code, str) and _CODE.fullmatch(code) else ""

    def json(self) -> dict[str, Any]:
        """Return the fields that count, as far as they can be used.

        Raises ValueError for a 2xx without an object, and what a refusal without an error code means.
        """
        if self._refused is not None and not self.error:
            raise self._refused
        if not isinstance(self.content, dict):
            raise ValueError("no JSON object")  # noqa: TRY004 - what Authlib waits for
        if self.error:
            return {"error": self.error}
        return {name: value for name, value in _usable(self.content).items() if value is not None}

    def raise_for_status(self) -> None:
        """Do nothing: `json` has judged the status."""


class TokenEndpoint:
    """Sends once and returns a whole answer, a 2xx or a 4xx with whatever body.

    Raises TransientError where nothing can have been changed by the request, or the server says so;
    AnswerLostError where the operation is a `write` and its answer never came.
    """

    def __init__(
        self,
        http: httpx2.Client,
        operation: Operation,
        limits: Limits,
        clock: Clock,
        auth: ClientAuth | None = None,
    ) -> None:
        self._http = http
        self._operation = operation
        self._limits = limits
        self._clock = clock
        self._auth = auth

    def post(self, url: str, *, data: dict[str, str], headers: dict[str, str], auth: Any) -> TokenAnswer:  # noqa: ARG002 - Authlib's signature
        """Send a form, signed. Called by Authlib, whose own `auth` forgets to encode."""
        form, headers = dict(data), {**headers, "Accept": "application/json"}
        if self._auth is not None:
            self._auth.sign(form, headers)
        return self._send("POST", url, data=form, headers=headers)

    def get(self, url: str) -> TokenAnswer:
        """Fetch a document."""
        return self._send("GET", url, headers={"Accept": "application/json"})

    def _send(self, verb: str, url: str, **content: Any) -> TokenAnswer:
        timeout = self._limits.seconds()
        deadline_s = time.monotonic() + timeout["pool"] + timeout["connect"] + timeout["read"]
        request = self._http.build_request(verb, url, timeout=httpx2.Timeout(**timeout), **content)
        try:
            answer = self._http.send(request, auth=None, stream=True)
            try:
                body = read_whole(answer, deadline_s, self._limits.answer_bytes)
            finally:
                answer.close()
        except httpx2.HTTPError as error:
            raise broken_exchange(self._operation, error, request.url) from None
        self._check(answer)
        try:
            found = wire.load(body, charset_of(answer.headers.get("content-type", "")))
        except wire.UnreadableError:
            found = None
        return TokenAnswer(answer.status_code, found, self._refusal(answer))

    def _check(self, answer: httpx2.Response) -> None:
        status = answer.status_code
        refusal = f"the authorization server answered {status}"
        error = self._operation.error
        if status == 429:
            pause = pause_after_429(answer.headers, self._clock.now())
            raise error(RateLimitedError, f"{refusal}: too many requests", retry_after=pause)
        if status in _NO_ROUTE or 300 <= status < 400:
            words = f"{refusal}: there is no such endpoint"
            raise error(TransientError, words, reason=Reason.OAUTH_ENDPOINT_UNKNOWN)
        if status >= 500 or status < 200:
            raise error(TransientError, refusal, retry_after=retry_after(answer.headers, self._clock.now()))

    def _refusal(self, answer: httpx2.Response) -> CasebridgeError | None:
        """Return what a 4xx means that comes without an error code: somebody else's page, as of a proxy."""
        if answer.status_code < 400:
            return None
        words = f"the authorization server answered {answer.status_code} without an error code"
        asked = retry_after(answer.headers, self._clock.now())
        return self._operation.error(TransientError, words, retry_after=asked)


def _usable(answer: dict[str, Any]) -> dict[str, Any]:
    token_type, refresh_token = wire.field(answer, "token_type"), wire.field(answer, "refresh_token")
    user_id = wire.field(answer, "userID")
    return {
        "access_token": wire.field(answer, "access_token"),
        "token_type": token_type if isinstance(token_type, str) and token_type else None,
        # One that cannot be sent back is none: the one before it may still be good.
        "refresh_token": _sendable(refresh_token),
        "expires_in": _seconds(wire.field(answer, "expires_in")),
        "username": wire.text(wire.field(answer, "username"), _MAX_NAME).strip() or None,
        "userID": wire.text(user_id, _MAX_NAME).strip() or None,
    }


def _sendable(token: Any) -> str | None:
    token = token.strip() if isinstance(token, str) else ""
    return token if _VSCHAR.fullmatch(token) else None


def _seconds(value: Any) -> float | None:
    """Return a life in seconds, also where it comes as a string; None for none that could be."""
    if isinstance(value, str):
        value = value[:_MAX_NAME].strip()
        value = float(value) if _NUMBER.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        return None
    return float(value)
