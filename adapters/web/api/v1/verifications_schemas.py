"""Shapes of verifications."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import Field

from adapters.web.api.v1.schemas import Asked, Shape, Text
from core.probe import ProbeResult


class VerificationWanted(Asked):
    """The cases, each by its id, number or the address of its page."""

    cases: Annotated[list[Text], Field(max_length=10, examples=[["300417", "300418"]])]
    write: bool = Field(False, description="Write a test note and a test document to each.")


class Verification(Shape):
    """A verification; `result` has every check of every case."""

    verification_id: str
    firm_id: str
    at: datetime
    passed: bool
    result: dict[str, Any]

    @classmethod
    def of(cls, found: ProbeResult) -> Self:
        """Return the result's."""
        return cls(
            verification_id=str(found.number),
            firm_id=found.firm_id,
            at=found.at,
            passed=found.passed,
            result=dict(found.document),
        )


class Verifications(Shape):
    """Newest first."""

    items: list[Verification]
