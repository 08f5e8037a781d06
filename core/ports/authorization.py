"""Ports: SmartAdvocate's log-in, by password or OAuth 2.0 (RFC 6749), and the bearer tokens that it gives."""

from collections.abc import Sequence
from typing import Protocol

from core.credentials import Credentials, Issued, OAuthCredentials
from core.firm import Firm


class BearerTokens(Protocol):
    """Gives bearer tokens, however they are obtained."""

    def token(self, firm: Firm) -> str:
        """Return a token that has not expired. Raises ConnectionRejectedError, TransientError."""
        ...

    def renew(self, firm: Firm, rejected: str) -> str:
        """Return another token than `rejected`, which the server refused although it had not expired.

        Callers that were refused with the same token at the same time share one log-in.
        Raises ConnectionRejectedError, TransientError.
        """
        ...


class TokenIssuer(Protocol):
    """A log-in by password, or a refresh at the token endpoint. One request, never repeated here."""

    def issue(self, firm: Firm, credentials: Credentials) -> Issued:
        """Return a fresh token; its credentials replace those given (refresh tokens may rotate).

        Raises ConnectionRejectedError where the credentials are no longer accepted, AnswerLostError where
        the server may have used them up and its answer never came, TransientError, ConfigurationError.
        """
        ...


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


class AccountProbe(Protocol):
    """Looks with a token that is not stored yet."""

    def sees_any(self, firm: Firm, token: str, cases: Sequence[tuple[str, str]]) -> bool | None:
        """Tell whether the token's account sees one of these cases: (integration id, case number).

        False where SmartAdvocate shows none of them under its number, None where it could not be told (no
        right to read cases, an unreadable answer). Raises TransientError, ConnectionRejectedError.
        """
        ...
