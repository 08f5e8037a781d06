"""A sign-in under way at the identity provider: what its browser keeps until it comes back.

Nothing is stored here meanwhile, so strangers fill no table: state, nonce, verifier and the form's token are
all made from one secret in a cookie, each by a digest of its own that does not tell the others. The provider
takes a code once, and the cookie goes when the browser is back.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

_LIFE_S: Final = 600
_BYTES: Final = 32
_LONGEST_NEXT: Final = 500  # characters
_LONGEST: Final = 1_000


@dataclass(frozen=True, slots=True)
class BegunSignIn:
    """One browser's. `next` is where it wanted to go: a path of ours."""

    secret: str
    next: str

    def __repr__(self) -> str:
        return "BegunSignIn(…)"

    @property
    def state(self) -> str:
        """What goes through the browser and comes back."""
        return self._made("state")

    @property
    def nonce(self) -> str:
        """What the provider puts into its token."""
        return self._made("nonce")

    @property
    def verifier(self) -> str:
        """What only the token endpoint is shown (RFC 7636): 64 characters."""
        return self._made("verifier")

    @property
    def token(self) -> str:
        """What the form on the sign-in page carries."""
        return self._made("token")

    def is_state(self, presented: str) -> bool:
        """Tell whether this is the state that it began with."""
        return hmac.compare_digest(self.state.encode(), presented.encode())

    def is_token(self, presented: str) -> bool:
        """Tell whether this is the token of its own page."""
        return hmac.compare_digest(self.token.encode(), presented.encode())

    def _made(self, name: str) -> str:
        return hashlib.sha256(f"{name} of sign-in:{self.secret}".encode()).hexdigest()


class BegunSignIns:
    """The cookie. `secure`: browsers come over https."""

    def __init__(self, *, secure: bool) -> None:
        self._cookie = "__Host-casebridge-sign-in" if secure else "casebridge-sign-in"
        self._secure = secure

    def begin(self, next_: str) -> BegunSignIn:
        """Begin one. It leads to `next_` afterwards where that is a path of ours, else to the first page."""
        return BegunSignIn(secrets.token_urlsafe(_BYTES), own_path(next_))

    def of(self, request: Request) -> BegunSignIn | None:
        """Return what the browser keeps, None for nothing that can be read."""
        value = request.cookies.get(self._cookie, "")
        secret, dot, packed = value[:_LONGEST].partition(".")
        if not dot or len(secret) < _BYTES:
            return None
        try:
            next_ = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)).decode()
        except (binascii.Error, ValueError):
            next_ = ""
        return BegunSignIn(secret, own_path(next_))

    def put(self, answer: Response, begun: BegunSignIn) -> None:
        """Let the browser keep it."""
        packed = base64.urlsafe_b64encode(begun.next.encode()).decode().rstrip("=")
        answer.set_cookie(
            self._cookie,
            f"{begun.secret}.{packed}",
            max_age=_LIFE_S,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def drop(self, answer: Response) -> None:
        """Let the browser forget it."""
        answer.delete_cookie(self._cookie, path="/", secure=self._secure, httponly=True, samesite="lax")


def own_path(path: str) -> str:
    """Return a path of ours as it is; for whatever could lead elsewhere the first page."""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\")) and len(path) <= _LONGEST_NEXT
    is_plain = path.isascii() and path.isprintable() and "\\" not in path and " " not in path
    return path if is_own and is_plain and not path.startswith("/sign-") else "/"
