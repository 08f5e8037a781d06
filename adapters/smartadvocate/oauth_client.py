"""Authlib's OAuth 2.0 client on httpx2. Loading Authlib takes long, so this is imported when first used."""

from typing import Any

from authlib.oauth2.client import OAuth2Client

from adapters.smartadvocate.oauth_exchange import GrantRefusedError, TokenEndpoint


class _Client(OAuth2Client):
    oauth_error_class: Any = GrantRefusedError


def new_client(session: TokenEndpoint | None, **options: Any) -> Any:
    """Make a client that sends by `session`, which signs its requests; Authlib has no types."""
    client: Any = _Client
    return client(session, code_challenge_method="S256", **options)
