"""Processes that are stopped before they could begin."""

import pytest

from tests.servers import Processes
from tests.servers.ports import free_port

KEY = "k1:a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s="


@pytest.mark.parametrize("command", ["intake", "schedule", "work", "web"])
def test_a_process_that_waits_for_its_database_ends_in_order_when_asked(
    processes: Processes, command: str
) -> None:
    nowhere = free_port()
    environ = {
        "CASEBRIDGE_DATABASE_URL": f"postgresql://nobody:nothing@127.0.0.1:{nowhere}/none",
        "CASEBRIDGE_AMQP_URL": f"amqp://nobody:nothing@127.0.0.1:{nowhere}/%2F",
        "CASEBRIDGE_SECRET_KEYS": KEY,
        "CASEBRIDGE_LOG_FORMAT": "json",
    }
    process = processes.start("bootstrap", command, env=environ)
    process.wait_for_line('"event": "waiting"')
    assert process.terminate(10) == 0, process.output
