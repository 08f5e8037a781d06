"""What a process writes: one line a trouble, with firm and reason, the time first, colours at a terminal."""

import json
import logging
import re
import sys
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
import structlog

from adapters.postgres.limits.admission import PostgresAdmission
from adapters.postgres.tokens.connections import PostgresConnections
from adapters.postgres.tokens.vault import Vault
from adapters.system.logs import configure_logs
from bootstrap.command_line import command_line
from core.actor import SYSTEM
from core.credentials import OAuthCredentials
from core.cursor import Window
from core.delivery import Attempt, DeliveryState
from core.errors import ConnectionRejectedError, TransientError
from core.event import EventKind
from core.issue import IssueKind
from core.ports.deliveries import NewDelivery
from core.ports.inbox import RejectedEvent
from core.process import process_of
from core.reason import Reason
from core.run import RunState, Trigger
from core.schedule import JobName
from core.usecases.steps.lose_connection import lose_connection
from tests.fakes import FakeClock
from tests.fakes.samples import NOON, a_message
from tests.integration.postgres_support import Postgres, postgres

Entries = list[MutableMapping[str, Any]]


@pytest.fixture
def store(migrated_database_url: str) -> Iterator[Postgres]:
    with postgres(migrated_database_url) as store:
        store.connect_firm()
        yield store


@pytest.fixture
def entries() -> Iterator[Entries]:
    capture = structlog.testing.LogCapture()
    structlog.configure(processors=[structlog.contextvars.merge_contextvars, capture])
    yield capture.entries
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def troubles(entries: Entries) -> list[tuple[str, str | None, str | None]]:
    """Return what was said at warning or above: event, firm, reason."""
    loud = [entry for entry in entries if entry["log_level"] in {"warning", "error", "critical"}]
    return [(entry["event"], entry.get("firm_id"), entry.get("reason")) for entry in loud]


def test_a_lost_connection_is_one_line_however_often_it_is_met(store: Postgres, entries: Entries) -> None:
    for _ in range(3):
        with store.unit_of_work() as uow:
            lose_connection(uow, "north", ConnectionRejectedError("SmartAdvocate answered 401"))
            uow.commit()
    assert troubles(entries) == [("issue_opened", "north", "connection_lost")]
    [said] = [entry for entry in entries if entry["event"] == "issue_opened"]
    assert said["detail"] == "SmartAdvocate answered 401"


def test_what_was_not_committed_is_not_said(store: Postgres, entries: Entries) -> None:
    with store.unit_of_work() as uow:
        uow.issues.open("north", IssueKind.CONNECTION_LOST, "north", "401")
    assert entries == []


def test_an_issue_that_is_over_is_said_quietly(store: Postgres, entries: Entries) -> None:
    with store.unit_of_work() as uow:
        uow.issues.open("north", IssueKind.NOTE_TYPE_UNKNOWN, "inbound_note_type", "no such type")
        uow.commit()
        uow.issues.resolve("north", IssueKind.NOTE_TYPE_UNKNOWN)
        uow.issues.resolve("north", IssueKind.NOTE_TYPE_UNKNOWN)
        uow.commit()
    assert [(entry["event"], entry["log_level"]) for entry in entries] == [
        ("issue_opened", "warning"),
        ("issue_resolved", "info"),
    ]


def test_a_run_that_rests_or_fails_is_a_line_with_its_reason(store: Postgres, entries: Entries) -> None:
    with store.unit_of_work() as uow:
        run, _ = uow.runs.start("north", Trigger.NIGHTLY, Window(NOON, NOON))
        uow.runs.put_off(run, NOON, Reason.UNAVAILABLE, "SmartAdvocate answered 503")
        uow.runs.finish(run.run_id, RunState.FAILED, Reason.PERMISSION_MISSING, "may not read")
        uow.runs.finish(run.run_id, RunState.FAILED, Reason.PERMISSION_MISSING, "may not read")
        other, _ = uow.runs.start("north", Trigger.NIGHTLY, Window(NOON, NOON))
        uow.runs.finish(other.run_id, RunState.FINISHED)
        uow.commit()
    assert troubles(entries) == [
        ("run_put_off", "north", "unavailable"),
        ("run_ended", "north", "permission_missing"),
    ]
    assert [entry["log_level"] for entry in entries][-1] == "info"


def test_deliveries_that_do_not_get_out_are_a_line_a_reason(store: Postgres, entries: Entries) -> None:
    owner = store.owner()
    with store.unit_of_work() as uow:
        uow.deliveries.add(
            [NewDelivery(a_message(f"m-{n}", minute=n, case_integration_id=str(n))) for n in range(5)]
        )
        uow.commit()
        lanes = uow.deliveries.claim("north", EventKind.MESSAGE_SENT, owner=owner, lanes=9, limit=9)
        uow.commit()
        attempts = [
            Attempt(lane.deliveries[0], DeliveryState.DELIVERED, NOON, stored_id="1") for lane in lanes[:1]
        ]
        attempts += [
            Attempt(
                lane.deliveries[0], DeliveryState.HELD, NOON, reason=Reason.PERMISSION_MISSING, detail="403"
            )
            for lane in lanes[1:4]
        ]
        attempts.append(
            Attempt(
                lanes[4].deliveries[0],
                DeliveryState.RETRYING,
                NOON,
                run_at=NOON,
                reason=Reason.RATE_LIMITED,
                pause=timedelta(seconds=2),
            )
        )
        uow.deliveries.record(owner, attempts)
        uow.commit()
    assert troubles(entries) == [("deliveries_not_out", "north", "permission_missing")]
    [said] = entries
    assert (said["number"], said["state"], said["detail"]) == (3, "held", "403")


def test_what_waits_for_a_firm_that_nobody_knows_is_a_line(store: Postgres, entries: Entries) -> None:
    with store.unit_of_work() as uow:
        event = a_message("m-1", firm_id="nobody")
        uow.deliveries.add([NewDelivery(event, Reason.FIRM_UNKNOWN)])
        uow.inbox.set_aside([RejectedEvent("http", Reason.MALFORMED, "no text", 2, b"{}")])
        uow.commit()
    assert troubles(entries) == [
        ("deliveries_not_out", "nobody", "firm_unknown"),
        ("events_rejected", None, "malformed"),
    ]


def test_a_pause_is_a_line_with_what_was_asked_and_what_is_granted(store: Postgres, entries: Entries) -> None:
    admission = PostgresAdmission(store.pool, FakeClock(), lambda _: False)
    admission.hold("north", timedelta(seconds=2), "insert a note into case 7")
    assert troubles(entries) == [("firm_paused", "north", "rate_limited")]
    assert (entries[0]["asked_s"], entries[0]["call"]) == (2.0, "insert a note into case 7")
    entries.clear()
    admission.hold("north", timedelta(hours=8), "insert a note into case 7")
    assert entries[0]["pause_s"] == 900
    assert ("issue_opened", "north", "pause_shortened") in troubles(entries)


def test_a_log_in_that_failed_is_a_line_though_the_old_token_serves(
    store: Postgres, entries: Entries
) -> None:
    connections = PostgresConnections(store.pool, Vault({"k1": bytes(range(32))}, "k1"), store.pool)
    connections.put("north", "https://sa.test/", OAuthCredentials("r0"))
    with connections.locked("north") as locked:
        locked.read()
        locked.refuse(TransientError("the authorization server answered 503"), timedelta(seconds=3))
    assert troubles(entries) == [("log_in_refused", "north", "unavailable")]


def test_a_job_whose_worker_was_killed_is_a_line(store: Postgres, entries: Entries) -> None:
    with store.unit_of_work() as uow:
        uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"])
        uow.commit()
    [(job_id,)] = store.rows("select job_id from jobs")
    owner = store.owner()
    with store.unit_of_work() as uow:
        uow.jobs.start(job_id, owner)
        uow.processes.end(process_of(owner))
        uow.commit()
    with store.unit_of_work() as uow:
        uow.jobs.take_back()
        uow.commit()
    assert troubles(entries) == [("job_lost", "north", "process_gone")]


def test_what_a_job_logs_names_its_firm(store: Postgres, entries: Entries) -> None:
    with store.unit_of_work() as uow:
        uow.jobs.enqueue(JobName.SYNC_MESSAGES, ["north"])
        uow.commit()
    [(job_id,)] = store.rows("select job_id from jobs")
    owner = store.owner()
    with store.unit_of_work() as uow:
        assert uow.jobs.start(job_id, owner)
        uow.commit()
    structlog.get_logger().info("inside")
    assert entries[-1]["firm_id"] == "north"


@pytest.fixture
def piped(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """What was written to standard error, which is no terminal, with logging put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield lambda: capsys.readouterr().err
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def log_something() -> None:
    structlog.get_logger("x").warning(
        "run_put_off",
        detail="élan",
        run_id=7,
        reason=Reason.RATE_LIMITED,
        firm_id="north",
        state=RunState.FAILED,
    )
    logging.getLogger("somebody.else").warning("from a %s", "library")


@pytest.mark.parametrize("style", ["auto", "json"])
def test_lines_in_a_file_are_json_with_the_time_first(piped: Callable[[], str], style: str) -> None:
    configure_logs("INFO", style)
    log_something()
    written = piped()
    ours, theirs = map(json.loads, written.splitlines())
    assert list(ours)[:5] == ["timestamp", "level", "event", "firm_id", "reason"]
    assert list(theirs)[:3] == ["timestamp", "level", "event"]
    assert (ours["reason"], ours["state"], ours["detail"]) == ("rate_limited", "failed", "élan")
    assert "élan" in written


def test_columns_in_a_file_have_no_colours_and_plain_words(piped: Callable[[], str]) -> None:
    configure_logs("INFO", "console")
    log_something()
    written = piped()
    ours, theirs = written.splitlines()
    assert "\x1b" not in written
    assert ours[:2] == theirs[:2] == "20"
    assert "reason=rate_limited" in ours
    assert "<" not in ours


@pytest.mark.parametrize("style", ["console", "json"])
def test_enumerations_and_times_are_plain_however_deep_they_stand(
    piped: Callable[[], str], style: str
) -> None:
    """Seen: queues=[<JobName.BULK_OPERATIONS: 'bulk-operations'>, …] as a worker's first line."""
    configure_logs("INFO", style)
    structlog.get_logger("x").info(
        "odd",
        queues=[JobName.SYNC_CASES],
        by={RunState.FAILED: (Reason.PAUSED, {JobName.SYNC_CASES})},
        at=NOON,
        for_=timedelta(minutes=2),
    )
    written = piped()
    assert "<" not in written
    assert "datetime" not in written
    assert {"sync-cases", "failed", "paused", "120.0"} <= set(re.findall(r"[\w.-]+", written))


def test_the_web_servers_own_lines_are_not_ours(piped: Callable[[], str]) -> None:
    configure_logs("INFO", "json")
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 7)
    assert piped() == ""


class Unsayable:
    def __str__(self) -> str:
        raise LookupError("what a client wrote")


@pytest.mark.parametrize("style", ["console", "json"])
def test_a_line_that_cannot_be_made_is_one_that_says_where_it_came_from(
    piped: Callable[[], str], style: str
) -> None:
    """Seen: the library's own traceback, with all that was to be written."""
    configure_logs("INFO", style)
    for wrong in ("what a client wrote", Unsayable()):
        logging.getLogger("somebody.else").warning("%d of it", wrong)
        logging.getLogger("somebody.else").warning("of it: %s", Unsayable())
    written = piped()
    assert written.count("line_not_written") == written.count("\n") == 4
    assert "client wrote" not in written
    assert "somebody.else" in written


@pytest.mark.usefixtures("piped")
def test_what_a_command_logs_stands_apart_from_what_it_prints(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Seen: a line of the log in front of the JSON of `doctor --json`."""
    monkeypatch.setenv("CASEBRIDGE_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    with ExitStack() as closing:
        command_line(closing=closing).actor()
        structlog.get_logger("x").error("secret_key_differs", key="k1")
        structlog.get_logger("x").info("quiet")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert json.loads(printed.err)["event"] == "secret_key_differs"


NAMES_OF_STRANGERS = [
    "x\x1b]0;mine\x07",
    "\x1b[2J",
    "two\nlines",
    "and\r\x0bmore",
    "by\u2028unicode",
    "\x9b31m",
    "turned \u202e around",
    "\x7f",
]


@pytest.mark.parametrize("style", ["console", "json"])
@pytest.mark.parametrize("name", NAMES_OF_STRANGERS)
def test_no_name_of_a_stranger_makes_a_line_or_moves_a_terminal(
    piped: Callable[[], str], style: str, name: str
) -> None:
    configure_logs("INFO", style)
    structlog.get_logger("x").warning("issue_opened", key=name, detail=f"1 case has {name}")
    logging.getLogger("somebody.else").warning("from %s", name)
    written = piped()
    assert written.endswith("\n")
    assert all(line.isprintable() for line in written.split("\n"))
    assert written.count("\n") == 2
    if style == "json":
        assert json.loads(written.split("\n")[0])["key"] == name


def test_columns_at_a_terminal_have_colours(
    piped: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "")
    monkeypatch.setenv("TERM", "xterm")
    configure_logs("INFO", "auto")
    log_something()
    assert "\x1b[" in piped()


@pytest.mark.parametrize(
    ("terminal", "name", "value"),
    [
        (True, "NO_COLOR", "1"),
        (True, "TERM", "dumb"),
        (False, "FORCE_COLOR", "1"),
        (False, "CLICOLOR_FORCE", "1"),
    ],
)
@pytest.mark.parametrize("style", ["auto", "console", "json"])
def test_who_wants_no_colours_has_none_and_a_file_never_has(
    piped: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
    style: str,
    terminal: bool,
    name: str,
    value: str,
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    monkeypatch.setenv(name, value)
    configure_logs("INFO", style)
    log_something()
    assert "\x1b" not in piped()


def test_secrets_are_withheld_in_any_form(piped: Callable[[], str]) -> None:
    configure_logs("INFO", "console")
    structlog.get_logger("x").warning("odd", token="hunter2", actor=str(SYSTEM.name))
    assert "hunter2" not in piped()
