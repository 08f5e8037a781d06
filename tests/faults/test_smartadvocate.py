"""A SmartAdvocate that is slow, resets, refuses, fails, says nothing, or loses its answers."""

from typing import Any

import pytest

from tests.faults.rig import Rig

pytestmark = pytest.mark.faults

FAULTS: dict[str, dict[str, Any]] = {
    "slow": {"name": "latency", "ms": 400},
    # Longer than a call may take, and not as long as an answer is waited for before a note is sent again.
    "too slow": {"name": "latency", "ms": 3000, "times": 2},
    "resetting": {"name": "reset", "probability": 0.4},
    "429": {"name": "too_many_requests", "retry_after": 1, "times": 3},
    "500": {"name": "server_error", "status": 500, "probability": 0.4},
    "502": {"name": "server_error", "status": 502, "probability": 0.4},
    "empty 200": {"name": "empty_200", "probability": 0.4},
    "answer lost after storing": {"name": "store_then_reset", "probability": 0.4},
    "answer never sent after storing": {"name": "store_then_hang", "ms": 8000, "times": 3},
    "answer late after storing": {"name": "slow_after_store", "ms": 4000, "times": 3},
    "log-in failing": {"name": "server_error", "status": 503, "purpose": "log-in", "times": 2},
    # Once: a fresh token that is refused at once means that the account is to be connected again.
    "tokens withdrawn": {"name": "expire_tokens", "times": 1},
}


SHORT = {"too slow", "429", "answer lost after storing", "answer late after storing", "tokens withdrawn"}


@pytest.mark.parametrize(
    "what", [pytest.param(what, marks=() if what in SHORT else pytest.mark.long) for what in FAULTS]
)
def test_a_failing_smartadvocate_gets_every_note_once_and_in_order(rig: Rig, what: str) -> None:
    fault = {"purpose": "insert-note", **FAULTS[what]}
    if fault["name"] == "expire_tokens":
        del fault["purpose"]
    if fault["purpose" if "purpose" in fault else "name"] == "log-in":
        rig.tell("POST", "tokens/expire?firm=firm1")
    rig.tell("PUT", "faults", fault)
    rig.send(24)

    def has_struck() -> bool:
        return any(row["hits"] >= min(2, fault.get("times", 2)) for row in rig.ask("faults")["faults"])

    rig.await_true(has_struck, 60, f"{what} having struck")
    rig.tell("DELETE", "faults")
    rig.assert_exactly_once()
