"""docs/api.md, typed: every command of it in order, in one shell, by curl against a server."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from adapters.web.server import WebServer
from core.actor import SYSTEM
from core.firm import ConnectionState
from tests.desk_calls import fill
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService
from tests.integration.v1_support import serving

PAGE: Final = Path(__file__).parents[2] / "docs" / "api.md"
# What is shown as an example of an id -> where the real one stands in what was printed before.
IDS: Final = {
    "STATE": r'(?i)^etag: ("[0-9a-f]{32}")',
    "RUN": r'"run_id":"(\d+)"',
    "DELIVERY": r'"delivery_id":"(\d+)"',
    "DAY": r'"items":\["(\d{4}-\d\d-\d\d)"',
    "ANNOUNCEMENT": r'"announcement_id":"(\d+)"',
}
NOT_JSON: Final = ("-i ", "results.csv", "cases.csv", "/changes/stream")


def shown() -> list[str]:
    """Return the lines of the page's blocks of commands, in order."""
    found = re.findall(r"^```\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in found for line in block.splitlines()]


@pytest.fixture
def server() -> Iterator[WebServer]:
    service = FakeService()
    fill(service, "north")
    service.add_firm(SYSTEM, a_firm("south", connection=ConnectionState.NOT_CONNECTED))
    service.jobs_published()
    with serving(service) as server:
        yield server


def test_every_command_of_the_page_works_in_order(server: WebServer) -> None:
    script, printed = ["set -e"], ""
    for example in shown():
        line = example.replace("http://127.0.0.1:8080", server.url).replace("let-me-in", "key-of-all")
        name = re.match(r"export (\w+)=", line)
        if name and name[1] in IDS:
            last = re.findall(IDS[name[1]], printed, re.MULTILINE)
            assert last, f"{line}: nothing printed before shows one"
            script.append(f"export {name[1]}='{last[-1]}'")
            continue
        if not line.startswith("curl"):
            script.append(line)
            continue
        done = subprocess.run(
            ["/bin/bash", "-c", "\n".join([*script, line])],
            env={"PATH": "/usr/bin:/bin", "NO_PROXY": "*"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        if not any(sign in line for sign in NOT_JSON):
            json.loads(done.stdout)
        printed += done.stdout + "\n"
    assert len(shown()) > 35
