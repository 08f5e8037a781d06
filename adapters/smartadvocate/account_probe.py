"""Whose account is it? Looks for a firm's own cases with a token that is not stored yet."""

from collections.abc import Callable, Sequence

from core.errors import CaseNotFoundError, NeedsPersonError, UnreadableAnswerError
from core.firm import Firm
from core.ports.authorization import AccountProbe, BearerTokens
from core.ports.case_management import CaseManagement


class OneToken(BearerTokens):
    """One firm's token, which is not stored; refused, it is refused for good."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __repr__(self) -> str:
        return "OneToken(…)"

    def token(self, firm: Firm) -> str:  # noqa: ARG002 - one firm's only
        return self._token

    def renew(self, firm: Firm, rejected: str) -> str:  # noqa: ARG002 - one token, whatever was refused
        return self._token


class SmartAdvocateAccountProbe(AccountProbe):
    """`client` makes a client that uses a token."""

    def __init__(self, client: Callable[[OneToken], CaseManagement]) -> None:
        self._client = client

    def sees_any(self, firm: Firm, token: str, cases: Sequence[tuple[str, str]]) -> bool | None:
        client = self._client(OneToken(token))
        was_told = False
        for integration_id, number in cases:
            try:
                case = client.case_by_id(firm, integration_id)
            except CaseNotFoundError:
                was_told = True
                continue
            except (NeedsPersonError, UnreadableAnswerError):
                continue
            was_told = True
            if case.case_number == number:
                return True
        return False if was_told else None
