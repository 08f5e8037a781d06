"""What goes on by itself while a demo is up: a firm's day, quicker than a real one."""

import threading
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

import httpx2

from adapters.cli.cli import RunningService
from adapters.cli.demo_sandbox import DemoSandbox
from adapters.cli.demo_upstream import Upstream
from core.actor import SYSTEM
from core.errors import CasebridgeError

_STEP_S: Final = 3.0
# Of the steps, which do what else: a message is sent at each.
_OPENS_A_CASE: Final = 4
_CHANGES_A_CASE: Final = 3
_UPLOADS: Final = 10
_SYNCS: Final = 8  # a real firm's cases come every night
_DOCUMENT_BYTES: Final = 200_000


class DemoStory:
    """Sends a message every few seconds, opens and changes cases, uploads documents, and has cases synced.

    It runs in a thread of its own within the block. Whatever is broken in the sandbox, Case Status and the
    firm's people go on.
    """

    def __init__(
        self,
        service: RunningService,
        sandbox: DemoSandbox,
        upstream: Upstream,
        firm_id: str,
        case_ids: Sequence[str],
        first_message: int,
    ) -> None:
        self._service = service
        self._sandbox = sandbox
        self._upstream = upstream
        self._firm_id = firm_id
        self._case_ids = case_ids
        self._first_message = first_message
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="demo-story", daemon=True)

    def __enter__(self) -> Self:
        self._prepare()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(_STEP_S + 30)

    @property
    def first_changed(self) -> str:
        """The case that changes before all others, and is synced soon after."""
        return self._case_of(_CHANGES_A_CASE)

    def step(self, number: int) -> None:
        """Let the next thing happen."""
        now, case_id = self._service.desk.clock.now(), self._case_of(number)
        self._upstream.send(self._first_message + number, case_id, now)
        if number % _OPENS_A_CASE == 0:
            self._sandbox.open_case()
        if number % _CHANGES_A_CASE == 0:
            self._sandbox.advance_case(case_id)
        if number % _UPLOADS == 0:
            [document] = self._sandbox.make_documents(1, _DOCUMENT_BYTES)
            self._upstream.upload(document, case_id, now)
        if number % _SYNCS == 0:
            desk = self._service.desk
            desk.start_sync(SYSTEM, desk.firms.get(SYSTEM, self._firm_id))

    def _case_of(self, number: int) -> str:
        return self._case_ids[number * 7 % len(self._case_ids)]

    def _prepare(self) -> None:
        """Do what a firm has done by the time it goes live, so that every page has something to show."""
        desk = self._service.desk
        desk.read_names(SYSTEM, self._firm_id)
        if len(self._case_ids) > 1:
            desk.verify_firm(SYSTEM, desk.firms.get(SYSTEM, self._firm_id), self._case_ids[:2])
        desk.probe_permissions(SYSTEM, desk.firms.get(SYSTEM, self._firm_id))

    def _run(self) -> None:
        number = 0
        while not self._over.wait(_STEP_S):
            number += 1
            try:
                self.step(number)
            except (httpx2.HTTPError, CasebridgeError):
                # The firm may have been disconnected, paused or deleted by who tries things.
                continue
