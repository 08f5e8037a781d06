"""Who a key stands for: the first thing that a program asks."""

from fastapi import APIRouter, Request

from adapters.web.api.v1.me_schemas import Me
from adapters.web.who import Who


def add_me(router: APIRouter, who: Who) -> None:
    """Add the route."""

    @router.get("/me", summary="Who the API key stands for")
    def read_me(request: Request) -> Me:
        """Return the key's name, what it may do and for which firms."""
        return Me.of(who(request))
