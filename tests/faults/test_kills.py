"""kill -9 in mid-flight: nothing lost, nothing twice, in order, as the sandbox's report shows."""

import threading
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from tests.deployment import Deployment, expected_marks
from tests.faults.rig import ROLES, Rig
from tests.servers import PostgresServer, RabbitServer
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


@pytest.mark.long  # each step of a worker has a kill of its own
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


def survives(rig: Rig, fault: Callable[[], None]) -> None:
    """Every process of the rig is there when the fault is over: none had to be started anew."""
    before = {role: rig.role(role).pid for role in ROLES}
    rig.ended.clear()
    fault()
    assert {role: rig.role(role).pid for role in ROLES} == before, "\n".join(rig.ended)


def test_a_restart_of_rabbitmq_with_all_queues_deleted_loses_nothing(
    rig: Rig, rig_rabbit: RabbitServer
) -> None:
    if not rig_rabbit.is_ours:
        pytest.skip("a server that others may use is not restarted")
    if rig.cluster is not None:
        pytest.skip("the nodes of a cluster have tests of their own, and queues elsewhere")

    def fault() -> None:
        rig.begin_batch()
        intake = rig.role("intake")
        been_ready = intake.output.count("intake_ready")
        rig.send(MESSAGES // 4)
        rig_rabbit.restart()
        rig.send(MESSAGES // 4)
        # RabbitMQ (seen with 3.10) ruins queues that are deleted while it still elects their leaders.
        intake.wait_for_line("intake_ready", 60, nth=been_ready + 1)
        rig.assert_exactly_once(120)
        rig.begin_batch()
        rig_rabbit.delete_queues(rig.amqp_url)
        rig.send(MESSAGES // 2)  # upstream is told that nobody takes it until the intake has made them anew
        rig.assert_exactly_once(90)

    survives(rig, fault)


def test_a_restart_of_postgres_under_load_loses_and_repeats_nothing(
    rig: Rig, postgres_server: PostgresServer
) -> None:
    if not postgres_server.is_ours:
        pytest.skip("a server that others may use is not restarted")

    def fault() -> None:
        # One after the other is sent: a note takes longer than to send a message of another case.
        rig.tell("PUT", "faults", {"name": "latency", "ms": 10 * LATENCY_MS})
        rig.send(MESSAGES // 2)
        assert rig.open_deliveries() > 0, "work is under way"
        postgres_server.restart()
        rig.send(MESSAGES // 2)
        rig.assert_exactly_once(90)

    survives(rig, fault)


@pytest.mark.long  # each of them has a test of its own
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
