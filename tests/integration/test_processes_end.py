"""Every process that has nothing to do ends at once when it is asked to, on each Python that can be had here.

`make test PYTHON=python3.13` makes an environment beside the usual one, and from then on all runs try it too.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.deployment import Deployment
from tests.servers.processes import ROOT

ENDS_WITHIN_S = 2.0
READY = {
    "intake": "intake_ready",
    "schedule": "scheduler_ready",
    "work": "worker_ready",
    "web": "web_ready",
    "run": "casebridge is up at",
}


def pythons() -> list[Path]:
    """The Python of this run, and those of environments that were made for others."""
    found = {Path(sys.executable)}
    return sorted(
        found | {path for path in ROOT.glob(".venv*/bin/python") if (path.parents[1] / ".ready").exists()}
    )


def soon() -> float:
    """Two seconds, and more where this machine has others to serve: an interpreter takes 30 ms to end."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-S", "-c", ""], check=True)
    return ENDS_WITHIN_S + 30 * (time.monotonic() - began)


@pytest.fixture(params=pythons(), ids=lambda path: path.parents[1].name)
def python(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("command", READY)
def test_an_idle_process_ends_at_once_when_asked(deployment: Deployment, python: str, command: str) -> None:
    arguments = [command, "--port", "0"] if command in {"web", "run"} else [command]
    process = deployment.start(*arguments, python=python)
    process.wait_for_line(READY[command])
    assert process.terminate(soon()) == 0, process.output
    assert "couldn't stop thread" not in process.output


@pytest.mark.parametrize("command", READY)
def test_a_terminal_that_closes_ends_a_process_in_order(deployment: Deployment, command: str) -> None:
    """It would leave what it holds to run out, and `run` its database behind."""
    arguments = [command, "--port", "0"] if command in {"web", "run"} else [command]
    process = deployment.start(*arguments)
    process.wait_for_line(READY[command])
    os.kill(process.pid, signal.SIGHUP)
    assert process.wait(soon()) == 0, process.output


@pytest.mark.parametrize(
    "command", [["firms", "list"], ["issues", "list"], ["doctor"], ["firms", "show", "nobody"]]
)
def test_a_command_ends_with_its_last_word(deployment: Deployment, python: str, command: list[str]) -> None:
    process = deployment.start(*command, python=python)
    process.wait_for_line(r"\S")
    assert process.wait(soon()) in {0, 1, 2}
    assert "couldn't stop thread" not in process.output


def test_a_process_whose_database_has_gone_silent_ends_soon(deployment: Deployment, python: str) -> None:
    """Its pool cannot connect; what waits for that is left behind, not waited for."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        nowhere = f"postgresql://nobody@127.0.0.1:{silent.getsockname()[1]}/none"
        process = deployment.start("firms", "list", python=python, CASEBRIDGE_DATABASE_URL=nowhere)
        assert process.wait(30) == 1
        assert "Traceback" not in process.output
