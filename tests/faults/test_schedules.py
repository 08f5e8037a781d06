"""Random schedules of faults from a printed seed: `make faults ARGS="--schedules 200 --seed N"`."""

from collections import Counter

import pytest

from tests.faults.rig import FAULT_S, Rig
from tests.faults.schedule import Schedule
from tests.servers import PostgresServer, RabbitServer

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

FROZEN_S = 40.0
KINDS = {
    "network",
    "frozen",
    "stand_still",
    "held_transaction",
    "lose_a_node",
    "kill",
    "kill_at_a_step",
    "smartadvocate",
    "wrong_clock",
    "end_backends",
    "close_broker_connections",
    "delete_queues",
    "restart_postgres",
    "restart_rabbitmq",
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "number" not in metafunc.fixturenames:
        return
    one = metafunc.config.getoption("--schedule")
    numbers = range(metafunc.config.getoption("--schedules")) if one is None else [one]
    metafunc.parametrize("number", numbers)


def test_a_random_schedule_of_faults_loses_and_repeats_nothing(
    rig: Rig,
    number: int,
    pytestconfig: pytest.Config,
    postgres_server: PostgresServer,
    rig_rabbit: RabbitServer,
) -> None:
    seed = pytestconfig.getoption("--seed")
    frozen_s = FROZEN_S if pytestconfig.getoption("--long") else FAULT_S
    schedule = Schedule(seed, number, rig, postgres_server, rig_rabbit, frozen_s=frozen_s)
    told = f"seed {seed}, schedule {number}: {schedule}"
    print(told)
    try:
        schedule.run()
    except AssertionError as error:
        again = f'make faults ARGS="-k schedule --seed {seed} --schedule {number}"'
        raise AssertionError(f"{told}\nagain: {again}\n{error}") from error


def test_two_hundred_schedules_hold_every_kind_of_fault_many_times(
    rig: Rig, postgres_server: PostgresServer, rig_rabbit: RabbitServer
) -> None:
    made = [Schedule(7, number, rig, postgres_server, rig_rabbit) for number in range(200)]
    counted = Counter(fault.kind for schedule in made for fault in schedule.faults)
    assert set(counted) == KINDS
    assert min(counted.values()) >= 3
