"""casebridge as an operator runs it: separate processes on real servers, and the sandbox beside them."""

import base64
import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import httpx2
import psycopg
from typer.testing import CliRunner

from adapters.cli.app import build
from bootstrap.application import Application
from bootstrap.command_line import command_line
from sandbox.upstream import case_ids, publish_amqp
from sandbox.upstream_events import (
    DOCUMENT_UPLOADED,
    MESSAGE_SENT,
    MessageEvents,
    document_event,
    encode,
)
from tests.servers.processes import Processes, RunningProcess
from tests.servers.waiting import eventually

FIRM = "north"
_READY = {"intake": "intake_ready", "scheduler": "scheduler_ready", "worker": "worker_ready"}
QUICK = {
    # What is not there counts within seconds, not within the minute that real calls may take.
    "CASEBRIDGE_SLICE_S": "3",
    "CASEBRIDGE_CALL_LIMIT_S": "5",
    "CASEBRIDGE_SETTLE_S": "5",
    "CASEBRIDGE_RECOVER_EVERY_S": "0.5",
    "CASEBRIDGE_INTAKE_RENEW_S": "3",
    "CASEBRIDGE_MESSAGES_EVERY_S": "5",
}

_STORY = {
    "now": "select now()",
    "deliveries of note": "select firm_id, case_integration_id, subject_id, state, attempts, doubtful_since, "
    "adopted, reason, note_id, created_at, first_attempt_at, delivered_at, run_at from deliveries "
    "where state <> 'delivered' or attempts > 1 order by delivery_id limit 50",
    "lanes": "select firm_id, kind, case_integration_id, ready_at::text, owner, place from lanes "
    "where ready_at is not null or owner is not null limit 20",
    "jobs": "select job_id, name, firm_id, run_id, state, owner, published_at from jobs "
    "order by job_id limit 20",
    "processes": "select * from processes order by process_id desc limit 20",
    "parked jobs": "select * from parked_jobs limit 20",
    "the outbox's last rows": "select row_id, queue, kind, job_id, created_at, published_at from outbox "
    "order by row_id desc limit 20",
}


class Deployment:
    """Starts processes with the settings given, and asks the sandbox what came of it."""

    def __init__(
        self, processes: Processes, database_url: str, amqp_url: str, folder: Path, **settings: str
    ) -> None:
        self._processes = processes
        self._folder = folder
        self.database_url = database_url
        self.amqp_url = amqp_url
        self.env = {
            "CASEBRIDGE_DATABASE_URL": database_url,
            "CASEBRIDGE_AMQP_URL": amqp_url,
            "CASEBRIDGE_SECRET_KEYS": f"k1:{base64.b64encode(b'k' * 32).decode()}",
            "CASEBRIDGE_API_KEYS": "upstream:let-me-in:events:*",
            "CASEBRIDGE_LOG_FORMAT": "json",
            "CASEBRIDGE_DOCUMENT_HTTP_HOSTS": "127.0.0.1",
            "CASEBRIDGE_SMARTADVOCATE_HTTP_HOSTS": "127.0.0.1",
            **QUICK,
            **settings,
        }
        self._awaited: set[tuple[str, str]] = set()
        self.asking = Asking(database_url)
        processes.at_end.callback(self.asking.close)
        self.sandbox_url = ""
        self.smartadvocate_url = ""
        """Where the service finds the sandbox, if not at its own address."""

    def run(self, *arguments: str, **env: str) -> Any:
        """Run a command to its end and return what it printed as JSON. Fails with its output.

        In this process: it begins at once, where a process of its own takes seconds to load. `start` is for
        what is to be tried as a user runs it.
        """
        others = {name: None for name in os.environ if name.startswith("CASEBRIDGE_")}
        application = Application()
        try:
            done = CliRunner().invoke(
                build(command_line(application), arguments[0]),
                [*arguments, "--json"],
                env={**others, **self.env, **env},
            )
            assert done.exit_code == 0, f"{done.output}{done.exception!r}"
        finally:
            application.close()
        return json.loads(done.stdout.splitlines()[-1])

    def start(self, *arguments: str, python: str | None = None, **env: str) -> RunningProcess:
        """Start `casebridge ARGUMENTS…`; with a `python` that is named, which then loads everything anew."""
        environment = {**self.env, **env}
        if python is None:
            return self._processes.start("bootstrap", *arguments, env=environment)
        return self._processes.start_command([python, "-m", "bootstrap", *arguments], env=environment)

    def up(self, *, intakes: int = 1, schedulers: int = 1, workers: int = 1) -> dict[str, RunningProcess]:
        """Start processes side by side; named intake-1, scheduler-1, worker-1 and so on."""
        started = {
            **{f"intake-{n + 1}": self.start("intake") for n in range(intakes)},
            **{f"scheduler-{n + 1}": self.start("schedule") for n in range(schedulers)},
            **{f"worker-{n + 1}": self.start("work", "--threads", "4") for n in range(workers)},
        }
        for name, process in started.items():
            process.wait_for_line(_READY[name.partition("-")[0]])
        return started

    def intake(self) -> RunningProcess:
        """Start an intake, and wait until it consumes."""
        process = self.start("intake")
        process.wait_for_line("intake_ready")
        return process

    def scheduler(self) -> RunningProcess:
        """Start a scheduler."""
        process = self.start("schedule")
        process.wait_for_line("scheduler_ready")
        return process

    def worker(self, threads: int = 4) -> RunningProcess:
        """Start a worker."""
        process = self.start("work", "--threads", str(threads))
        process.wait_for_line("worker_ready")
        return process

    def sandbox(self, *arguments: str) -> RunningProcess:
        """Start a sandbox SmartAdvocate; its address is `sandbox_url` from then on."""
        process = self._processes.start("sandbox", "--port", "0", *arguments, env=self.env)
        self.sandbox_url = process.wait_for_line(r"sandbox ready on (http://\S+)").group(1)
        self.sandbox_process = process
        return process

    def connect(self, firm: str = FIRM, user: str = "firm1") -> None:
        """Add a firm with its practice areas, and connect it."""
        areas = self._folder / "practice-areas.json"
        areas.write_text(json.dumps(self.ask("practice-areas")), encoding="utf-8")
        self.run("firms", "add", firm, "--practice-areas", str(areas))
        # The sandbox needs no protection, and tests no waiting; the limits have tests of their own.
        self.run("firms", "set", firm, "requests_per_second=0")
        self.run(
            "connect",
            firm,
            "--url",
            f"{self.smartadvocate_url or self.sandbox_url}/CaseSyncAPI/",
            "--username",
            user,
            CASEBRIDGE_CONNECT_PASSWORD="sandbox",
        )

    def import_cases(self, firm: str = FIRM, within_s: float = 60) -> dict[str, int]:
        """Start a run and wait for its end; the counts by outcome."""
        run_id = self.run("sync", "cases", firm)["run_id"]

        eventually(lambda: self.state_of(run_id) == "finished", within_s, "the run finishing", poll_s=0.05)
        counts = self.run("runs", "show", str(run_id))["counts"]
        assert isinstance(counts, dict)
        return counts

    def state_of(self, run_id: int) -> str:
        """Return the state of a run, as it is stored: to be asked often, where a command takes too long."""
        return str(self.stored("select state from runs where run_id = %s", run_id))

    def stored(self, query: LiteralString, *values: object) -> Any:
        """Return the first value of the first row that the database has for a query."""
        row = self.asking.row(query, values)
        assert row is not None
        return row[0]

    def messages(self, count: int, *, firm: str = FIRM, seed: int = 1, user: str = "firm1") -> list[bytes]:
        """Return messages to the firm's importable cases, each a millisecond after the one before."""
        events = MessageEvents(firm, case_ids(self.sandbox_url, user), seed)
        start = datetime.now(UTC) - timedelta(seconds=count / 1000)
        return [events.body(n, start + timedelta(milliseconds=n)) for n in range(count)]

    def publish(self, bodies: Sequence[bytes], *, rate: float = 0, kind: str = MESSAGE_SENT) -> None:
        """Publish events as upstream does."""
        published = publish_amqp(self.amqp_url, bodies, rate=rate, routing_key=kind)
        assert published.accepted == len(bodies)

    def documents(
        self, count: int = 1, *, size: int = 1000, names: Sequence[str] = (), user: str = "firm1"
    ) -> list[dict[str, Any]]:
        """Let Case Status have documents; each says which case it is for: the importable ones take turns."""
        made = self.tell(
            "POST",
            f"documents?firm={user}&count={max(count, len(names))}&size={size}",
            {"file_names": list(names)},
        )["documents"]
        cases = case_ids(self.sandbox_url, user)
        return [{**row, "case_id": str(cases[n % len(cases)])} for n, row in enumerate(made)]

    def upload(self, *documents: dict[str, Any], firm: str = FIRM, **changes: Any) -> None:
        """Publish the events that these documents were uploaded."""
        bodies = [encode(document_event(firm, row["case_id"], row, **changes)) for row in documents]
        self.publish(bodies, kind=DOCUMENT_UPLOADED)

    def stored_documents(self, user: str = "firm1") -> list[tuple[str, str]]:
        """Case and SHA-256 of every document that SmartAdvocate has from us, sorted."""
        documents = self.ask("report")["documents"][user]
        return sorted((case, row["sha256"]) for case, rows in documents.items() for row in rows)

    def await_documents(self, documents: Sequence[dict[str, Any]], within_s: float = 60) -> None:
        """Wait until these are in their cases, and hold that nothing else is and none is there twice.

        But for those that were waited for before.
        """
        self._awaited |= {(row["case_id"], row["sha256"]) for row in documents}
        expected = sorted(self._awaited)
        with self._telling():
            eventually(
                lambda: len(self.stored_documents()) >= len(expected),
                within_s,
                f"{len(expected)} documents",
                poll_s=0.2,
            )
            assert self.stored_documents() == expected
            assert self.ask("report?notes=0")["documents_duplicated"] == 0

    def ask(self, path: str) -> Any:
        """Ask a control route of the sandbox."""
        answer = httpx2.get(f"{self.sandbox_url}/_sandbox/{path}", timeout=30, trust_env=False, verify=False)
        answer.raise_for_status()
        return answer.json()

    def tell(self, method: str, path: str, body: object = None) -> Any:
        """Tell a control route of the sandbox something."""
        answer = httpx2.request(
            method,
            f"{self.sandbox_url}/_sandbox/{path}",
            json=body,
            timeout=30,
            trust_env=False,
            verify=False,
        )
        answer.raise_for_status()
        return answer.json()

    def notes_written(self) -> int:
        """How many notes the sandbox has received."""
        written = self.ask("report?notes=0")["notes_written"]
        assert isinstance(written, int)
        return written

    def await_notes(self, count: int, within_s: float = 60) -> None:
        """Wait until so many notes are there, and hold that none is there twice and each case is in order."""
        with self._telling():
            eventually(lambda: self.notes_written() >= count, within_s, f"{count} notes", poll_s=0.1)
            report = self.ask("report?notes=0")
            assert (report["notes_written"], report["notes_duplicated"]) == (count, 0)

    def await_true(self, condition: Callable[[], object], within_s: float, what: str) -> None:
        """Wait until something is true."""
        with self._telling():
            eventually(condition, within_s, what, poll_s=0.1)

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Let what fails here tell the story."""
        try:
            yield
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self._story()}") from error

    def _story(self) -> str:
        """What a person needs to see why something did not happen, or twice."""
        notes = [
            f"case {case}: {note['noteID']} {note['receivedAt']} {note['mark']}"
            for firm in self.ask("report")["notes"].values()
            for case, rows in firm.items()
            for note in rows
            if sum(other["mark"] == note["mark"] for other in rows) > 1
        ]
        asked = self.ask("report?notes=0")["requests"]
        told = ["notes there twice:", *notes, str(asked)]
        with psycopg.connect(self.database_url) as connection:
            for what, statement in _STORY.items():
                told += [f"{what}:", *map(str, connection.execute(statement).fetchall())]
        return "\n".join([*told, *self._processes.last_words()])

    def marks(self, user: str = "firm1") -> dict[str, list[str]]:
        """The reference marks of the notes on each case, in the order of their coming."""
        notes = self.ask("report")["notes"][user]
        return {case: [str(n["mark"]).rpartition(" ")[2] for n in rows] for case, rows in notes.items()}

    def open_deliveries(self) -> int:
        """How many deliveries are not done."""
        return int(self.stored("select count(*) from deliveries where state <> 'delivered'"))


class Asking:
    """Asks a database again and again on one connection: to make one costs more than most questions."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._connection: psycopg.Connection[Any] | None = None
        self._asking = threading.Lock()

    def rows(self, query: LiteralString, values: Sequence[object] = ()) -> list[Any]:
        """Return what the database has for a query; asked once more where the connection was lost."""
        with self._asking:
            kept = self._connection is not None
            try:
                return self._ask(query, values)
            except psycopg.OperationalError:
                self.close()
                if not kept:
                    raise
            return self._ask(query, values)

    def row(self, query: LiteralString, values: Sequence[object] = ()) -> Any:
        """Return the first of the rows, or None."""
        return next(iter(self.rows(query, values)), None)

    def close(self) -> None:
        """Close the connection; the next question makes a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _ask(self, query: LiteralString, values: Sequence[object]) -> list[Any]:
        if self._connection is None:
            self._connection = psycopg.connect(self._database_url, autocommit=True)
        return self._connection.execute(query, values).fetchall()


def expected_marks(bodies: Sequence[bytes]) -> dict[str, list[str]]:
    """The marks that these messages must leave on each case, in the order they were sent."""
    from core.message import reference_mark

    data = sorted((json.loads(body)["data"] for body in bodies), key=lambda d: d["sent_at"])
    marks: dict[str, list[str]] = {}
    for message in data:
        mark = reference_mark(message["firm_id"], message["message_id"])
        marks.setdefault(message["case_integration_id"], []).append(mark)
    return marks
