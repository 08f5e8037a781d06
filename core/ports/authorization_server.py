"""Port: SmartAdvocate's authorization server (OAuth 2.0, RFC 6749)."""

from typing import Protocol

from core.firm import Firm
from core.ports.credentials import Issued, OAuthCredentials
from core.ports.token_issuer import TokenIssuer


class AuthorizationServer(TokenIssuer, Protocol):
    """The authorization code flow with PKCE, refresh (`issue`) and revocation.

    Endpoints come from settings, a discovery document or the firm's profile: all UNVERIFIED. Raises
    ConfigurationError where they are missing or may not be used.
    """

    def authorize_url(self, firm: Firm, redirect_uri: str, state: str, verifier: str) -> str:
        """Return where the browser is sent to; the verifier itself is not in it, only its S256 digest."""
        ...

    def exchange(self, firm: Firm, redirect_uri: str, code: str, verifier: str) -> Issued:
        """Turn a code into tokens. Never repeated: a code is good once.

        Raises ConsentFailedError with the server's error code, TransientError.
        """
        ...

    def revoke(self, firm: Firm, credentials: OAuthCredentials, token: str | None) -> bool:
        """Revoke the grant (RFC 7009): the refresh token, or the access token where there is none.

        False where no revocation endpoint is known. A token that the server does not know counts as revoked.
        Raises TransientError where it could not be done.
        """
        ...
