"""A header of a request."""

from starlette.types import Scope


def header(scope: Scope, name: bytes) -> bytes | None:
    """Return the first header of this name (in small letters), or None."""
    return next((value for key, value in scope["headers"] if key == name), None)
