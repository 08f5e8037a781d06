"""An identity provider at which people are who the test says."""

from core.person import Identity
from core.ports.identity_provider import IdentityProvider
from core.sign_in_errors import SignInFailedError


class FakeIdentityProvider(IdentityProvider):
    """`people` are those who may sign in, by the code that their browser brings back."""

    def __init__(self) -> None:
        self.people: dict[str, Identity] = {}

    def authorize_url(self, state: str, nonce: str, verifier: str) -> str:
        return f"https://id.test/authorize?state={state}"

    def identify(self, code: str, nonce: str, verifier: str) -> Identity:
        if code not in self.people:
            raise SignInFailedError("the identity provider does not know the code")
        return self.people[code]
