"""kill -9 in mid-flight: nothing lost, nothing twice, in order, as the sandbox's report shows."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from sandbox.upstream import UpstreamError
from tests.deployment import Deployment, expected_marks
from tests.servers import PostgresServer, Processes, RabbitServer
from tests.servers.processes import RunningProcess
from tests.servers.waiting import eventually

pytestmark = pytest.mark.faults

MESSAGES = 120
KILLS = 2
LATENCY_MS = 15  # so that work is under way when the kill comes


@pytest.fixture
def service(deployment: Deployment) -> Deployment:
    """A connected firm with its cases imported; no process of the service runs."""
    return prepared(deployment)


def prepared(deployment: Deployment) -> Deployment:
    deployment.sandbox("--cases", "60")
    started = deployment.up(intakes=0)
    deployment.connect()
    deployment.import_cases()
    for process in started.values():
        process.terminate()
    deployment.tell("PUT", "faults", {"name": "latency", "ms": LATENCY_MS})
    return deployment


def under_load(service: Deployment, bodies: Sequence[bytes]) -> threading.Thread:
    """Publish in the background, spread over some seconds."""
    thread = threading.Thread(target=service.publish, args=(bodies,), kwargs={"rate": 100})
    thread.start()
    return thread


def kill_again_and_again(
    service: Deployment, start: Callable[[], RunningProcess], bodies: Sequence[bytes]
) -> None:
    """Kill a process whenever some more notes have come, and start another in its place."""
    process = start()
    for kill in range(1, KILLS + 1):
        wanted = kill * len(bodies) // (KILLS + 2)
        eventually(partial(_has_notes, service, wanted), 60, f"{wanted} notes")
        process.kill()
        process = start()


def _has_notes(service: Deployment, wanted: int) -> bool:
    return service.notes_written() >= wanted


def assert_exactly_once(service: Deployment, bodies: Sequence[bytes]) -> None:
    service.await_notes(len(bodies), within_s=90)
    assert service.marks() == expected_marks(bodies)
    eventually(lambda: service.open_deliveries() == 0, 30, "all deliveries recorded as delivered")


def test_killed_workers_lose_and_repeat_nothing(service: Deployment) -> None:
    service.up(workers=1)
    bodies = service.messages(MESSAGES)
    publishing = under_load(service, bodies)
    kill_again_and_again(service, service.worker, bodies)
    publishing.join()
    assert_exactly_once(service, bodies)


@pytest.mark.long  # each step of an intake has a kill of its own
def test_killed_intakes_lose_and_repeat_nothing(service: Deployment) -> None:
    service.up(intakes=1)
    bodies = service.messages(MESSAGES)
    publishing = under_load(service, bodies)
    kill_again_and_again(service, service.intake, bodies)
    publishing.join()
    assert_exactly_once(service, bodies)


@pytest.mark.long  # each step of a scheduler has a kill of its own
def test_killed_schedulers_lose_and_repeat_nothing(service: Deployment) -> None:
    service.up(schedulers=0)
    bodies = service.messages(MESSAGES)
    publishing = under_load(service, bodies)
    kill_again_and_again(service, service.scheduler, bodies)
    publishing.join()
    assert_exactly_once(service, bodies)


def test_a_worker_killed_during_an_import_leaves_a_run_that_is_finished_by_another(
    deployment: Deployment,
) -> None:
    deployment.sandbox("--cases", "3000")
    started = deployment.up(intakes=0)
    deployment.connect()
    deployment.tell("PUT", "faults", {"name": "latency", "ms": 100, "purpose": "search-cases"})
    run_id = deployment.run("sync", "cases", "north")["run_id"]
    eventually(
        lambda: deployment.stored("select count(*) from cases") > 0,
        30,
        "the first pages being stored",
        poll_s=0.1,
    )
    started["worker-1"].kill()
    deployment.worker()
    expected = deployment.ask("expected")["firms"]["firm1"]
    eventually(lambda: deployment.state_of(run_id) == "finished", 120, "the run's end", poll_s=0.1)
    counts = deployment.run("runs", "show", str(run_id))["counts"]
    assert counts["created"] == expected["importable"]


def test_a_restart_of_rabbitmq_with_all_queues_deleted_loses_nothing(
    processes: Processes, migrated_database_url: str, rig_rabbit: RabbitServer, tmp_path: Path
) -> None:
    if not rig_rabbit.is_ours:
        pytest.skip("a server that others may use is not restarted")
    service = prepared(Deployment(processes, migrated_database_url, rig_rabbit.create_vhost(), tmp_path))
    intake = service.up()["intake-1"]
    bodies = service.messages(MESSAGES)
    service.publish(bodies[: MESSAGES // 2])
    eventually(lambda: service.notes_written() >= 30, 60, "the first notes")
    rig_rabbit.restart()
    service.await_notes(MESSAGES // 2, within_s=120)
    # RabbitMQ (seen with 3.10) ruins queues that are deleted while it still elects their leaders.
    intake.wait_for_line("intake_ready", 60, nth=2)
    rig_rabbit.delete_queues(service.amqp_url)

    def published() -> bool:
        service.publish(bodies[MESSAGES // 2 :])  # again as a whole: what came before is known already
        return True

    # Upstream is told that no queue takes its event until the intake has made them anew.
    eventually(published, 60, "the queues' return", ignoring=(UpstreamError,))
    assert_exactly_once(service, bodies)


def test_a_restart_of_postgres_under_load_loses_and_repeats_nothing(
    service: Deployment, postgres_server: PostgresServer
) -> None:
    if not postgres_server.is_ours:
        pytest.skip("a server that others may use is not restarted")
    service.up()
    bodies = service.messages(MESSAGES)
    publishing = under_load(service, bodies)
    eventually(lambda: service.notes_written() >= 30, 60, "the first notes")
    postgres_server.restart()
    publishing.join()
    assert_exactly_once(service, bodies)


def test_a_smartadvocate_that_loses_answers_and_fails_gets_every_note_once(service: Deployment) -> None:
    service.up(workers=2)
    service.tell(
        "PUT",
        "faults",
        [
            # Rare enough that hardly a message meets three: its next attempt would be minutes away.
            {"name": name, "probability": 0.2, "times": 6, "purpose": "insert-note"}
            for name in ("store_then_reset", "server_error", "empty_200", "reset")
        ],
    )
    bodies = service.messages(150)
    service.publish(bodies)
    assert_exactly_once(service, bodies)
