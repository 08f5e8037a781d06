"""Port: where people sign in, by OpenID Connect."""

from typing import Protocol

from core.person import Identity


class IdentityProvider(Protocol):
    """One provider. `state`, `nonce` and `verifier` are one sign-in's, from its beginning to its end."""

    def authorize_url(self, state: str, nonce: str, verifier: str) -> str:
        """Return where the browser goes to sign in. Raises SignInUnavailableError, ConfigurationError."""
        ...

    def identify(self, code: str, nonce: str, verifier: str) -> Identity:
        """Return who it was, by the code that the browser brought back.

        Raises SignInFailedError where the provider refuses, or where what it says of the person cannot be
        trusted; SignInUnavailableError where it does not answer as it should.
        """
        ...
