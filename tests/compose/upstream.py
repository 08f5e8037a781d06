"""Messages to the sandbox firm's cases, published inside the network, and what the sandbox says arrived."""

import json
import subprocess
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import httpx2

from sandbox.upstream import case_ids
from sandbox.upstream_events import MessageEvents
from tests.compose.project import Project
from tests.deployment import expected_marks
from tests.servers.waiting import eventually

FIRM, SANDBOX_FIRM = "north", "firm1"
TOKEN = "for-trying-only"
AMQP_URL = "amqp://casebridge:for-trying-only@rabbitmq:5672/%2F"
PUBLISH_WITHIN_S = 180.0


class Upstream:
    """Publishes numbered messages, and holds the sandbox's report against all that were published."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._sent = 0
        self.sandbox_url = f"http://127.0.0.1:{project.ports['SANDBOX_PORT']}"

    def ask(self, path: str) -> Any:
        """Ask a control route of the sandbox."""
        return self.tell("GET", path)

    def tell(self, method: str, path: str, body: object = None) -> Any:
        """Tell a control route of the sandbox something."""
        url = f"{self.sandbox_url}/_sandbox/{path}"
        headers = {"X-Sandbox-Token": TOKEN}
        answer = httpx2.request(method, url, json=body, headers=headers, timeout=30, trust_env=False)
        answer.raise_for_status()
        return answer.json()

    def begin(self, count: int, *, over: str, rate: float = 0) -> "Publishing":
        """Start to publish the next `count` messages over `amqp` or `http`, `rate` a second."""
        target = ["--amqp", AMQP_URL] if over == "amqp" else ["--http", "http://web:8080", "--api-key", TOKEN]
        process = self._project.begin(
            *("-m", "sandbox.upstream", *target, "--firm", FIRM, "--sandbox", "http://127.0.0.1:8090"),
            *("--control-token", TOKEN, "--count", str(count), "--first", str(self._sent)),
            *("--rate", str(rate)),
        )
        self._sent += count
        return Publishing(process, count)

    def notes_written(self) -> int:
        """How many notes the sandbox has received."""
        return int(self.ask("report?notes=0")["notes_written"])

    def await_notes(self, count: int, within_s: float) -> None:
        """Wait until so many notes are there."""
        eventually(lambda: self.notes_written() >= count, within_s, f"{count} notes", poll_s=0.2)

    def await_all(self, within_s: float) -> None:
        """Wait for the notes of all messages so far; hold that each is there once, and each case in order."""
        self.await_notes(self._sent, within_s)
        # What was stored while its answer or our database was lost is found later, by its mark.
        eventually(lambda: not self.unfinished(), within_s, "every delivery being done", poll_s=0.5)
        report = self.ask("report")
        assert report["notes_duplicated"] == 0, f"{report['notes_duplicated']} notes are there twice"
        assert report["notes_written"] == self._sent, (
            f"{report['notes_written']} notes, {self._sent} messages"
        )
        found = {
            case: [str(note["mark"]).rpartition(" ")[2] for note in notes]
            for case, notes in report["notes"][SANDBOX_FIRM].items()
        }
        wanted = self._expected()
        wrong = [case for case in wanted.keys() | found.keys() if wanted.get(case) != found.get(case)]
        assert not wrong, f"the notes of {len(wrong)} cases differ from what was sent, or are out of order"

    def unfinished(self) -> list[str]:
        """States of deliveries that are not done."""
        return self._project.sql("select state from deliveries where state <> 'delivered'")

    def _expected(self) -> dict[str, list[str]]:
        ids = case_ids(self.sandbox_url, SANDBOX_FIRM, TOKEN)
        events = MessageEvents(FIRM, ids)
        year = datetime.now(UTC).year
        # Sent one after the other, so their numbers stand for the order of their times.
        bodies = [events.body(n, datetime(year, 1, 1, microsecond=n, tzinfo=UTC)) for n in range(self._sent)]
        return expected_marks(bodies)


class Publishing:
    """A publisher under way."""

    def __init__(self, process: "subprocess.Popen[str]", count: int) -> None:
        self._process = process
        self._count = count

    def finish(self) -> None:
        """Wait for its end; hold that every message was taken over."""
        try:
            said, _ = self._process.communicate(timeout=PUBLISH_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            raise
        assert self._process.returncode == 0, f"the publisher failed: {said[-1000:]}"
        assert json.loads(said.splitlines()[-1])["accepted"] == self._count

    def is_running(self) -> bool:
        """Whether it still publishes."""
        return self._process.poll() is None

    def give_up(self) -> None:
        """End it, whatever it does."""
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.communicate(timeout=10)
