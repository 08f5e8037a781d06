"""docs/deliveries.md explains every reason that a delivery can have."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core import errors
from core.delivery import PROBED_REASONS, WAITS_FOR_IMPORT, DeliveryState
from core.reason import Reason

GUIDE = (Path(__file__).parents[2] / "docs/deliveries.md").read_text(encoding="utf-8")
# What an attempt to deliver can raise; the others are met when an event comes in or a person acts.
OF_DELIVERIES = (
    errors.TransientError,
    errors.RateLimitedError,
    errors.NeedsPersonError,
    errors.ConnectionRejectedError,
    errors.PermissionMissingError,
    errors.CaseNotFoundError,
    errors.RejectedBySmartAdvocateError,
    errors.AnswerLostError,
    errors.UnreadableAnswerError,
    errors.ContentExpiredError,
    errors.ContentRefusedError,
    errors.ContentMismatchError,
    errors.DocumentTooLargeError,
)
BY_THE_ENGINE = (
    Reason.RETRIES_SPENT,
    Reason.PROCESS_GONE,
    Reason.LEASE_RAN_OUT,
    Reason.UNEXPECTED_ERROR,
    Reason.ANSWER_LOST,
    Reason.LIMIT_REACHED,
    Reason.STOPPING,
)


def reasons() -> Iterator[str]:
    yield from (Reason.FIRM_UNKNOWN, *WAITS_FOR_IMPORT)
    yield from PROBED_REASONS
    yield from BY_THE_ENGINE
    for error in OF_DELIVERIES:
        yield error.reason


@pytest.mark.parametrize("reason", sorted(set(reasons())))
def test_the_guide_says_what_a_reason_means_and_what_to_do(reason: str) -> None:
    assert f"`{reason}`" in GUIDE


@pytest.mark.parametrize("state", DeliveryState)
def test_the_guide_draws_every_state(state: DeliveryState) -> None:
    assert state in GUIDE.partition("## Reasons")[0]
