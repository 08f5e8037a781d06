"""One request to the identity provider, within limits; also what Authlib is given as its session."""

import json
import time
from base64 import b64encode
from typing import Any, Final
from urllib.parse import quote_plus

import httpx2

from adapters.http.limits import Limits
from adapters.http.reading import read_whole
from core.sign_in_errors import SignInUnavailableError

PROVIDER_LIMITS: Final = Limits(connect=4.0, read=8.0, write=4.0, pool=2.0, answer_bytes=256 * 1024)

# Of an answer to a code. Authlib would compute with others, such as a life of 1e999 seconds.
_COUNT: Final = ("id_token", "access_token", "error", "error_description")


class Answer:
    """A whole answer. Authlib takes it for a response of its HTTP library."""

    def __init__(self, status: int, content: Any) -> None:
        self.status_code = status
        self.content = content

    def json(self) -> dict[str, Any]:
        """Return the fields that count of its JSON object. Raises ValueError for anything else."""
        if not isinstance(self.content, dict):
            raise ValueError("no JSON object")  # noqa: TRY004 - what Authlib waits for
        return {name: self.content[name] for name in _COUNT if self.content.get(name) is not None}

    def raise_for_status(self) -> None:
        """Do nothing: an error is told by its code in the body."""


class Exchange:
    """Sends once and reads within limits. Raises SignInUnavailableError, and quotes nothing of the answer."""

    def __init__(self, http: httpx2.Client, limits: Limits = PROVIDER_LIMITS) -> None:
        self._http = http
        self._limits = limits

    def get(self, url: str) -> dict[str, Any]:
        """Fetch a document that is a JSON object."""
        answer = self._send("GET", url)
        if answer.status_code != 200 or not isinstance(answer.content, dict):
            raise SignInUnavailableError(
                f"the identity provider answered {answer.status_code} where a document should be"
            )
        return answer.content

    def post(self, url: str, *, data: dict[str, str], headers: dict[str, str]) -> Answer:
        """Send a form. 4xx answers are told apart by their error code."""
        answer = self._send("POST", url, data=data, headers=headers)
        if answer.status_code >= 500 or 300 <= answer.status_code < 400 or answer.status_code == 429:
            raise SignInUnavailableError(f"the identity provider answered {answer.status_code}")
        return answer

    def _send(self, verb: str, url: str, **content: Any) -> Answer:
        timeout = self._limits.seconds()
        deadline_s = time.monotonic() + timeout["pool"] + timeout["connect"] + timeout["read"]
        failed = ""
        try:
            request = self._http.build_request(verb, url, timeout=httpx2.Timeout(**timeout), **content)
            answer = self._http.send(request, auth=None, stream=True)
            try:
                body = read_whole(answer, deadline_s, self._limits.answer_bytes)
            finally:
                answer.close()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            failed = type(error).__name__
        if failed:
            raise SignInUnavailableError(f"the identity provider cannot be reached ({failed})")
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            found = None
        return Answer(answer.status_code, found)


class TokenSession:
    """What Authlib sends the code by: signed as the client, in the way that the provider takes."""

    def __init__(self, exchange: Exchange, client_id: str, client_secret: str, *, by_header: bool) -> None:
        self._exchange = exchange
        self._client_id = client_id
        self._client_secret = client_secret
        self._by_header = by_header

    def post(self, url: str, *, data: dict[str, str], headers: dict[str, str], auth: Any) -> Answer:  # noqa: ARG002 - Authlib names it
        """Send a form. Called by Authlib, whose own `auth` forgets to encode."""
        form, headers = dict(data), {**headers, "Accept": "application/json"}
        if self._client_secret and self._by_header:
            pair = f"{quote_plus(self._client_id)}:{quote_plus(self._client_secret)}"
            headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode('ascii')}"
        else:
            form["client_id"] = self._client_id
            if self._client_secret:
                form["client_secret"] = self._client_secret
        return self._exchange.post(url, data=form, headers=headers)
