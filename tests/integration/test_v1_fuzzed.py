"""The API against requests that are made from its own document, good ones and bad ones, over a socket.

None may be answered in a way that the document does not have: another status, type, header or shape; nor
may a bad one be taken, or a good one meet an error of ours.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from core.actor import SYSTEM
from core.firm import ConnectionState
from tests.desk_calls import fill
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService
from tests.integration.v1_support import serving

FUZZ: Final = Path(__file__).with_name("v1_fuzz.toml")
# Ends when the server does: tests/integration/test_v1.py follows it.
ENDLESS: Final = "stream_changes"


def a_service() -> FakeService:
    service = FakeService()
    fill(service, "north")
    service.add_firm(SYSTEM, a_firm("south", connection=ConnectionState.NOT_CONNECTED))
    service.jobs_published()
    return service


def fuzz(url: str, folder: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    tool = Path(sys.executable).with_name("schemathesis")
    command = [str(tool), "--config-file", str(FUZZ), "run", f"{url}/openapi.json", "--no-color"]
    asked = ["--header", "Authorization: Bearer key-of-all", "--checks", "all", "--generation-deterministic"]
    return subprocess.run(
        [*command, *asked, "--exclude-operation-id", ENDLESS, *options],
        cwd=folder,
        env={**os.environ, "NO_PROXY": "*"},
        capture_output=True,
        text=True,
        timeout=1_700,
        check=False,
    )


def passes(tmp_path: Path, *options: str) -> None:
    with serving(a_service()) as server:
        done = fuzz(server.url, tmp_path, *options)
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-2_000:]
    assert "Tested: " in done.stdout
    tested = int(done.stdout.split("Tested: ")[1].split()[0])
    assert tested > 55


def test_each_operation_answers_as_its_document_says(tmp_path: Path) -> None:
    passes(tmp_path, "--phases", "examples,fuzzing", "--max-examples", "1")


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_each_operation_answers_so_whatever_is_asked(tmp_path: Path) -> None:
    passes(tmp_path, "--phases", "examples,coverage,fuzzing", "--max-examples", "40")
