"""What the command line says of a delivery: reasons and facts are stored, sentences are not."""

from dataclasses import asdict
from typing import Any, Final

from adapters.cli.counted import counted
from adapters.cli.words import next_step
from core.delivery import DeliveryState
from core.delivery_selection import DeliverySummary, TimelineEntry
from core.reason import Reason

LATE: Final = "a newer one of its case had gone out before"
_NOT_BACK: Final = "a worker claimed it and did not come back"
_BY_REASON: Final[dict[str | None, str]] = {Reason.LEASE_RAN_OUT: _NOT_BACK, Reason.PROCESS_GONE: _NOT_BACK}


def said_of_entry(entry: TimelineEntry) -> dict[str, Any]:
    """Return the entry's fields, with a detail where its reason or its being late has one."""
    fields = asdict(entry)
    is_late = fields.pop("late")
    by_reason = _BY_REASON.get(entry.reason)
    return {**fields, "detail": LATE if is_late else entry.detail or by_reason}


def said_of_delivery(delivery: DeliverySummary) -> dict[str, Any]:
    """Return the delivery's fields; the detail of one that has lost its text says so."""
    fields = asdict(delivery)
    del fields["purged_at"]
    return {**fields, "detail": why(delivery), "next_step": step_for(delivery)}


def why(delivery: DeliverySummary) -> str | None:
    """Return why it is where it is."""
    if delivery.reason != Reason.TEXT_PURGED:
        return delivery.detail
    return (
        f"its text was removed after {counted(delivery.kept_days or 0, 'day')}, so it cannot be replayed. "
        f"It had failed: {delivery.detail}"
    )


def step_for(delivery: DeliverySummary) -> str | None:
    """Return what a person can do, for one that waits or has failed for a reason."""
    if delivery.reason is None or delivery.state is DeliveryState.DELIVERED:
        return None
    return next_step(
        delivery.reason,
        firm_id=delivery.firm_id,
        case_id=delivery.case_integration_id,
        number=delivery.delivery_id,
    )
