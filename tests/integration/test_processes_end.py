"""Every process that has nothing to do ends at once when it is asked to, on each Python that can be had here.

`make test PYTHON=python3.13` makes an environment beside the usual one, and from then on all runs try it too.
"""

import sys
from pathlib import Path

import pytest

from tests.deployment import Deployment
from tests.servers.processes import ROOT

ENDS_WITHIN_S = 2.0
READY = {"intake": "intake_ready", "schedule": "scheduler_ready", "work": "worker_ready", "web": "web_ready"}


def pythons() -> list[Path]:
    """The Python of this run, and those of environments that were made for others."""
    found = {Path(sys.executable)}
    return sorted(
        found | {path for path in ROOT.glob(".venv*/bin/python") if (path.parents[1] / ".ready").exists()}
    )


@pytest.fixture(params=pythons(), ids=lambda path: path.parents[1].name)
def python(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.mark.parametrize("command", READY)
def test_an_idle_process_ends_at_once_when_asked(deployment: Deployment, python: str, command: str) -> None:
    arguments = [command, "--port", "0"] if command == "web" else [command]
    process = deployment.start(*arguments, python=python)
    process.wait_for_line(READY[command])
    assert process.terminate(ENDS_WITHIN_S) == 0, process.output


@pytest.mark.parametrize(
    "command", [["firms", "list"], ["issues", "list"], ["doctor"], ["firms", "show", "nobody"]]
)
def test_a_command_ends_with_its_last_word(deployment: Deployment, python: str, command: list[str]) -> None:
    process = deployment.start(*command, python=python)
    assert process.wait(20) in {0, 1}
