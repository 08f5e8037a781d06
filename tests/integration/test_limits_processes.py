"""A firm's limits hold across processes: several workers on one SmartAdvocate, which counts for itself."""

import re
import threading
import time
from typing import Any

import pytest

from core.firm import Firm
from tests.deployment import Deployment
from tests.servers.waiting import eventually

RATE = 20  # requests a second: enough to be met, few enough for a busy machine to reach
CASES = 150
MESSAGES = 120
DEFAULT_RATE = Firm("", "").requests_per_second or 0.0
MORE_MESSAGES = 25
PAUSE_S = 120
FAST, CONCURRENCY = 50, 4
MESSAGES_ENOUGH = 600  # that the 429 comes while several workers send


@pytest.fixture(scope="module")
def three(shared_deployment: Deployment) -> Deployment:
    """Three workers of four threads each, and firms for two tests."""
    shared_deployment.sandbox("--cases", str(CASES), "--firms", "3")
    shared_deployment.up(intakes=1, schedulers=1, workers=3)
    return shared_deployment


def limited(deployment: Deployment, firm: str, user: str, **settings: object) -> None:
    """Connect a firm with these settings."""
    deployment.connect(firm, user)
    deployment.run("firms", "set", firm, *(f"{name}={value}" for name, value in settings.items()))


def load(deployment: Deployment, firm: str) -> dict[str, Any]:
    found: dict[str, Any] = deployment.ask("report?notes=0")["load"][firm]
    return found


def test_rate_and_concurrency_of_a_firm_hold_over_all_workers_together(three: Deployment) -> None:
    limited(three, "west", "firm3", requests_per_second=RATE, concurrency=2, page_size=5)
    three.import_cases("west", within_s=120)
    # So that requests overlap as much as they are let.
    three.tell("PUT", "faults", {"name": "latency", "ms": 60, "firm": "firm3"})
    notes, before = three.notes_written(), load(three, "firm3")["requests"]
    begun = time.monotonic()
    three.publish(three.messages(MESSAGES, firm="west", user="firm3"))
    run_id = three.run("sync", "cases", "west")["run_id"]
    three.await_notes(notes + MESSAGES, within_s=120)
    seconds = time.monotonic() - begun
    found = load(three, "firm3")
    assert found["max_per_second"] <= RATE + 1
    assert found["requests"] - before <= RATE * seconds + 1
    assert found["max_concurrent"] == 2
    three.await_true(lambda: three.state_of(run_id) == "finished", 120, "the end of the run at the old limit")
    hold_at_the_default_rate(three)


def hold_at_the_default_rate(deployment: Deployment) -> None:
    """The limit that a firm has if nobody sets one; changed while the workers run."""
    deployment.run("firms", "set", "west", f"requests_per_second={DEFAULT_RATE:g}")
    notes, before = deployment.notes_written(), load(deployment, "firm3")["requests"]
    begun = time.monotonic()
    deployment.publish(deployment.messages(MORE_MESSAGES, firm="west", user="firm3", seed=2))
    deployment.await_notes(notes + MORE_MESSAGES)
    asked = load(deployment, "firm3")["requests"] - before
    assert MORE_MESSAGES <= asked <= DEFAULT_RATE * (time.monotonic() - begun) + 1


def test_live_workers_take_turns_at_the_slices_of_one_run_and_a_429_only_delays_it(
    deployment: Deployment,
) -> None:
    deployment.sandbox("--cases", "400")
    slices = {"CASEBRIDGE_SLICE_S": "0.2"}
    workers = [deployment.start("work", "--threads", "2", **slices) for _ in range(2)]
    deployment.scheduler()
    for worker in workers:
        worker.wait_for_line("worker_ready")
    deployment.connect("north", "firm1")
    deployment.run("firms", "set", "north", "page_size=10")
    search = {"purpose": "search-cases"}
    slow, busy = {"name": "latency", "ms": 50}, {"name": "too_many_requests", "retry_after": 1, "times": 1}
    deployment.tell("PUT", "faults", [{**slow, **search}, {**busy, **search}])
    counts = deployment.import_cases("north")
    assert counts["created"] == deployment.ask("expected")["firms"]["firm1"]["importable"]
    assert counts["created"] + counts["skipped"] == 400
    assert refused(deployment) == 1
    done = [len(re.findall(r'"job_finished"[^}]*"sync-cases"', worker.output)) for worker in workers]
    assert min(done) >= 2, done


def test_a_retry_after_silences_the_whole_firm_at_once_and_nobody_else(three: Deployment) -> None:
    limited(three, "north", "firm1", requests_per_second=FAST, concurrency=CONCURRENCY, page_size=2)
    three.connect("south", "firm2")
    three.import_cases("north", within_s=120)
    notes = three.notes_written()
    three.publish(three.messages(MESSAGES_ENOUGH))
    eventually(lambda: three.notes_written() > notes + 20, 60, "the first notes")
    asked = {"name": "too_many_requests", "retry_after": PAUSE_S, "times": 1, "firm": "firm1"}
    three.tell("PUT", "faults", asked)
    eventually(lambda: refused(three) == 1, 60, "the 429", poll_s=0.05)
    met_at = time.monotonic()
    eventually(lambda: is_paused(three, "north"), 60, "the pause is known to all", poll_s=0.02)
    held_from = load(three, "firm1")["requests"]
    quiet_from = eventually(lambda: quiet(three, "firm1"), 60, "nothing is sent for a second")
    # What each process may still use are the slots of one second, and what was under way.
    assert quiet_from - held_from <= FAST * 1 + CONCURRENCY
    three.import_cases("south", within_s=60)
    now_at = load(three, "firm1")["requests"]
    assert time.monotonic() - met_at < PAUSE_S - 5, "too slow a machine to tell"
    assert now_at == quiet_from
    assert three.notes_written() < notes + MESSAGES_ENOUGH


def refused(deployment: Deployment) -> int:
    by_status: dict[str, int] = deployment.ask("report?notes=0")["requests_by_status"]
    return by_status.get("429", 0)


def is_paused(deployment: Deployment, firm_id: str) -> bool:
    return bool(deployment.stored("select paused_until is not null from firms where firm_id = %s", firm_id))


def quiet(deployment: Deployment, firm: str) -> int | None:
    """Return how many requests the firm's sandbox has had, if no further one comes for a second."""
    before: int = load(deployment, firm)["requests"]
    threading.Event().wait(1)
    return before if load(deployment, firm)["requests"] == before else None
