"""What `casebridge demo` does: the main job, end to end, in one process and with nothing installed."""

import secrets
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from adapters.cli.beside import environment_file
from adapters.cli.cli import Cli, RunningService
from adapters.cli.demo_sandbox import DemoSandbox, require_sandbox
from adapters.cli.demo_story import DemoStory
from adapters.cli.demo_upstream import Upstream
from adapters.cli.demo_way_on import way_on
from adapters.cli.output import console_of, print_json
from adapters.cli.processes import wait_for_signal
from core.actor import SYSTEM, Role
from core.credentials import PasswordCredentials
from core.errors import CasebridgeError
from core.firm import Firm
from core.message import reference_mark
from core.person import Person
from core.stage import PracticeAreas

_CASES_PER_SECOND_AT_LEAST = 50
_GRACE_S = 120.0
_DOCUMENT_BYTES = 200_000
_DEMO = SYSTEM


@dataclass(frozen=True, slots=True)
class DemoOptions:
    """What to show: the sandbox firm's number of cases, of messages sent to them and of documents."""

    cases: int
    messages: int
    documents: int
    seed: int
    port: int
    once: bool
    as_json: bool
    data: Path | None


def run_demo(cli: Cli, options: DemoOptions) -> None:
    """Run the demo; raises CasebridgeError where it cannot."""
    require_sandbox()
    api_key, console = secrets.token_urlsafe(24), console_of(sys.stderr)
    with ExitStack() as stack:
        console.print("casebridge demo: starting Postgres, the service and a sandbox SmartAdvocate …")
        folder = options.data or Path(stack.enter_context(_scratch_folder()))
        sandbox = stack.enter_context(DemoSandbox(options.cases, options.seed))
        service = stack.enter_context(
            cli.processes.all_in_one(
                data_dir=folder, web_port=options.port, api_key=api_key, sandbox_url=sandbox.url
            )
        )
        service.listen(sandbox.hear)
        # A database that was kept knows the firms of earlier demos: theirs are other sandboxes.
        firm_id = f"demo-{secrets.token_hex(3)}"
        upstream = stack.enter_context(Upstream(service.url, api_key, firm_id))
        demo = Demo(service, sandbox, upstream, options, firm_id, console)
        result = demo.run()
        if options.as_json:
            print_json(result)
        else:
            console_of(sys.stdout).print(_table(result))
        if not options.once:
            file = stack.enter_context(environment_file(folder / "demo.env", service.environment))
            stack.enter_context(demo.story())

            def ready() -> None:
                console.print(demo.way_on(file, api_key), soft_wrap=True, markup=False, highlight=False)

            wait_for_signal(service.check, ready)


class Demo:
    """Connects a firm, imports its cases, sends messages, and reads from the sandbox what came of it."""

    def __init__(
        self,
        service: RunningService,
        sandbox: DemoSandbox,
        upstream: Upstream,
        options: DemoOptions,
        firm_id: str,
        console: Console,
    ) -> None:
        self._service = service
        self._sandbox = sandbox
        self._upstream = upstream
        self._options = options
        self._console = console
        self._firm_id = firm_id
        self._sent_at: dict[str, datetime] = {}
        self._expected: set[tuple[str, str]] = set()

    def run(self) -> dict[str, Any]:
        """Do the whole job and return the result: counts and times as the sandbox reports them."""
        firm = self._connect()
        with Progress(
            TextColumn("{task.description:<16}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        ) as progress:
            cases = progress.add_task("cases read", total=self._options.cases)
            self._import(firm, lambda done: progress.update(cases, completed=done))
            messages = self._options.messages
            sent = progress.add_task("messages sent", total=messages)
            written = progress.add_task("notes written", total=messages)
            self._send(lambda: progress.advance(sent), lambda done: progress.update(written, completed=done))
            self._await_notes(lambda done: progress.update(written, completed=done))
            if self._options.documents:
                moved = progress.add_task("documents moved", total=self._options.documents)
                self._upload(lambda done: progress.update(moved, completed=done))
        return self._result()

    def story(self) -> DemoStory:
        """Return what goes on by itself once the job is done."""
        return DemoStory(
            self._service,
            self._sandbox,
            self._upstream,
            self._firm_id,
            self._imported_ids(),
            self._options.messages,
        )

    def way_on(self, file: Path, api_key: str) -> str:
        """Return what to open and what to type, once the job is done; `file` is for the shell."""
        desk = self._service.desk
        return way_on(
            url=self._service.url,
            sign_in=desk.sign_in.new_link(_DEMO, Person("demo", Role.IMPLEMENTATION_MANAGER, _DEMO.firms)),
            link=desk.connect_by_consent.new_link(_DEMO, desk.firms.get(_DEMO, self._firm_id)),
            api_key=api_key,
            sandbox=f"{self._sandbox.url}/_sandbox",
            firm_id=self._firm_id,
            case_id=self.story().first_changed,
            file=file,
        )

    def _connect(self) -> Firm:
        desk = self._service.desk
        areas = PracticeAreas.from_data(self._sandbox.get("practice-areas"))
        profile = {"oauth": self._sandbox.let_people_allow_access(f"{self._service.url}/oauth/callback")}
        # The sandbox needs no protection.
        new = Firm(
            self._firm_id, "Demo firm", practice_areas=areas, requests_per_second=None, profile=profile
        )
        desk.add_firm(_DEMO, new)
        firm = desk.address_firm(_DEMO, self._firm_id, f"{self._sandbox.url}/CaseSyncAPI/")
        desk.connect_by_password(_DEMO, firm, PasswordCredentials("firm1", "sandbox"))
        # The identity provider says nothing of her role: she is on the list of people.
        desk.manage_people.add(_DEMO, Person("fiona@firm1.test", Role.FIRM_ADMIN, frozenset({self._firm_id})))
        return desk.firms.get(_DEMO, self._firm_id)

    def _import(self, firm: Firm, show: Callable[[int], None]) -> None:
        self._service.desk.start_sync(_DEMO, firm)
        within_s = _GRACE_S + self._options.cases / _CASES_PER_SECOND_AT_LEAST

        def finished() -> bool:
            heard = self._heard()
            show(heard["cases_imported"])
            return bool(heard["syncs_finished"])

        self._until(finished, within_s, "the import")
        show(self._options.cases)

    def _send(self, tick: Callable[[], None], show_notes: Callable[[int], None]) -> None:
        if not self._options.messages:
            return
        case_ids, clock = self._imported_ids(), self._service.desk.clock
        for number in range(self._options.messages):
            now = clock.now()
            self._sent_at[reference_mark(self._firm_id, self._upstream.message_id(number))] = now
            self._upstream.send(number, case_ids[number % len(case_ids)], now)
            tick()
            if number % 25 == 0:
                show_notes(self._notes_written())

    def _upload(self, show: Callable[[int], None]) -> None:
        """Let documents be uploaded in Case Status, and wait until they are in SmartAdvocate."""
        case_ids = self._imported_ids()
        made = self._sandbox.make_documents(self._options.documents, _DOCUMENT_BYTES)
        for number, row in enumerate(made):
            case_id = case_ids[number % len(case_ids)]
            self._expected.add((case_id, row["sha256"]))
            self._upstream.upload(row, case_id, self._service.desk.clock.now())

        def all_moved() -> bool:
            written = int(self._sandbox.get("report?notes=0")["documents_written"])
            show(written)
            return written >= self._options.documents

        self._until(all_moved, _GRACE_S + self._options.documents, "the documents")

    def _imported_ids(self) -> list[str]:
        case_ids: list[str] = self._sandbox.get("announcements?imported=1")["case_ids"]
        if not case_ids:
            raise CasebridgeError("no case could be imported, so there is none to write to; try more cases")
        return case_ids

    def _await_notes(self, show: Callable[[int], None]) -> None:
        def all_written() -> bool:
            written = self._notes_written()
            show(written)
            return written >= self._options.messages

        self._until(all_written, _GRACE_S + self._options.messages / 20, "the notes")

    def _result(self) -> dict[str, Any]:
        heard, report = self._heard(), self._sandbox.get("report")
        seconds = [
            (datetime.fromisoformat(note["receivedAt"]) - self._sent_at[mark]).total_seconds()
            for firm in report["notes"].values()
            for notes in firm.values()
            for note in notes
            if (mark := str(note["mark"]).rpartition(" ")[2]) in self._sent_at
        ]
        stored = [
            (case_id, document["sha256"])
            for firm in report["documents"].values()
            for case_id, documents in firm.items()
            for document in documents
        ]
        return {
            "cases_imported": heard["cases_imported"],
            "cases_skipped": sum(heard["cases_skipped"].values()),
            "cases_skipped_by_reason": heard["cases_skipped"],
            "messages_sent": self._options.messages,
            "notes_written": report["notes_written"],
            "notes_duplicated": report["notes_duplicated"],
            "documents_uploaded": self._options.documents,
            "documents_written": report["documents_written"],
            "documents_byte_for_byte": len(self._expected.intersection(stored)),
            "documents_duplicated": report["documents_duplicated"],
            "event_to_note_seconds": {
                "median": round(statistics.median(seconds), 3) if seconds else None,
                "max": round(max(seconds), 3) if seconds else None,
            },
        }

    def _notes_written(self) -> int:
        return int(self._sandbox.get("report?notes=0")["notes_written"])

    def _heard(self) -> dict[str, Any]:
        heard = self._sandbox.get("announcements")
        assert isinstance(heard, dict)  # noqa: S101 - the sandbox is ours; for the type checker
        return heard

    def _until(self, condition: Callable[[], bool], within_s: float, what: str) -> None:
        deadline = time.monotonic() + within_s
        while not condition():
            self._service.check()
            if time.monotonic() > deadline:
                raise CasebridgeError(
                    f"{what} did not end within {within_s:.0f} s; "
                    "run again with CASEBRIDGE_LOG_LEVEL=DEBUG to see why"
                )
            time.sleep(0.1)


def _table(result: dict[str, Any]) -> Table:
    table = Table(title="What SmartAdvocate and Case Status hold", title_justify="left")
    table.add_column("")
    table.add_column("", justify="right")
    table.add_row("cases imported", str(result["cases_imported"]))
    table.add_row("cases skipped", str(result["cases_skipped"]))
    for reason, number in sorted(result["cases_skipped_by_reason"].items()):
        table.add_row(f"  {reason.replace('_', ' ')}", str(number))
    table.add_row("messages sent", str(result["messages_sent"]))
    table.add_row("notes written", str(result["notes_written"]))
    table.add_row("notes duplicated", str(result["notes_duplicated"]))
    table.add_row("documents uploaded", str(result["documents_uploaded"]))
    table.add_row("documents written", str(result["documents_written"]))
    table.add_row("  byte for byte, in their case", str(result["documents_byte_for_byte"]))
    table.add_row("documents duplicated", str(result["documents_duplicated"]))
    for name, value in result["event_to_note_seconds"].items():
        table.add_row(f"event to note, {name}", "-" if value is None else f"{value:.3f} s")
    return table


@contextmanager
def _scratch_folder() -> Iterator[str]:
    """Make a folder that goes with the demo. Raises CasebridgeError where none can be made."""
    try:
        folder = tempfile.mkdtemp(prefix="casebridge-demo-")
    except OSError as error:
        raise CasebridgeError(
            f"no folder for the demo's data can be made ({error.strerror}); name one: --data DIR"
        ) from None
    try:
        # The embedded Postgres does not run as root: its account must be able to reach its own folder.
        Path(folder).chmod(0o755)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
