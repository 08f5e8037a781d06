"""What README and guides show to be typed, typed: in order, in an empty copy of the checkout, in one shell.

Every line of their blocks of commands is either typed here or stands in LEFT_OUT with the reason. Commands
within sentences are held to the command line: that there is such a command with such options.
"""

import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

import httpx2
import psutil
import pytest
import typer
from typer.core import TyperGroup

from adapters.cli.app import build
from bootstrap.command_line import command_line
from sandbox.upstream_events import MessageEvents
from tests.integration.oauth_support import csrf_of
from tests.servers import WarmPython, eventually, free_port
from tests.servers.warm_command import WarmCommand

ROOT: Final = Path(__file__).parents[2]
WITHIN_S: Final = 120.0
STARTS: Final = ("casebridge ", "make ", "uv ", "sh ", "docker ", "curl ", "export ", "openssl ", ". ")
# Beginning of a line -> why it is not typed here.
LEFT_OUT: Final = {
    "make ": "this is what `make test` runs, or takes minutes; the demo has a test of its own",
    "docker ": "needs Docker; `make compose-check` types it",
    "curl -s -H 'X-Sandbox-Token": "belongs to the commands with Docker",
    "curl -sS --fail-with-body": "tests/integration/test_api_guide.py types it",
    "export API=": "as above",
    "export AUTH=": "as above",
    "export STATE=": "as above",
    "export RUN=": "as above",
    "export DAY=": "as above",
    "export DELIVERY=": "as above",
    "export ANNOUNCEMENT=": "as above",
    "sh .ci/get-uv": "downloads uv and every dependency; the copy gets this environment in its place",
    "casebridge connect FIRM --url app.smartadvocate.com --username": "asks for a password at a terminal",
}
ORDER: Final = (
    "docs/connecting.md#On the sandbox",
    "README.md",
    "docs/two-way.md",
    "docs/deliveries.md",
    "docs/profile.md",
)
LAST: Final = ("docs/connecting.md#Each firm",)


def blocks() -> dict[str, list[str]]:
    """Return the lines of commands by page and, where a page has several parts, by its heading."""
    found: dict[str, list[str]] = {}
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        name, part, fenced = page.relative_to(ROOT).as_posix(), "", False
        for line in page.read_text(encoding="utf-8").splitlines():
            if line.startswith("#") and not fenced:
                part = line.lstrip("# ")
            if line.startswith("```"):
                fenced = not fenced
            text = line if fenced else line[4:] if line.startswith("    ") else ""
            if text.startswith(STARTS):
                found.setdefault(f"{name}#{part}", []).append(text.rstrip())
    return found


def typed() -> list[str]:
    """Return what is typed, in order."""
    everything = blocks()
    first = [lines for place in ORDER for key, lines in everything.items() if key.startswith(place)]
    last = [lines for place in LAST for key, lines in everything.items() if key.startswith(place)]
    return [line for lines in (*first, *last) for line in lines if not line.startswith(tuple(LEFT_OUT))]


class Shell:
    """One bash, to which lines are typed one after the other."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            ["/bin/bash"],
            cwd=folder,
            env={"PATH": "/usr/bin:/bin", "HOME": str(folder), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._count = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        below = psutil.Process(self._process.pid)
        for process in [*below.children(recursive=True), below]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait(10)
        self._reader.join(10)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def type(self, line: str) -> str:
        """Type a line and return what was printed until it ended; it must end well.

        A checklist ends with 1 while something is left, and of the example's cases some names match nothing.
        """
        assert self._process.stdin is not None
        self._count += 1
        begin, mark = len(self._lines), f"@@{self._count}:"
        self._process.stdin.write(f"{line}\necho {mark}$?\n")
        self._process.stdin.flush()
        ended = eventually(
            lambda: [text for text in self._lines[begin:] if text.startswith(mark)],
            WITHIN_S,
            f"the end of {line}",
        )
        printed = "".join(self._lines[begin:])
        well = ("0", "1") if line.startswith("casebridge checklist") else ("0",)
        assert ended[0].strip() in {mark + code for code in well}, f"{line}\n{printed}"
        return printed

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.append(line)


@pytest.fixture
def copy(tmp_path: Path, warm_python: WarmPython | None) -> Iterator[Path]:
    """An empty copy of the checkout, with this environment as its own; its `casebridge` is loaded already."""
    away = shutil.ignore_patterns(".git", ".venv*", ".uv", "__pycache__", ".*_cache", "*.log", "bench.json")
    shutil.copytree(ROOT, tmp_path / "casebridge", ignore=away)
    bin_folder = tmp_path / "casebridge" / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    for name in ("casebridge", "python", "python3"):
        script = f'#!/bin/sh\nexec "{Path(sys.prefix) / "bin" / name}" "$@"\n'
        (bin_folder / name).write_text(script)
        (bin_folder / name).chmod(0o755)
    (bin_folder / "activate").write_text(f'PATH="{bin_folder}:$PATH"; export PATH\n')
    with ExitStack() as stack:
        if warm_python is not None:
            stack.enter_context(WarmCommand(warm_python, "bootstrap", bin_folder / "casebridge"))
        yield tmp_path / "casebridge"


def allow_access(link: str) -> None:
    """Be the firm's administrator: open the link, log in at the sandbox, allow access."""
    said = {"Sec-Fetch-Site": "same-origin"}  # as browsers say of a form of our own
    with httpx2.Client(
        trust_env=False, verify=False, timeout=30, follow_redirects=True, headers=said
    ) as browser:
        page = browser.post(link)
        log_in = browser.post(str(page.url.join("/oauth/start")), data={"csrf": csrf_of(page.text)})
        form = {"username": "firm1", "password": "sandbox", "decision": "allow"}
        assert "said=connected" in str(browser.post(log_in.url, data=form).url)


@pytest.fixture
def ports() -> dict[str, str]:
    """Free ports in place of those that are shown."""
    return {"8080": str(free_port()), "9090": str(free_port())}


@pytest.mark.timeout(600)
def test_what_is_shown_to_be_typed_works_in_order(
    copy: Path, database_url: str, amqp_url: str, ports: dict[str, str]
) -> None:
    sandbox = f"http://127.0.0.1:{ports['9090']}"
    stands_for = {
        "postgresql://…": database_url,
        "amqp://…": amqp_url,
        **{f":{port}": f":{free}" for port, free in ports.items()},
        "--port 9090": f"--port {ports['9090']}",
        "app.smartadvocate.com": f"{sandbox}/CaseSyncAPI/",
        "FIRM": "north",
        "firms delete north": "firms delete north --yes",
        "4711": "1",  # the number of the message that is sent below
    }
    environment = {
        "CASEBRIDGE_API_KEYS": "upstream:let-me-in:events:*",
        "CASEBRIDGE_WEB_PORT": ports["8080"],
        "CASEBRIDGE_PUBLIC_URL": f"http://127.0.0.1:{ports['8080']}",
    }
    with Shell(copy, environment) as shell:
        shell.type(". .venv/bin/activate")
        for shown in typed():
            line = shown
            for word, meant in stands_for.items():
                line = line.replace(word, meant)
            printed = shell.type(line)
            if "casebridge sandbox" in line:
                wait_for(f"{sandbox}/_sandbox/practice-areas")
            elif "casebridge web &" in line:
                wait_for(f"{environment['CASEBRIDGE_PUBLIC_URL']}/readyz")
            elif "--oauth" in line:
                link = re.search(r"http://\S+/connect/\S+", printed)
                assert link is not None, printed
                allow_access(link[0])
            elif "casebridge sync" in line:
                send_a_message(environment["CASEBRIDGE_PUBLIC_URL"])


def send_a_message(url: str) -> None:
    """Be Case Status: a client has written."""
    events = MessageEvents("north", ["300417"], seed=1)
    with httpx2.Client(
        trust_env=False, verify=False, timeout=30, headers={"Authorization": "Bearer let-me-in"}
    ) as http:
        body = events.body(1, datetime.now(UTC))
        assert http.post(f"{url}/v1/events", content=body).status_code == 202


def wait_for(url: str) -> None:
    with httpx2.Client(trust_env=False, verify=False, timeout=5) as client:
        eventually(lambda: client.get(url).status_code == 200, 60, url, ignoring=(httpx2.HTTPError,))


def test_every_shown_command_is_typed_or_left_out_for_a_reason() -> None:
    places = (*ORDER, *LAST)
    for place, lines in blocks().items():
        if place.startswith(places):
            continue
        left = [line for line in lines if not line.startswith(tuple(LEFT_OUT))]
        assert not left, f"{place}: {left}"
    everything = [line for lines in blocks().values() for line in lines]
    assert len(typed()) > 20
    for beginning in LEFT_OUT:
        assert any(line.startswith(beginning) for line in everything), f"{beginning!r} is shown nowhere"


def test_commands_within_sentences_are_commands_with_these_options() -> None:
    app = typer.main.get_command(build(command_line()))
    told = [
        (page.name, words)
        for page in (ROOT / "README.md", ROOT / "SECURITY.md", *(ROOT / "docs").glob("*.md"))
        for words in re.findall(r"`casebridge ([a-z][^`]*)`", page.read_text(encoding="utf-8"))
    ]
    assert len(told) > 30
    for page_name, words in told:
        here: Any = app
        for word in words.split():
            if isinstance(here, TyperGroup) and word in here.commands:
                here = here.commands[word]
            elif word.startswith("--"):
                known = [option for param in here.params for option in (*param.opts, *param.secondary_opts)]
                assert word.partition("=")[0] in [*known, "--help"], f"{page_name}: casebridge {words}"
        assert here is not app, f"{page_name}: casebridge {words}"
        assert not isinstance(here, TyperGroup) or words.split()[-1] in {here.name, "…"}, (page_name, words)
