"""What a door is told where nobody is known to ask; the application turns it into an answer."""


class NotSignedInError(Exception):
    """A page was asked for without a session, or with one that is over: the way is to the sign-in."""


class UnauthorizedError(Exception):
    """The API was asked without a good key. `challenge` is for `WWW-Authenticate` (RFC 9110)."""

    def __init__(self, status: int, detail: str, challenge: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.challenge = challenge
