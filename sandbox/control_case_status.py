"""Control routes by which Case Status hears announcements, and says what it heard."""

from __future__ import annotations

from sandbox.answer import Answer, Refusal, found
from sandbox.control_request import ControlRequest


def hear(request: ControlRequest) -> Answer:
    """`POST announcements`: a list of CloudEvents."""
    events = request.json()
    if not isinstance(events, list) or not all(_is_event(event) for event in events):
        raise Refusal(400, "the body must be a list of CloudEvents with id, type and data")
    request.world.case_status.hear(events)
    return found({"heard": len(events)})


def tell(request: ControlRequest) -> Answer:
    """`GET announcements?imported=1`: what was heard."""
    return found(request.world.case_status.as_json(named=request.query.get("imported") == "1"))


def _is_event(event: object) -> bool:
    return (
        isinstance(event, dict)
        and isinstance(event.get("id"), str)
        and isinstance(event.get("type"), str)
        and isinstance(event.get("data"), dict)
    )
