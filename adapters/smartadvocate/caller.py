"""Calls to a firm's SmartAdvocate: with its token, within its limits, and answers read or refused."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, suppress
from datetime import datetime, timedelta
from typing import Any, Final

from adapters.smartadvocate import wire
from adapters.smartadvocate.errors import Operation, refused, unreadable
from adapters.smartadvocate.exchange import Answer, Exchange, Streamed
from adapters.smartadvocate.http_client import HttpClient
from adapters.smartadvocate.limits import DEFAULT_LIMITS, Limits
from adapters.smartadvocate.routes import Purpose
from adapters.smartadvocate.site import Site, Sites
from core.errors import RateLimitedError, TransientError
from core.firm import Firm
from core.ports.admission import Admission
from core.ports.authorization import BearerTokens
from core.ports.clock import Clock

PAUSE_WITHOUT_RETRY_AFTER: Final = timedelta(seconds=5)  # until the job that met the 429 says how long


class Caller:
    """What all operations share. One for a process, for all its threads; owns neither `http` nor `tokens`.

    Every request waits for the firm's `admission` first; a 429 holds back the whole firm at once.

    An operation asks for the firm's `site`, makes its URL from it, calls, and reads the answer with
    `loaded`, `listed` or `rows`. Nothing here knows what an operation means.
    """

    def __init__(
        self,
        http: HttpClient,
        tokens: BearerTokens,
        clock: Clock,
        *,
        allow_http_hosts: Collection[str] = (),
        limits: Limits = DEFAULT_LIMITS,
        admission: Admission | None = None,
    ) -> None:
        self._exchange = Exchange(http, limits)
        self._tokens = tokens
        self._clock = clock
        self._admission = admission
        self._sites = Sites(allow_http_hosts)
        # By firm: a token that was fresh and still met 403. No log-in cures that, so none is spent on it.
        self._powerless: dict[str, str] = {}

    def site(self, firm: Firm) -> Site:
        """See `Sites.site`."""
        return self._sites.site(firm)

    def call(
        self,
        firm: Firm,
        operation: Operation,
        site: Site,
        purpose: Purpose,
        url: str,
        body: str | None = None,
        not_after: datetime | None = None,
    ) -> Answer:
        """Send with the firm's token; after a 401 or 403 once more with a fresh one. Returns a 2xx.

        Raises TransientError, nothing sent, where sending would begin after `not_after` (UTC); and what
        `refused` and `Exchange.send` say.
        """
        verb = site.profile.routes[purpose].verb
        content = None if body is None else body.encode("utf-8", "replace")
        search = purpose is Purpose.SEARCH_CASES

        def send(token: str) -> Answer:
            return self._exchange.send(operation, verb, url, token=token, content=content, search=search)

        return self.accepted(operation, self._authorised(firm, operation, send, not_after))

    def upload(
        self,
        firm: Firm,
        operation: Operation,
        site: Site,
        purpose: Purpose,
        url: str,
        body: Callable[[], AbstractContextManager[Streamed]],
        not_after: datetime | None = None,
    ) -> Answer:
        """Send a body as it comes, as `call` does; `body` opens it anew where it must be sent once more.

        Returns the answer whatever its status, for `accepted`.
        """
        verb = site.profile.routes[purpose].verb

        def send(token: str) -> Answer:
            with body() as streamed:
                return self._exchange.upload(operation, verb, url, token=token, body=streamed)

        return self._authorised(firm, operation, send, not_after)

    def accepted(self, operation: Operation, answer: Answer) -> Answer:
        """Return a 2xx; raise what anything else means."""
        if 200 <= answer.status < 300:
            return answer
        error = refused(operation, answer.status, answer.headers, answer.body, self._clock.now())
        if self._admission is not None and isinstance(error, RateLimitedError):
            with suppress(TransientError):  # what the server said counts, whatever the store does
                pause = error.retry_after or PAUSE_WITHOUT_RETRY_AFTER
                self._admission.hold(operation.firm_id, pause)
        raise error

    def check_time(self, operation: Operation, not_after: datetime | None) -> None:
        """Raise TransientError from `not_after` (UTC) on."""
        if not_after is not None and self._clock.now() >= not_after:
            raise TransientError(
                f"{operation}: too late to begin or to end; nothing was stored, it is tried again by itself"
            )

    def now(self) -> datetime:
        """Return the clock's time, in UTC."""
        return self._clock.now()

    def rows(self, operation: Operation, site: Site, answer: Answer, plural: str) -> list[Any]:
        """Return the rows of an answer that is a list. Raises UnreadableAnswerError or AnswerLostError."""
        return self.listed(operation, site, self.loaded(operation, answer), plural)

    @staticmethod
    def listed(operation: Operation, site: Site, said: Any, plural: str) -> list[Any]:
        """Return the rows of what was `loaded`, in any envelope that the firm's profile accepts."""
        try:
            return wire.rows(said, plural, site.profile.envelope)
        except wire.UnreadableError as error:
            raise unreadable(operation, f"200 with {error}") from None

    @staticmethod
    def loaded(operation: Operation, answer: Answer) -> Any:
        """Return an answer's JSON, None for an empty body."""
        try:
            return wire.load(answer.body)
        except wire.UnreadableError as error:
            raise unreadable(operation, f"{answer.status} with {error}") from None

    def _authorised(
        self,
        firm: Firm,
        operation: Operation,
        send: Callable[[str], Answer],
        not_after: datetime | None,
    ) -> Answer:
        """Call `send` with the firm's token; after a 401 or 403 once more with a fresh one."""
        token = self._tokens.token(firm)
        self._admit(firm, operation, not_after)  # after the log-in, which may have taken long
        answer = send(token)
        if answer.status == 401 or (answer.status == 403 and self._powerless.get(firm.firm_id) != token):
            token = self._tokens.renew(firm, token)
            self._admit(firm, operation, not_after)
            answer = send(token)
            if answer.status == 403:
                self._powerless[firm.firm_id] = token
        return answer

    def _admit(self, firm: Firm, operation: Operation, not_after: datetime | None) -> None:
        if self._admission is not None:
            self._admission.wait(firm, not_after=not_after)
        self.check_time(operation, not_after)
