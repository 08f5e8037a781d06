import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sandbox.app import application
from sandbox.options import PortTakenError, SandboxOptions
from sandbox.server import SandboxServer, listen
from sandbox.world import World
from tests.servers.waiting import eventually

LIMIT_S = 20


def _start(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "sandbox", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    started = _start("--cases", "20", "--firms", "2", "--seed", "3")
    yield started
    if started.poll() is None:
        started.kill()
    started.communicate(timeout=LIMIT_S)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_process_says_where_it_listens_and_stops_on_a_signal(
    process: subprocess.Popen[str], number: signal.Signals
) -> None:
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line.startswith("sandbox ready on http://127.0.0.1:")
    url = line.split()[-1]
    assert 1024 < int(url.rpartition(":")[2]) < 32768
    expected = httpx2.get(f"{url}/_sandbox/expected").json()
    assert expected["seed"] == 3
    assert [counts["cases"] for counts in expected["firms"].values()] == [20, 20]
    process.send_signal(number)
    out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, out, err) == (0, "", "")


def test_a_taken_port_is_a_clear_line_and_exit_code_1() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        failed = _start("--port", str(port), "--cases", "5")
        out, err = failed.communicate(timeout=LIMIT_S)
        assert (failed.returncode, out) == (1, "")
        assert err.startswith(f"sandbox: port {port} on 127.0.0.1 is taken")
        assert err.count("\n") == 1
        with pytest.raises(PortTakenError), SandboxServer(SandboxOptions(port=port, cases=1)):
            pass


def test_control_routes_ask_for_their_token_where_one_is_set() -> None:
    with SandboxServer(SandboxOptions(cases=1, control_token="let me in")) as server:
        assert httpx2.get(f"{server.url}/_sandbox/expected").status_code == 403
        wrong = httpx2.get(f"{server.url}/_sandbox/expected", headers={"X-Sandbox-Token": "no"})
        assert wrong.status_code == 403
        right = httpx2.get(f"{server.url}/_sandbox/expected", headers={"X-Sandbox-Token": "let me in"})
        assert right.status_code == 200


def test_control_routes_are_closed_to_other_machines_without_a_token() -> None:
    def status(client: str, options: SandboxOptions) -> int:
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": "/_sandbox/expected", "query_string": b""}
        app = application(World(options))
        asyncio.run(app({**scope, "headers": [], "client": (client, 40000)}, receive, send))
        return int(sent[0]["status"])

    open_to_this_machine = SandboxOptions(cases=1, host="0.0.0.0")
    assert status("127.0.0.1", open_to_this_machine) == 200
    assert status("::1", open_to_this_machine) == 200
    assert status("10.1.2.3", open_to_this_machine) == 403
    assert status("127.0.0.1", SandboxOptions(cases=1, control_token="t")) == 403


@pytest.mark.parametrize(
    ("verb", "headers", "status"),
    [
        ("PUT", {"Origin": "http://elsewhere.test"}, 403),
        ("PUT", {"Origin": "null"}, 403),
        ("PUT", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("PUT", {"Sec-Fetch-Site": "same-site"}, 403),
        ("PUT", {"Sec-Fetch-Site": "same-origin"}, 200),
        ("GET", {"Sec-Fetch-Site": "cross-site"}, 200),
        ("PUT", {"Host": "elsewhere.test"}, 403),
        ("GET", {"Host": "elsewhere.test:8080"}, 403),
        ("GET", {"Host": "127.0.0.1.elsewhere.test"}, 403),
        ("PUT", {"Host": "localhost:8080"}, 200),
        ("PUT", {"Host": "[::1]:8080"}, 200),
    ],
)
def test_no_other_site_uses_control_routes_through_a_browser(
    verb: str, headers: dict[str, str], status: int
) -> None:
    with SandboxServer(SandboxOptions(cases=1)) as server:
        url = f"{server.url}/_sandbox/faults"
        assert httpx2.request(verb, url, content=b"[]", headers=headers).status_code == status


def test_an_unknown_control_route_or_firm_is_404() -> None:
    with SandboxServer(SandboxOptions(cases=1)) as server:
        assert httpx2.get(f"{server.url}/_sandbox/nothing").status_code == 404
        assert "firm1" in httpx2.get(f"{server.url}/_sandbox/report?firm=x").json()["message"]


def test_a_stop_drops_answers_that_hang() -> None:
    with SandboxServer(SandboxOptions(cases=1)) as server:
        httpx2.put(f"{server.url}/_sandbox/faults", json={"name": "latency", "ms": 60_000})
        with pytest.raises(httpx2.ReadTimeout):
            httpx2.post(f"{server.base_url}Users/authenticate", json={}, timeout=0.1)
    assert server._thread not in threading.enumerate()


def test_a_restart_cuts_every_connection_and_keeps_what_was_stored(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    url = process.stdout.readline().split()[-1]
    case_id = httpx2.get(f"{url}/_sandbox/cases?ids=1&limit=1").json()["cases"][0]
    httpx2.post(f"{url}/_sandbox/cases/{case_id}", json={"caseName": "Kept"}).raise_for_status()
    with httpx2.Client(verify=False) as client:
        assert client.post(f"{url}/_sandbox/restart", json={"down_ms": 1000}).json() == {"down_ms": 1000}
        eventually(lambda: refused(url), LIMIT_S, "the sandbox going", poll_s=0.01)
        # An answer may still be the old process's: it is asked until the new one has answered for good.
        eventually(
            lambda: first_case(url) == (case_id, "Kept"), LIMIT_S, "the sandbox coming back", poll_s=0.05
        )
        eventually(lambda: not refused(url), LIMIT_S, "the sandbox staying", poll_s=0.05)
    eventually(lambda: refused_restart(url) == 400, LIMIT_S, "the refusal of a negative time", poll_s=0.05)
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, out, err) == (0, "", "")


def refused_restart(url: str) -> int | None:
    try:
        return httpx2.post(f"{url}/_sandbox/restart", json={"down_ms": -1}, verify=False).status_code
    except httpx2.TransportError:
        return None


def first_case(url: str) -> tuple[int, str] | None:
    try:
        [case] = httpx2.get(f"{url}/_sandbox/cases?limit=1", verify=False).json()["cases"]
    except httpx2.TransportError:
        return None
    return case["caseID"], case["caseName"]


def refused(url: str) -> bool:
    try:
        httpx2.get(f"{url}/_sandbox/practice-areas", verify=False)
    except httpx2.TransportError:
        return True
    return False


def test_a_sandbox_in_a_thread_says_that_it_cannot_be_restarted() -> None:
    with SandboxServer(SandboxOptions(cases=1)) as server:
        answer = httpx2.post(f"{server.url}/_sandbox/restart")
    assert (answer.status_code, answer.json()["message"]) == (
        409,
        "Only a sandbox that is a process of its own can be restarted: python -m sandbox.",
    )
