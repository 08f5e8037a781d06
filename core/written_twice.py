"""What a worker wrote after its claim was lost, beside what its successor wrote."""

from dataclasses import dataclass

from core.event import EventKind


@dataclass(frozen=True, slots=True)
class WrittenTwice:
    """A message or document that is in SmartAdvocate twice.

    `kept_id` is SmartAdvocate's id of what casebridge knows as the delivery's, `stray_id` of the other.
    """

    delivery_id: int
    firm_id: str
    kind: EventKind
    case_integration_id: str
    kept_id: str
    stray_id: str
