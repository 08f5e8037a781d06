"""Bearer tokens by user name and password: `Users/authenticate` (API sheet, section 2.1)."""

import codecs
import json
from collections.abc import Collection
from typing import Any, Final

from adapters.http.client import HttpClient
from adapters.http.limits import Limits
from adapters.smartadvocate import wire
from adapters.smartadvocate.answers import loaded
from adapters.smartadvocate.call import Answer, Call, Operation
from adapters.smartadvocate.errors import log_in_rejected, refused, unreadable
from adapters.smartadvocate.exchange import Exchange
from adapters.smartadvocate.routes import Purpose
from adapters.smartadvocate.site import Sites
from adapters.smartadvocate.token_life import bare_token, life_of, usable_for
from core.credentials import Account, Credentials, Issued, PasswordCredentials
from core.errors import PermissionMissingError, RejectedBySmartAdvocateError, TransientError
from core.firm import Firm
from core.ports.admission import Admission
from core.ports.authorization import TokenIssuer
from core.ports.clock import Clock

LOG_IN_LIMITS: Final = Limits(answer_bytes=256 * 1024)
_REJECTED: Final = (400, 401, 403, 404, 405)
_MAX_NAME: Final = 200  # characters


class PasswordLogIn(TokenIssuer):
    """Logs in with a firm's user name and password."""

    def __init__(
        self,
        http: HttpClient,
        clock: Clock,
        *,
        allow_http_hosts: Collection[str] | None = None,
        limits: Limits = LOG_IN_LIMITS,
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
        if answer.status in _REJECTED and not _is_a_proxys(answer):
            raise log_in_rejected(answer)
        if not 200 <= answer.status < 300:
            error = refused(answer, self._clock.now())
            if isinstance(error, PermissionMissingError | RejectedBySmartAdvocateError):
                # Said of the log-in, not of what waits for it: nothing of that must fail for good.
                error = operation.error(TransientError, f"the log-in was answered with {answer.status}")
            raise error
        content = loaded(answer)
        token = bare_token(wire.field(content, "token")) if isinstance(content, dict) else ""
        if not token:
            raise unreadable(operation, f"{answer.status} without a usable token")
        now = self._clock.now().timestamp()
        renew_after = usable_for(token, now)
        return Issued(token, credentials, renew_after, life_of(token, now), _account(content, credentials))


def _account(content: dict[str, Any], credentials: PasswordCredentials) -> Account:
    """Return whom the log-in answered for; `userID` is a number there (API sheet, section 2.1)."""
    name, user_id = (wire.text(wire.field(content, key), _MAX_NAME).strip() for key in ("username", "userID"))
    return Account(name or credentials.username, user_id or None)


def _is_a_proxys(answer: Answer) -> bool:
    """Tell whether the page is one of a firewall on the way: it says nothing about user and password."""
    is_page = answer.body[:200].removeprefix(codecs.BOM_UTF8).lstrip().startswith(b"<")
    kind = answer.headers.get("content-type", "")[:200].strip().lower()
    return answer.status == 403 and (is_page or kind.startswith("text/html"))
