"""Who asks at a door of the web: a page and a route of the API get it the same way."""

from collections.abc import Callable
from typing import TypeAlias

from starlette.requests import Request

from core.actor import Actor

# Return who sent the request. Raises what the door turns into its answer to a stranger: a page leads to the
# sign-in, the API answers 401.
Who: TypeAlias = Callable[[Request], Actor]
