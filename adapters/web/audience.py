"""Who reads an answer that is no success: a person on a page, or a program."""

import secrets
from typing import Final

from starlette.types import Scope

_API: Final = "/v1"
_FOR_PEOPLE: Final = "is_for_people"  # set by the class of the pages' routes
_REFERENCE: Final = "casebridge.reference"


def is_of_the_api(scope: Scope) -> bool:
    """Tell whether a request is for the API, be there such a route or not."""
    path = str(scope["path"])
    return path == _API or path.startswith(f"{_API}/")


def wants_a_page(scope: Scope) -> bool:
    """Tell whether a person is to read the answer: a browser asks, or whoever a page and names no form."""
    if is_of_the_api(scope):
        return False
    accepted = b",".join(value for name, value in scope["headers"] if name == b"accept")
    if b"text/html" in accepted:
        return True
    return bool(getattr(scope.get("route"), _FOR_PEOPLE, False)) and accepted in {b"", b"*/*"}


def reference_of(scope: Scope) -> str:
    """Return what this request is called, to people and in the log alike; it tells nothing else."""
    reference: str = scope.setdefault(_REFERENCE, secrets.token_hex(4))
    return reference
