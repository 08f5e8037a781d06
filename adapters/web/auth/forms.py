"""Forms that begin something elsewhere carry a token that only a page of this very browser can know."""

import hashlib
import hmac
from typing import Final
from urllib.parse import parse_qs

from starlette.requests import Request

_MAX_FORM_BYTES: Final = 4096


def token_of(secret: str) -> str:
    """Return the token of a browser: made from what its cookie holds, which is hidden from pages."""
    return hashlib.sha256(f"csrf:{secret}".encode()).hexdigest()


def is_own_token(presented: str, secret: str) -> bool:
    """Tell whether the token is this browser's; one without a cookie has none."""
    return bool(secret) and hmac.compare_digest(presented.encode(), token_of(secret).encode())


async def read_form(request: Request) -> dict[str, str]:
    """Return a small form's fields, the first value of each; none where it is not small."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MAX_FORM_BYTES:
            return {}
    return {name: values[0] for name, values in parse_qs(body.decode("latin-1")).items()}
