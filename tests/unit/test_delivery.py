"""What becomes of a delivery whose attempt failed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from core.delivery import SETTLE_AFTER_LOST_ANSWER, Delivery, DeliveryState, after_error
from core.errors import (
    AnswerLostError,
    CasebridgeError,
    CaseNotFoundError,
    ConnectionRejectedError,
    NeedsPersonError,
    PermissionMissingError,
    RateLimitedError,
    RejectedBySmartAdvocateError,
    TransientError,
    UnreadableAnswerError,
)
from core.event import EventKind
from core.retry import GIVE_UP_AFTER, RETRY_DELAYS
from tests.fakes.samples import NOON, a_message

FIRST = Delivery(
    1, "north", EventKind.MESSAGE_SENT, "300417", "m-1", NOON, a_message().content, first_attempt_at=NOON
)
DOUBTFUL = replace(FIRST, doubtful=True, doubtful_since=NOON - timedelta(minutes=3), attempts=1)


@pytest.mark.parametrize("error", [TransientError("x"), UnreadableAnswerError("x"), RateLimitedError("x")])
def test_a_transient_error_is_tried_again_after_the_pause_of_its_attempt(error: CasebridgeError) -> None:
    for attempts, pause in enumerate(RETRY_DELAYS):
        attempt = after_error(replace(FIRST, attempts=attempts), error, NOON)
        assert (attempt.state, attempt.run_at) == (DeliveryState.RETRYING, NOON + pause)
        assert (attempt.reason, attempt.detail, attempt.doubtful_since) == (error.reason, "x", None)


def test_retry_after_is_obeyed() -> None:
    error = RateLimitedError("x", retry_after=timedelta(minutes=7))
    assert after_error(FIRST, error, NOON).run_at == NOON + timedelta(minutes=7)


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRejectedError("x"),
        PermissionMissingError("x"),
        CaseNotFoundError("x"),
        NeedsPersonError("x"),
    ],
)
@pytest.mark.parametrize("delivery", [FIRST, DOUBTFUL])
def test_what_needs_a_person_is_held_with_its_reason(error: CasebridgeError, delivery: Delivery) -> None:
    attempt = after_error(delivery, error, NOON)
    assert (attempt.state, attempt.reason, attempt.run_at) == (DeliveryState.HELD, error.reason, None)


def test_what_cannot_work_has_failed() -> None:
    attempt = after_error(FIRST, RejectedBySmartAdvocateError("refused"), NOON)
    assert (attempt.state, attempt.reason) == (DeliveryState.FAILED, "rejected_by_smartadvocate")


def test_after_the_last_retry_it_has_failed_and_says_how_often_and_why() -> None:
    attempt = after_error(replace(FIRST, attempts=len(RETRY_DELAYS)), TransientError("still busy"), NOON)
    assert (attempt.state, attempt.reason) == (DeliveryState.FAILED, "retries_spent")
    assert attempt.detail == f"given up after {len(RETRY_DELAYS) + 1} attempts; last: still busy"


def test_after_a_day_it_has_failed() -> None:
    assert after_error(FIRST, TransientError("x"), NOON + GIVE_UP_AFTER).state is DeliveryState.FAILED


@pytest.mark.parametrize("delivery", [FIRST, DOUBTFUL])
def test_a_lost_answer_is_unknown_since_now_and_given_time_to_settle(delivery: Delivery) -> None:
    attempt = after_error(replace(delivery, attempts=0), AnswerLostError("x"), NOON)
    assert (attempt.state, attempt.doubtful_since) == (DeliveryState.UNKNOWN, NOON)
    assert attempt.run_at == NOON + SETTLE_AFTER_LOST_ANSWER
    later = after_error(replace(delivery, attempts=3), AnswerLostError("x"), NOON)
    assert later.run_at == NOON + RETRY_DELAYS[3]


def test_a_doubtful_delivery_stays_in_doubt_since_it_was_until_it_is_looked_up() -> None:
    """Its notes could not be read: nothing was written meanwhile, and nothing is known."""
    attempt = after_error(DOUBTFUL, TransientError("x"), NOON)
    assert (attempt.state, attempt.doubtful_since) == (DeliveryState.UNKNOWN, DOUBTFUL.doubtful_since)
    assert attempt.run_at == NOON + RETRY_DELAYS[1]


def test_a_delivery_does_not_show_its_content() -> None:
    assert "secret" not in repr(replace(FIRST, content=a_message(text="secret").content))
