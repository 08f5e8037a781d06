"""Bearer tokens by user name and password: `Users/authenticate` (API sheet, section 2.1)."""

import json
import re
from collections.abc import Collection
from typing import Any, Final

from adapters.http.client import HttpClient
from adapters.http.limits import DEFAULT_LIMITS, Limits
from adapters.smartadvocate import wire
from adapters.smartadvocate.answers import loaded
from adapters.smartadvocate.call import Call, Operation
from adapters.smartadvocate.errors import log_in_rejected, refused, unreadable
from adapters.smartadvocate.exchange import Exchange
from adapters.smartadvocate.routes import Purpose
from adapters.smartadvocate.site import Sites
from adapters.smartadvocate.token_life import life_of, usable_for
from core.credentials import Account, Credentials, Issued, PasswordCredentials
from core.firm import Firm
from core.ports.admission import Admission
from core.ports.authorization import TokenIssuer
from core.ports.clock import Clock

TOKEN: Final = re.compile(r"[\x21-\x7e]{1,8192}")  # what a header may carry


class PasswordLogIn(TokenIssuer):
    """Logs in with a firm's user name and password."""

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
        # Nothing is lost with an answer here: a log-in can be repeated.
        if not isinstance(credentials, PasswordCredentials):
            raise TypeError(type(credentials).__name__)
        operation = Operation(
            firm.firm_id, "log in to SmartAdvocate", sent=(credentials.password, credentials.username)
        )
        call = Call(firm, self._sites.site(firm), operation, Purpose.LOG_IN)
        if self._admission is not None:
            self._admission.wait(firm)
        body = json.dumps({"Username": credentials.username, "Password": credentials.password}).encode()
        answer = self._exchange.send(call, body)
        if answer.status in {400, 401, 403, 404, 405}:
            raise log_in_rejected(answer)
        if not 200 <= answer.status < 300:
            raise refused(answer, self._clock.now())
        content = loaded(answer)
        token = wire.field(content, "token") if isinstance(content, dict) else None
        if not isinstance(token, str) or not TOKEN.fullmatch(token):
            raise unreadable(operation, f"{answer.status} without a usable token")
        now = self._clock.now().timestamp()
        renew_after = usable_for(token, now)
        return Issued(token, credentials, renew_after, life_of(token, now), _account(content, credentials))


def _account(content: dict[str, Any], credentials: PasswordCredentials) -> Account:
    """Return whom the log-in answered for; `userID` is a number there (API sheet, section 2.1)."""
    name, user_id = wire.field(content, "username"), wire.field(content, "userID")
    return Account(
        name if isinstance(name, str) and name else credentials.username,
        str(user_id) if isinstance(user_id, int | str) and not isinstance(user_id, bool) else None,
    )
