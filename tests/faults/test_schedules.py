"""Random schedules of faults from a printed seed: `make faults ARGS="--schedules 200 --seed N"`."""

import pytest

from tests.faults.rig import Rig
from tests.faults.schedule import Schedule
from tests.servers import PostgresServer, RabbitServer

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
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
    schedule = Schedule(seed, number, rig, postgres_server, rig_rabbit)
    told = f"seed {seed}, schedule {number}: {schedule}"
    print(told)
    try:
        schedule.run()
    except AssertionError as error:
        again = f'make faults ARGS="-k schedule --seed {seed} --schedule {number}"'
        raise AssertionError(f"{told}\nagain: {again}\n{error}") from error
