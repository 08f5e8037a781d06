"""Bearer tokens by user name and password: `Users/authenticate` (API sheet, section 2.1)."""

import json
import re
from collections.abc import Collection
from typing import Any, Final

from adapters.smartadvocate import wire
from adapters.smartadvocate.errors import Operation, refused, unreadable
from adapters.smartadvocate.exchange import Exchange
from adapters.smartadvocate.http_client import HttpClient
from adapters.smartadvocate.limits import DEFAULT_LIMITS, Limits
from adapters.smartadvocate.routes import Purpose
from adapters.smartadvocate.server_words import server_words
from adapters.smartadvocate.site import Sites
from adapters.smartadvocate.token_life import life_of, usable_for
from core.credentials import Account, Credentials, Issued, PasswordCredentials
from core.errors import ConnectionRejectedError
from core.firm import Firm
from core.ports.admission import Admission
from core.ports.clock import Clock

TOKEN: Final = re.compile(r"[\x21-\x7e]{1,8192}")  # what a header may carry


class PasswordLogIn:
    """`TokenIssuer` that logs in with a firm's user name and password."""

    def __init__(
        self,
        http: HttpClient,
        clock: Clock,
        *,
        allow_http_hosts: Collection[str] = (),
        limits: Limits = DEFAULT_LIMITS,
        admission: Admission | None = None,
    ) -> None:
        self._exchange = Exchange(http, limits)
        self._clock = clock
        self._admission = admission
        self._sites = Sites(allow_http_hosts)

    def issue(self, firm: Firm, credentials: Credentials) -> Issued:
        """See `TokenIssuer.issue`. Nothing is lost with an answer here: a log-in can be repeated."""
        if not isinstance(credentials, PasswordCredentials):
            raise TypeError(type(credentials).__name__)
        site = self._sites.site(firm)
        operation = Operation(
            firm.firm_id, "log in to SmartAdvocate", sent=(credentials.password, credentials.username)
        )
        route = site.profile.routes[Purpose.LOG_IN]
        if self._admission is not None:
            self._admission.wait(firm)
        content = json.dumps({"Username": credentials.username, "Password": credentials.password}).encode()
        answer = self._exchange.send(operation, route.verb, site.url(Purpose.LOG_IN), content=content)
        if answer.status in {400, 401, 403, 404, 405}:
            words = server_words(answer.body, operation.sent)
            raise ConnectionRejectedError(_rejection(operation, answer.status, words))
        if not 200 <= answer.status < 300:
            raise refused(operation, answer.status, answer.headers, answer.body, self._clock.now())
        try:
            said = wire.load(answer.body)
        except wire.UnreadableError as error:
            raise unreadable(operation, f"{answer.status} with {error}") from None
        token = wire.field(said, "token") if isinstance(said, dict) else None
        if not isinstance(token, str) or not TOKEN.fullmatch(token):
            raise unreadable(operation, f"{answer.status} without a usable token")
        now = self._clock.now().timestamp()
        renew_after = usable_for(token, now)
        return Issued(token, credentials, renew_after, life_of(token, now), _account(said, credentials))


def _rejection(operation: Operation, status: int, words: str) -> str:
    said = f"SmartAdvocate answered {status}" + (f" ({words})" if words else "")
    if status in {404, 405}:
        return (
            f"{operation}: {said}: there is no log-in at the firm's SmartAdvocate address; "
            f"correct the address with `casebridge connect {operation.firm_id}`"
        )
    return (
        f"{operation}: {said}: user name or password is not accepted; a changed password stops the sync. "
        f"Reconnect the firm with `casebridge connect {operation.firm_id}`; nothing is lost meanwhile"
    )


def _account(said: dict[str, Any], credentials: PasswordCredentials) -> Account:
    """Return whom the log-in answered for; `userID` is a number there (API sheet, section 2.1)."""
    name, user_id = wire.field(said, "username"), wire.field(said, "userID")
    return Account(
        name if isinstance(name, str) and name else credentials.username,
        str(user_id) if isinstance(user_id, int | str) and not isinstance(user_id, bool) else None,
    )
