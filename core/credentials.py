"""What a firm connects to SmartAdvocate with, and what it gets for it."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class PasswordCredentials:
    """A SmartAdvocate user of the firm."""

    username: str
    password: str

    def __repr__(self) -> str:
        return "PasswordCredentials(…)"


@dataclass(frozen=True, slots=True)
class OAuthCredentials:
    """What a consent ("Allow Access") left: the refresh token, or None where the server gives none."""

    refresh_token: str | None

    def __repr__(self) -> str:
        return "OAuthCredentials(…)"


Credentials = PasswordCredentials | OAuthCredentials


@dataclass(frozen=True, slots=True)
class Account:
    """Whose rights a token carries, as far as SmartAdvocate told (UNVERIFIED for OAuth): name and user id."""

    name: str | None = None
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """A bearer token that was just issued, and the credentials that will get the next one.

    `renew_after` is how long to use it, `expires_after` how long it is good at most; both are counted from
    the moment at which it was asked for.
    """

    token: str
    credentials: Credentials
    renew_after: timedelta
    expires_after: timedelta
    account: Account = Account()

    def __repr__(self) -> str:
        return "Issued(…)"
