"""Authlib's OAuth 2.0 client for the provider. Loading Authlib takes long: imported when first used."""

import re
from typing import Any, Final

from authlib.oauth2.client import OAuth2Client

from adapters.oidc.exchange import TokenSession

_CODE: Final = re.compile(r"[a-z_]{1,60}")


class RefusedError(Exception):
    """The provider answered with an error code (RFC 6749, 5.2). Raised by Authlib.

    `told` is the code, as far as it is one: what else the provider wrote is told nobody.
    """

    def __init__(self, error: str, description: str | None = None) -> None:  # noqa: ARG002 - Authlib gives it
        self.told = error if isinstance(error, str) and _CODE.fullmatch(error) else "no code"
        super().__init__(self.told)


class _Client(OAuth2Client):
    oauth_error_class: Any = RefusedError


def new_client(session: TokenSession, **options: Any) -> Any:
    """Make a client that sends by `session`, which signs its requests; Authlib has no types."""
    client: Any = _Client
    return client(session, code_challenge_method="S256", **options)
