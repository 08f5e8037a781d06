"""The container's health check, on real processes."""

import importlib.util
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import ModuleType

import pytest

from tests.servers.ports import free_port

SCRIPT = Path(__file__).parents[2] / "docker" / "alive.py"
pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="reads /proc, as containers have it"
)


@pytest.fixture(scope="module")
def alive() -> ModuleType:
    spec = importlib.util.spec_from_file_location("alive", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def looping() -> Iterator[int]:
    """A process whose main thread wakes often."""
    code = "import time\nprint('up', flush=True)\nwhile True: time.sleep(0.05)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.kill()


@pytest.fixture
def deadlocked() -> Iterator[int]:
    """A process with a busy thread beside a main thread that waits for ever."""
    code = (
        "import threading, time\n"
        "def other():\n    while True: time.sleep(0.05)\n"
        "threading.Thread(target=other, daemon=True).start()\n"
        "lock = threading.Lock(); lock.acquire(); print('up', flush=True); lock.acquire()"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process.pid
        process.kill()


def test_a_loop_that_sleeps_and_wakes_is_alive(alive: ModuleType, looping: int) -> None:
    alive.see_that_it_moves(looping, within_s=10)


def test_a_stopped_process_is_not_alive(alive: ModuleType, looping: int) -> None:
    os.kill(looping, signal.SIGSTOP)
    with pytest.raises(alive.UnhealthyError, match="has not woken"):
        settled(alive, looping)


def test_a_main_thread_that_waits_for_ever_is_not_alive_whatever_others_do(
    alive: ModuleType, deadlocked: int
) -> None:
    with pytest.raises(alive.UnhealthyError, match="has not woken"):
        settled(alive, deadlocked)


def settled(alive: ModuleType, pid: int) -> None:
    """Look several times: it may wake once more on its way into the wait."""
    for _ in range(5):
        alive.see_that_it_moves(pid, within_s=0.5)


def test_a_process_that_is_gone_is_not_alive(alive: ModuleType) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    with pytest.raises(alive.UnhealthyError, match="cannot be looked at"):
        alive.see_that_it_moves(process.pid, within_s=0.5)


class _Answer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/livez" else 503)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


def test_a_url_counts_only_if_it_answers_with_success(
    alive: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    with HTTPServer(("127.0.0.1", free_port()), _Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        try:
            assert alive.main([f"{url}/livez"]) == 0
            assert alive.main([f"{url}/other"]) == 1
        finally:
            server.shutdown()
            thread.join()
    assert "503" in capsys.readouterr().out
    assert alive.main([f"{url}/livez"]) == 1
