"""Shapes of connections."""

from datetime import datetime
from typing import Self

from pydantic import Field

from adapters.web.api.v1.schemas import Asked, Shape
from core.firm import ConnectionState
from core.permission import Grant
from core.queries.show_connection import Standing


class Connection(Shape):
    """Where a connection stands; `why` and `since` are of a lost one."""

    firm_id: str
    state: ConnectionState
    base_url: str | None
    account: str | None = Field(description="Whose rights it has, as SmartAdvocate tells it.")
    why: str | None
    since: datetime | None
    waiting: dict[str, int] = Field(description="What is on its way or held, by kind.")

    @classmethod
    def of(cls, found: Standing) -> Self:
        """Return the standing's."""
        return cls(
            firm_id=found.firm_id,
            state=found.state,
            base_url=found.address,
            account=found.account,
            why=found.why,
            since=found.since,
            waiting=dict(found.waiting),
        )


class LinkWanted(Asked):
    """The address of the firm's SmartAdvocate, where it is not known yet or is to be another."""

    base_url: str | None = Field(
        None, min_length=1, max_length=500, pattern=r"^[^\x00]*$", examples=["https://sa.example.com"]
    )


class ConnectLink(Shape):
    """A link to the firm's connection page."""

    link: str


class Disconnected(Shape):
    """`revoked` is false where SmartAdvocate offers no revocation: the firm removes the access there."""

    revoked: bool


class Permission(Shape):
    """A right, whether the account has it, and what to ask the administrator for."""

    right: str
    grant: Grant
    detail: str
    ask_for: str


class Permissions(Shape):
    """All rights that are needed."""

    items: list[Permission]
