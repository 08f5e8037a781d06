"""The demo's counterpart: a sandbox SmartAdvocate and Case Status in a process of its own."""

import importlib.util
import queue
import subprocess
import sys
import threading
from types import TracebackType
from typing import Any, Final, Self

import httpx2

from core.errors import CasebridgeError
from core.outbox_row import OutboxRow

_START_WITHIN_S: Final = 60.0
_STOP_WITHIN_S: Final = 10.0
_BATCH: Final = 500
_READY: Final = "sandbox ready on "
_ITS_LIBRARIES: Final = ("python_multipart",)


def require_sandbox() -> None:
    """Raise CasebridgeError where there is no sandbox, or not what it needs.

    No wheel and no production image has it; its libraries are those of the dependency group `demo`.
    """
    if importlib.util.find_spec("sandbox") is not None:
        if lacking := [name for name in _ITS_LIBRARIES if importlib.util.find_spec(name) is None]:
            raise CasebridgeError(
                f"the sandbox needs {', '.join(lacking)}, which this environment lacks: run "
                "'uv sync --frozen --no-dev --group demo' (.ci/get-uv puts uv into .uv/bin), or 'make demo'"
            )
    else:
        raise CasebridgeError(
            "this installation has no sandbox, and 'casebridge demo' and 'casebridge sandbox' need it: run "
            "'make demo' in a checkout of the repository, or build the image's target 'demo'"
        )


class DemoSandbox:
    """Starts `python -m sandbox` with one firm, and tells it what Case Status would hear."""

    def __init__(self, cases: int, seed: int) -> None:
        self._arguments = ["--port", "0", "--cases", str(cases), "--seed", str(seed), "--with-parent"]
        self._heard: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self.url = ""

    def __enter__(self) -> Self:
        # A session of its own: Ctrl-C at the terminal reaches us alone, and we end it in order.
        self._process = subprocess.Popen(  # noqa: S603 - our own module, our own arguments
            [sys.executable, "-m", "sandbox", *self._arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )
        try:
            self.url = self._ready_url()
            self._http = httpx2.Client(base_url=self.url, timeout=30, trust_env=False)
        except BaseException:
            self._end_process()
            raise
        self._teller = threading.Thread(target=self._tell, name="case-status", daemon=True)
        self._teller.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._heard.put(None)
        self._teller.join(_STOP_WITHIN_S)
        self._http.close()
        self._end_process()

    def hear(self, row: OutboxRow) -> None:
        """Take an announcement for Case Status; it is handed on in batches."""
        self._heard.put(row.body)

    def get(self, path: str) -> Any:
        """Return the JSON of a control route."""
        answer = self._http.get(f"/_sandbox/{path}")
        answer.raise_for_status()
        return answer.json()

    def make_documents(self, count: int, size: int) -> list[dict[str, Any]]:
        """Let Case Status have documents of `size` bytes; their rows, with addresses."""
        answer = self._http.post("/_sandbox/documents", params={"count": count, "size": size})
        answer.raise_for_status()
        made: list[dict[str, Any]] = answer.json()["documents"]
        return made

    def open_case(self) -> str:
        """Let the firm's intake staff open a case; return its integration id."""
        answer = self._http.post("/_sandbox/cases")
        answer.raise_for_status()
        return str(answer.json()["caseID"])

    def advance_case(self, case_id: str) -> None:
        """Let the firm's staff give a case a status of its next stage."""
        self._http.post(f"/_sandbox/cases/{case_id}", json={"advance": True}).raise_for_status()

    def let_people_allow_access(self, redirect_uri: str) -> dict[str, str]:
        """Let the firm connect by its page too; return `oauth` for its SmartAdvocate profile."""
        client_id = "casebridge"
        wanted = {"client_id": client_id, "client_secret": "", "redirect_uris": [redirect_uri]}
        self._http.put("/_sandbox/oauth", json=wanted).raise_for_status()
        return {
            "client_id": client_id,
            "discovery_url": f"{self.url}/.well-known/oauth-authorization-server",
            "scopes": "cases",
        }

    def _tell(self) -> None:
        while (body := self._heard.get()) is not None:
            batch = [body]
            while len(batch) < _BATCH and not self._heard.empty():
                following = self._heard.get()
                if following is None:
                    self._heard.put(None)
                    break
                batch.append(following)
            self._http.post("/_sandbox/announcements", content=b"[" + b",".join(batch) + b"]")

    def _ready_url(self) -> str:
        """Read the line that says where it listens; a process that ends or stays silent is an error."""
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        timer = threading.Timer(_START_WITHIN_S, self._process.kill)
        timer.start()
        try:
            for line in self._process.stdout:
                if line.startswith(_READY):
                    return line.removeprefix(_READY).strip()
        finally:
            timer.cancel()
        raise CasebridgeError("the sandbox did not start; try: casebridge sandbox --port 0")

    def _end_process(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(_STOP_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
