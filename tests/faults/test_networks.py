"""The network between any two fails, in each of its ways, while messages are on their way."""

import time

import pytest

from tests.faults.rig import FAULT_S, LINKS, Rig
from tests.faults.ways import Ways

pytestmark = pytest.mark.faults

WAYS = ("slow", "cut", "reset", "half_open")
# Each way once in the short form; each link in each way in the long one.
SHORT = {
    (("worker", "smartadvocate"), "slow"),
    (("worker", "postgres"), "cut"),
    (("worker", "rabbitmq"), "reset"),
    (("intake", "rabbitmq"), "half_open"),
}
CASES = [
    pytest.param(
        *link,
        way,
        id=f"{link[0]}-{link[1]} {way}",
        marks=() if (link, way) in SHORT else pytest.mark.long,
    )
    for link in LINKS
    for way in WAYS
]


def spoil(network: Ways, way: str) -> None:
    {
        "slow": lambda: network.slow(0.3),
        "cut": network.cut,
        "reset": network.reset,
        "half_open": network.half_open,
    }[way]()


@pytest.mark.parametrize(("role", "server", "way"), CASES)
def test_a_bad_network_loses_and_repeats_nothing(
    rig: Rig, role: str, server: str, way: str, pytestconfig: pytest.Config
) -> None:
    network = rig.networks[role, server]
    messages = 20 if pytestconfig.getoption("--long") else 10
    rig.send(messages)
    spoil(network, way)
    rig.send(messages)
    time.sleep(FAULT_S)  # how long the fault lasts; nothing is waited for
    network.heal()
    rig.send(messages // 2)
    rig.assert_exactly_once(90)
