"""Shapes of who asks."""

from typing import Literal, Self

from pydantic import Field

from adapters.web.api.v1.schemas import Shape
from core.actor import Actor, AllFirms, Power, Role


class Me(Shape):
    """Whom a key stands for."""

    name: str = Field(examples=["portal"])
    role: Role
    scopes: list[Power]
    firms: list[str] | Literal["*"] = Field(
        description="The firms by id, or `*` for all.", examples=[["north"]]
    )

    @classmethod
    def of(cls, actor: Actor) -> Self:
        """Return the actor's."""
        firms: list[str] | Literal["*"] = "*" if isinstance(actor.firms, AllFirms) else sorted(actor.firms)
        return cls(name=actor.name, role=actor.role, scopes=[p for p in Power if actor.may(p)], firms=firms)
