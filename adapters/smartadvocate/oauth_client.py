"""Authlib's OAuth 2.0 client on httpx2. Loading Authlib takes long, so this is imported when first used."""

from typing import Any

from authlib.integrations.httpx_client import OAuth2ClientAuth
from authlib.oauth2.client import OAuth2Client

from adapters.smartadvocate.oauth_exchange import GrantRefusedError, TokenEndpoint


class _Client(OAuth2Client):
    client_auth_class = OAuth2ClientAuth
    oauth_error_class: Any = GrantRefusedError


def new_client(session: TokenEndpoint | None, **options: Any) -> Any:
    """Make a client that sends by `session`; Authlib has no types."""
    client: Any = _Client
    return client(session, code_challenge_method="S256", **options)
