"""A machine whose clock is one hour wrong: retries, pauses, claims and slots stay right."""

import psycopg
import pytest

from tests.faults.process import CLOCK_OFFSET_S
from tests.faults.rig import Rig
from tests.servers.waiting import eventually

pytestmark = pytest.mark.faults

HOUR_S = 3600
SOON_S = 60  # far more than any pause of the rig, far less than an hour


def seconds_off(rig: Rig, table: str, column: str) -> float | None:
    """How far the column's farthest instant is from the store's time, in seconds; None if there is none."""
    with psycopg.connect(rig.database_url) as connection:
        row = connection.execute(
            f"select max(abs(extract(epoch from {column} - clock_timestamp())))::float from {table} "
            f"where {column} is not null"
        ).fetchone()
    return row[0] if row else None


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_worker_and_a_scheduler_with_a_wrong_clock_retry_pause_and_claim_in_time(
    rig: Rig, hours: int
) -> None:
    wrong = {CLOCK_OFFSET_S: str(hours * HOUR_S)}
    for role in ("worker", "scheduler"):
        rig.stop_role(role)
        rig.start_role(role, wrong)
    rig.role("worker").wait_for_line("worker_ready")
    rig.tell(
        "PUT",
        "faults",
        [
            {"name": "server_error", "status": 500, "purpose": "insert-note", "firm": "firm1"},
            {"name": "too_many_requests", "purpose": "insert-note", "firm": "firm2", "retry_after": 3},
        ],
    )
    rig.send(12)
    off = eventually(lambda: seconds_off(rig, "deliveries", "run_at"), 30, "a retry being planned")
    assert off is not None
    assert off < SOON_S
    paused = eventually(lambda: seconds_off(rig, "firms", "paused_until"), 30, "a firm's pause")
    assert paused is not None
    assert paused < SOON_S
    rig.tell("DELETE", "faults")
    rig.assert_exactly_once()
    slots = seconds_off(rig, "slots", "due_at")
    with psycopg.connect(rig.database_url) as connection:
        row = connection.execute("select count(*) from slots where due_at > clock_timestamp()").fetchone()
    assert row == (0,), f"slots of the future: the farthest is {slots} s away"
    for role in ("worker", "scheduler"):
        rig.stop_role(role)
