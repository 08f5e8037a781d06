"""A pause as an operator meets it: real processes, what the commands show, and the way out."""

from datetime import UTC, datetime
from typing import Any

from tests.deployment import Deployment
from tests.servers.waiting import eventually

RARELY = {"CASEBRIDGE_RECOVER_EVERY_S": "600", "CASEBRIDGE_MESSAGES_EVERY_S": "3600"}
LONG_S = 1234  # longer than is granted


def test_a_pause_ends_by_itself_or_is_lifted_and_people_see_it(deployment: Deployment) -> None:
    deployment.sandbox("--cases", "20")
    deployment.intake()
    deployment.worker()
    # Nobody looks for what waits but at the moment a pause ends.
    deployment.start("schedule", **RARELY).wait_for_line("scheduler_ready")
    deployment.connect()
    deployment.import_cases()
    busy = {"name": "too_many_requests", "purpose": "insert-note", "times": 1}

    deployment.tell("PUT", "faults", {**busy, "retry_after": 2})
    deployment.publish(deployment.messages(3))
    eventually(lambda: deployment.notes_written() == 3, 60, "the notes after a short pause")

    deployment.tell("PUT", "faults", {**busy, "retry_after": LONG_S})
    deployment.publish(deployment.messages(2, seed=2))
    eventually(lambda: deployment.run("firms", "show", "north")["paused_until"], 30, "the long pause")
    assert (
        "a pause of 20 min 34 s when asked to insert a note"
        in deployment.run("firms", "show", "north")["pause"]
    )
    waiting = eventually(lambda: not_out(deployment), 30, "what waits")
    for delivery in waiting:
        assert delivery["reason"] == "rate_limited"
        assert datetime.fromisoformat(delivery["run_at"]) > datetime.now(UTC)
    shown = deployment.run("deliveries", "show", str(waiting[0]["delivery_id"]))
    assert "it ends at" in shown["detail"]
    assert "casebridge firms resume north" in shown["next_step"]
    run_id = deployment.run("sync", "cases", "north")["run_id"]
    run = deployment.run("runs", "show", str(run_id))
    assert (run["state"], run["reason"]) == ("waiting", "rate_limited")
    [issue] = [i for i in deployment.run("issues", "list") if i["kind"] == "pause_shortened"]
    assert "20 min 34 s" in issue["message"]

    assert deployment.run("firms", "resume", "north")["resumed"] is True
    eventually(lambda: deployment.notes_written() == 5, 60, "the notes after the pause was lifted")
    eventually(lambda: deployment.state_of(run_id) == "finished", 60, "the end of the run")
    assert [i for i in deployment.run("issues", "list") if i["kind"] == "pause_shortened"] == []
    assert "firm-resumed" in [entry["action"] for entry in deployment.run("audit", "list")]
    assert deployment.run("firms", "resume", "north")["resumed"] is False


def not_out(deployment: Deployment) -> list[dict[str, Any]]:
    """Return deliveries that wait and that no worker has in hand."""
    rows = [row for row in deployment.run("deliveries", "list") if row["state"] != "delivered"]
    return rows if len(rows) == 2 and all(row["state"] != "sending" for row in rows) else []
