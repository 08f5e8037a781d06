"""The demo is no dead end: whatever it says to open opens, and whatever it says to type works."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from sandbox.switch_page import WAYS
from tests.integration.oauth_support import csrf_of
from tests.servers import Processes, RunningProcess, WarmPython, eventually
from tests.servers.warm_command import WarmCommand

SAID = {"Sec-Fetch-Site": "same-origin"}  # as browsers say of a form of our own


@pytest.fixture
def demo(processes: Processes) -> RunningProcess:
    """A small one that is up."""
    running = processes.start(
        "bootstrap", "demo", "--cases", "60", "--messages", "4", "--documents", "1", "--port", "0"
    )
    running.wait_for_line("Ctrl-C here ends everything", within_s=120)
    return running


def a_browser() -> httpx2.Client:
    """Return one without scripts."""
    return httpx2.Client(trust_env=False, verify=False, timeout=60, follow_redirects=True, headers=SAID)


def signs_in_at_the_provider(browser: httpx2.Client, root: str) -> None:
    """Sign in as each of those whom the demo names, and come to what is theirs."""
    for subject, name, place in (
        ("u-1", "mona@casestatus.test", "/firms"),
        ("u-2", "olaf@casestatus.test", "/firms"),
        ("u-3", "fiona@firm1.test", "/firms/demo-"),
    ):
        browser.cookies.clear()
        page = browser.get(f"{root}/sign-in").text
        assert "Sign in with the sandbox&#39;s identity provider" in page
        token = re.search(r'name="token" value="([^"]+)"', page)
        assert token is not None
        choice = browser.post(f"{root}/sign-in", data={"token": token[1]})
        assert name in choice.text
        home = browser.post(choice.url, data={"sub": subject})
        assert home.status_code == 200
        assert name in home.text
        assert str(home.url).startswith(root + place)
    browser.cookies.clear()


def comes_once_whatever_breaks(browser: httpx2.Client, sandbox: str) -> None:
    """Let answers be lost by the page's button, mend it: what is in doubt is looked for, not repeated."""

    def report() -> dict[str, Any]:
        got: dict[str, Any] = browser.get(f"{sandbox}report", params={"notes": 0}).json()
        return got

    def looked_for() -> int:
        requests = report()["requests"]
        return sum(requests.get(kind, {}).get("200", 0) for kind in ("list-notes", "list-documents"))

    page, before = browser.get(sandbox), looked_for()
    assert all(f'value="{way}"' in page.text for way in WAYS)
    assert browser.post(f"{sandbox}switch", data={"way": "answers-lost"}).url == sandbox
    eventually(lambda: browser.get(f"{sandbox}faults").json()["faults"][0]["hits"], 30, "a lost answer")
    assert "It is broken: Answers lost" in browser.get(f"{sandbox}received").text
    struck = browser.get(f"{sandbox}faults").json()["faults"][0]["hits"]
    browser.post(f"{sandbox}switch", data={"way": ""})
    assert "It works." in browser.get(f"{sandbox}received").text
    eventually(lambda: looked_for() >= before + struck, 60, "what is in doubt was looked for")
    written = report()["notes_written"]
    eventually(lambda: report()["notes_written"] > written, 30, "the story going on")
    assert report()["notes_duplicated"] == 0


def typed(demo: RunningProcess) -> list[str]:
    """Return the lines that are to be typed."""
    lines = demo.output.split("To type, in another terminal:")[1].splitlines()
    return [line.strip() for line in lines if line.startswith("  ")]


@pytest.fixture
def warm(tmp_path: Path, warm_python: WarmPython | None) -> Iterator[str]:
    """What leads a shell to a `casebridge` that is loaded already, where there is one."""
    if warm_python is None:
        yield ""
        return
    folder = tmp_path / "warm"
    folder.mkdir()
    with WarmCommand(warm_python, "bootstrap", folder / "casebridge"):
        yield f"PATH={folder}:$PATH"


def test_what_the_demo_says_to_open_and_to_type_works_and_goes_with_it(
    demo: RunningProcess, tmp_path: Path, warm: str
) -> None:
    with a_browser() as browser:
        opened = re.findall(r"^  (http://\S+)", demo.output, re.MULTILINE)
        assert len(opened) == 7
        for address in opened:
            assert browser.get(address).status_code == 200, address
        root, link = opened[0].partition("/sign-in/")[0], next(a for a in opened if "/connect/" in a)
        assert browser.post(opened[0]).url == f"{root}/firms"
        assert "implementation manager" in browser.get(f"{root}/account").text
        signs_in_at_the_provider(browser, root)
        comes_once_whatever_breaks(browser, next(a for a in opened if a.endswith("/_sandbox/")))

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
    for place, command in enumerate([*commands[1:], "casebridge doctor"]):
        shortcut = warm if place else ""  # the first as a person types it
        done = subprocess.run(
            ["/bin/sh", "-ec", f"{commands[0]}\n{shortcut}\n{command}"],
            check=False,
            cwd=tmp_path,
            env={"PATH": "/usr/bin:/bin", "CASEBRIDGE_AMQP_URL": "amqp://of-somebody-else"},
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        assert done.stdout.strip(), command

    assert demo.interrupt() == 0
    assert not file.exists()
