"""Calls to a firm's SmartAdvocate: with its token, within its limits, and what it refused made an error."""

from collections.abc import Collection
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial

from adapters.http.client import HttpClient
from adapters.http.limits import DEFAULT_LIMITS, Limits
from adapters.http.retry_after import retry_after
from adapters.smartadvocate.call import Answer, Call
from adapters.smartadvocate.errors import refused
from adapters.smartadvocate.exchange import Exchange
from adapters.smartadvocate.site import Site, Sites
from core.errors import CasebridgeError, NotBegunError, RateLimitedError, TransientError
from core.firm import Firm
from core.ports.admission import Admission
from core.ports.authorization import BearerTokens
from core.ports.clock import Clock


class Caller:
    """What all operations share. One for a process, for all its threads; owns neither `http` nor `tokens`.

    Every request waits for the firm's `admission` first. A 429, to a call or to a log-in on its way, holds
    back the whole firm at once: for as long as the server says and the deployment grants, else for
    DEFAULT_PAUSE.
    """

    def __init__(
        self,
        http: HttpClient,
        tokens: BearerTokens,
        clock: Clock,
        *,
        allow_http_hosts: Collection[str] | None = None,
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

    def ask(self, call: Call) -> Answer:
        """Send with the firm's token; after a 401 or 403 once more with a fresh one. Returns a 2xx.

        Raises TransientError, nothing sent, where the call has no clearance any more; and what `refused`,
        `Exchange.send` and `Exchange.upload` say.
        """
        return self.accepted(self.answer(call))

    def answer(self, call: Call) -> Answer:
        """Send as `ask` does, and return the answer whatever its status, for `accepted`."""
        firm_id = call.firm.firm_id
        token = self._token(call)
        answer = self._send(call, token)
        if answer.status == 401 or (answer.status == 403 and self._powerless.get(firm_id) != token):
            token = self._token(call, rejected=token)
            answer = self._send(call, token)
            if answer.status == 403:
                self._powerless[firm_id] = token
        return answer

    def accepted(self, answer: Answer) -> Answer:
        """Return a 2xx; raise what anything else means."""
        if 200 <= answer.status < 300:
            self._spoke(answer)
            return answer
        now = self._clock.now()
        error = refused(answer, now)
        if isinstance(error, RateLimitedError):
            self._hold(answer.call.firm, error, _doing(answer.call), retry_after(answer.headers, now))
        elif error.retry_after is not None:
            self._shorten(answer.call, error, error.retry_after)
        elif answer.status < 500:
            self._spoke(answer)
        raise error

    def check_time(self, call: Call) -> None:
        """Raise TransientError without clearance: NotBegunError where this process may not begin the call."""
        clearance = call.clearance
        if clearance is None:
            return
        if not clearance.may_begin():
            words = "this process could not tell the database that it lives; nothing was stored"
            raise call.operation.error(NotBegunError, words)
        if self._clock.now() >= clearance.not_after:
            raise call.operation.error(TransientError, "too late to begin or to end; nothing was stored")

    def now(self) -> datetime:
        """Return the clock's time, in UTC."""
        return self._clock.now()

    def _send(self, call: Call, token: str) -> Answer:
        if self._admission is not None:  # after the log-in, which may have taken long
            not_after = call.clearance.not_after if call.clearance is not None else None
            self._admission.wait(call.firm, not_after=not_after)
        if isinstance(call.body, bytes):  # it is checked right before these, and nothing is sent until then
            return self._exchange.send(call, call.body, token, partial(self.check_time, call))
        self.check_time(call)
        if call.body is None:
            return self._exchange.send(call, None, token)
        with call.body() as streamed:
            return self._exchange.upload(call, streamed, token)

    def _token(self, call: Call, rejected: str | None = None) -> str:
        try:
            if rejected is None:
                return self._tokens.token(call.firm)
            return self._tokens.renew(call.firm, rejected)
        except RateLimitedError as error:
            self._hold(call.firm, error, "log in to SmartAdvocate", error.retry_after)
            raise

    def _hold(self, firm: Firm, error: RateLimitedError, doing: str, asked: timedelta | None) -> None:
        """Hold the firm; `asked` is what the server named, None where it did not."""
        if self._admission is not None:
            with suppress(TransientError):  # what the server answered counts, whatever the store does
                error.retry_after = self._admission.hold(firm.firm_id, asked, doing)

    def _shorten(self, call: Call, error: CasebridgeError, asked: timedelta) -> None:
        if self._admission is not None:
            with suppress(TransientError):
                error.retry_after = self._admission.shorten(call.firm.firm_id, asked, _doing(call))

    def _spoke(self, answer: Answer) -> None:
        if self._admission is not None:
            with suppress(TransientError):  # it is said again with a later answer
                self._admission.spoke(answer.call.firm.firm_id)


def _doing(call: Call) -> str:
    case = call.operation.case
    return f"{call.operation.doing} case {case}" if case else call.operation.doing
