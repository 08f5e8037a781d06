"""The demo is no dead end: whatever it says to open opens, and whatever it says to type works."""

import re
import subprocess
from pathlib import Path

import httpx2
import pytest

from tests.integration.oauth_support import csrf_of
from tests.servers import Processes, RunningProcess


@pytest.fixture
def demo(processes: Processes) -> RunningProcess:
    """A small one that is up."""
    running = processes.start(
        "bootstrap", "demo", "--cases", "60", "--messages", "4", "--documents", "1", "--port", "0"
    )
    running.wait_for_line("Ctrl-C here ends everything", within_s=120)
    return running


def typed(demo: RunningProcess) -> list[str]:
    """Return the lines that are to be typed."""
    lines = demo.output.split("To type, in another terminal:")[1].splitlines()
    return [line.strip() for line in lines if line.startswith("  ")]


def test_what_the_demo_says_to_open_and_to_type_works_and_goes_with_it(
    demo: RunningProcess, tmp_path: Path
) -> None:
    said = {"Sec-Fetch-Site": "same-origin"}  # as browsers say of a form of our own
    with httpx2.Client(
        trust_env=False, verify=False, timeout=30, follow_redirects=True, headers=said
    ) as browser:
        opened = re.findall(r"^  (http://\S+)", demo.output, re.MULTILINE)
        assert len(opened) == 5
        for address in opened:
            assert browser.get(address).status_code == 200, address
        root, link = opened[0].partition("/sign-in/")[0], next(a for a in opened if "/connect/" in a)
        assert browser.post(opened[0]).url == f"{root}/firms"
        assert "implementation manager" in browser.get(f"{root}/account").text
        browser.cookies.clear()

        key = re.search(r"its key: (\S+)", demo.output)
        assert key is not None
        event = {"Authorization": f"Bearer {key[1]}"}
        assert browser.post(f"{root}/v1/events", content=b"{}").status_code == 401
        assert browser.post(f"{root}/v1/events", content=b"{}", headers=event).status_code == 422

        page = browser.post(link)
        assert "Demo firm" in page.text
        log_in = browser.post(f"{root}/oauth/start", data={"csrf": csrf_of(page.text)})
        assert "Allow Access" in log_in.text
        form = {"username": "firm1", "password": "sandbox", "decision": "allow"}
        back = browser.post(log_in.url, data=form)
        assert str(back.url) == f"{page.url}?said=connected"

    commands = typed(demo)
    file = Path(commands[0].removeprefix(". "))
    assert file.stat().st_mode & 0o777 == 0o600
    assert len(commands) >= 4
    for command in [*commands[1:], "casebridge doctor"]:
        done = subprocess.run(
            ["/bin/sh", "-ec", f"{commands[0]}\n{command}"],
            check=False,
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "CASEBRIDGE_AMQP_URL": "amqp://of-somebody-else"},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        assert done.stdout.strip(), command

    assert demo.interrupt() == 0
    assert not file.exists()
