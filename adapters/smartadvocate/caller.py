"""Calls to a firm's SmartAdvocate: with its token, within its limits, and answers read or refused."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import httpx2

from adapters.smartadvocate import wire
from adapters.smartadvocate.errors import Operation, refused, unreadable
from adapters.smartadvocate.exchange import Answer, Exchange
from adapters.smartadvocate.limits import DEFAULT_LIMITS, Limits
from adapters.smartadvocate.routes import Purpose
from adapters.smartadvocate.site import Site, Sites
from core.errors import TransientError
from core.firm import Firm
from core.ports.bearer_tokens import BearerTokens
from core.ports.clock import Clock


class Caller:
    """What all operations share. One for a process, for all its threads; owns neither `http` nor `tokens`.

    An operation asks for the firm's `site`, makes its URL from it, calls, and reads the answer with
    `loaded`, `listed` or `rows`. Nothing here knows what an operation means.
    """

    def __init__(
        self,
        http: httpx2.Client,
        tokens: BearerTokens,
        clock: Clock,
        *,
        allow_http_hosts: Collection[str] = (),
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self._exchange = Exchange(http, limits)
        self._tokens = tokens
        self._clock = clock
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
        token = self._tokens.token(firm)
        self._check_time(operation, not_after)  # after the log-in, which may have taken long
        answer = self._exchange.send(operation, verb, url, token=token, content=content, search=search)
        if answer.status == 401 or (answer.status == 403 and self._powerless.get(firm.firm_id) != token):
            token = self._tokens.renew(firm, token)
            self._check_time(operation, not_after)
            answer = self._exchange.send(operation, verb, url, token=token, content=content, search=search)
            if answer.status == 403:
                self._powerless[firm.firm_id] = token
        if 200 <= answer.status < 300:
            return answer
        raise refused(operation, answer.status, answer.headers, answer.body, self._clock.now())

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

    def _check_time(self, operation: Operation, not_after: datetime | None) -> None:
        if not_after is not None and self._clock.now() >= not_after:
            raise TransientError(
                f"{operation}: too late to begin; nothing was sent, it is tried again by itself"
            )
