"""What the command line says of deliveries where only reasons and facts are stored."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.cli.delivery_words import said_of_delivery, said_of_entry, why
from core.delivery import DeliveryState
from core.delivery_selection import DeliverySummary, TimelineEntry
from core.event import EventKind
from core.reason import Reason

NOW = datetime(2026, 3, 2, tzinfo=UTC)
FAILED = DeliverySummary(
    delivery_id=7,
    firm_id="north",
    kind=EventKind.MESSAGE_SENT,
    case_integration_id="300417",
    subject_id="m-1",
    state=DeliveryState.FAILED,
    reason=Reason.REJECTED_BY_SMARTADVOCATE,
    detail="too long",
    attempts=1,
    occurred_at=NOW,
    created_at=NOW,
    run_at=None,
    delivered_at=None,
    stored_id=None,
    adopted=False,
    late=False,
)


@pytest.mark.parametrize("reason", [Reason.PROCESS_GONE, Reason.LEASE_RAN_OUT])
def test_a_claim_that_was_lost_is_explained(reason: Reason) -> None:
    said = said_of_entry(TimelineEntry(NOW, DeliveryState.UNKNOWN, reason=reason))
    assert "did not come back" in said["detail"]


def test_a_late_one_says_so_and_others_say_what_the_server_said() -> None:
    late = said_of_entry(TimelineEntry(NOW, DeliveryState.DELIVERED, late=True))
    assert late["detail"] == "a newer one of its case had gone out before"
    assert "late" not in late
    failed = TimelineEntry(NOW, DeliveryState.FAILED, reason=Reason.LEASE_RAN_OUT, detail="too long")
    assert said_of_entry(failed)["detail"] == "too long"


def test_one_that_has_lost_its_text_says_after_how_long_and_what_it_had_failed_with() -> None:
    assert why(FAILED) == "too long"
    purged = replace(FAILED, reason=Reason.TEXT_PURGED, purged_at=NOW + timedelta(days=180, hours=3))
    assert said_of_delivery(purged)["detail"] == (
        "its text was removed after 180 days, so it cannot be replayed. It had failed: too long"
    )
