"""An authorization server that gives what it is asked for."""

from datetime import timedelta

from core.credentials import Credentials, Issued, OAuthCredentials
from core.firm import Firm
from core.ports.authorization import AuthorizationServer

_HOUR = timedelta(hours=1)


class FakeAuthorizationServer(AuthorizationServer):
    """`revoked` keeps whose grants were revoked."""

    def __init__(self) -> None:
        self.revoked: list[str] = []

    def issue(self, firm: Firm, credentials: Credentials) -> Issued:
        return Issued(f"token of {firm.firm_id}", credentials, _HOUR, _HOUR)

    def authorize_url(self, firm: Firm, redirect_uri: str, state: str, verifier: str) -> str:
        return f"https://login.test/{firm.firm_id}?redirect_uri={redirect_uri}&state={state}"

    def exchange(self, firm: Firm, redirect_uri: str, code: str, verifier: str) -> Issued:
        return self.issue(firm, OAuthCredentials(f"refresh by {code}"))

    def revoke(self, firm: Firm, credentials: OAuthCredentials, token: str | None) -> bool:
        self.revoked.append(firm.firm_id)
        return True
