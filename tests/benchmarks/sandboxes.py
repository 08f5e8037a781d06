"""The sandbox SmartAdvocate, as a process."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from core.stage import PracticeAreas
from tests.servers import Processes

_START_WITHIN_S = 120.0


class Sandbox:
    """A running sandbox with `firms` firms of `cases` cases each."""

    def __init__(self, http: httpx2.Client) -> None:
        self._http = http

    @property
    def base_url(self) -> str:
        """What a firm's connection is made to."""
        return f"{str(self._http.base_url).rstrip('/')}/CaseSyncAPI/"

    @property
    def practice_areas(self) -> PracticeAreas:
        """What the firms would have set up in Case Status."""
        return PracticeAreas.from_data(self.ask("practice-areas"))

    def ask(self, path: str, **query: str | int) -> Any:
        """Return the JSON of a control route."""
        answer = self._http.get(f"/_sandbox/{path}", params=query)
        answer.raise_for_status()
        return answer.json()

    def case_ids(self, firm: str, number: int) -> list[str]:
        """Return the ids of a firm's first cases."""
        return [str(i) for i in self.ask("cases", firm=firm, ids=1, limit=number)["cases"]]

    def documents(self, firm: str, number: int, size: int) -> list[dict[str, Any]]:
        """Make documents in Case Status; their rows, with addresses."""
        query: dict[str, str | int] = {"firm": firm, "count": number, "size": size}
        answer = self._http.post("/_sandbox/documents", params=query)
        answer.raise_for_status()
        made: list[dict[str, Any]] = answer.json()["documents"]
        return made

    def touch_all(self, firm: str) -> int:
        """Move the date of modification of every case of a firm; how many there are."""
        case_ids = self.ask("cases", firm=firm, ids=1, limit=1_000_000)["cases"]
        for case_id in case_ids:
            answer = self._http.post(
                f"/_sandbox/cases/{case_id}", params={"firm": firm}, json={"touch": True}
            )
            answer.raise_for_status()
        return len(case_ids)

    def answer_in(self, milliseconds: int, purpose: str = "insert-note") -> None:
        """Let it take so long over requests of a purpose."""
        fault = {"name": "latency", "ms": milliseconds, "purpose": purpose}
        self._http.put("/_sandbox/faults", json=fault).raise_for_status()

    def log_in(self, firm: str) -> str:
        """Return a bearer token."""
        url = f"{self.base_url}Users/authenticate"
        answer = self._http.post(url, json={"Username": firm, "Password": "sandbox"})
        answer.raise_for_status()
        return str(answer.json()["token"])


@contextmanager
def sandbox(
    start: Callable[[], Processes], *, firms: int = 1, cases: int, upload_limit: int | None = None
) -> Iterator[Sandbox]:
    """Start a sandbox with what `start` makes, and end it. `upload_limit` in bytes."""
    arguments = ["--port", "0", "--firms", str(firms), "--cases", str(cases), "--with-parent"]
    if upload_limit is not None:
        arguments += ["--upload-limit", str(upload_limit)]
    processes = start()
    process = processes.start("sandbox", *arguments)
    try:
        url = process.wait_for_line(r"^sandbox ready on (\S+)", _START_WITHIN_S)[1]
        with httpx2.Client(base_url=url, timeout=60, trust_env=False, verify=False) as http:
            yield Sandbox(http)
    finally:
        processes.close()
