"""A server that is away is one line with host, port and next step, and not one for each attempt."""

import logging
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import structlog

import adapters.postgres.store.pool
from adapters.rabbitmq.broker import make_broker
from adapters.system.logs import configure_logs
from bootstrap.application import Application
from bootstrap.processes import checks
from core.errors import ConfigurationError, TransientError
from core.reason import Reason
from tests.deployment import Deployment
from tests.servers import Processes, free_port
from tests.servers.waiting import eventually
from workers.actors import register_actors
from workers.middleware import JobLog
from workers.run import JobWorker

QUEUES = ("sync-messages", "sync-documents", "sync-cases", "import-cases")


def test_a_command_without_its_database_says_one_line(processes: Processes) -> None:
    """Seen: nineteen lines of the pool's attempts before ours."""
    url = f"postgresql://nobody:hunter2@127.0.0.1:{free_port()}/none"
    command = processes.start("bootstrap", "firms", "list", env={"CASEBRIDGE_DATABASE_URL": url})
    assert command.wait(60) == 1
    [line] = command.output.splitlines()
    assert line.startswith("casebridge: ")
    assert "Check that PostgreSQL is up" in line
    assert re.search(r"nothing listens at 127\.0\.0\.1:[0-9]+ ", line), line
    assert "hunter2" not in line


def test_a_database_that_is_not_there_is_named(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Seen: `create database cb_LATIN1` makes cb_latin1; then it was said that nothing answers."""
    monkeypatch.setattr(adapters.postgres.store.pool, "CHECKOUT_WITHIN_S", 0.5)
    at = urlsplit(database_url)
    monkeypatch.setenv("CASEBRIDGE_DATABASE_URL", at._replace(path="/cb_LATIN1").geturl())
    application = Application()
    try:
        for look in (application.store.check, application.store.check_access):  # directly, and by the pool
            with pytest.raises(TransientError, match=f"there is no database 'cb_LATIN1' at .*:{at.port}"):
                look()
    finally:
        application.close()


def test_doctor_says_of_tables_that_are_not_there_what_to_run(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CASEBRIDGE_DATABASE_URL", database_url)
    application = Application()
    try:
        with pytest.raises(ConfigurationError) as caught:
            application.store.check_cell()
    finally:
        application.close()
    assert caught.value.reason is Reason.SCHEMA_BEHIND


def test_doctor_waits_once_for_a_database_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapters.postgres.store.pool, "CHECKOUT_WITHIN_S", 0.2)
    monkeypatch.setenv("CASEBRIDGE_DATABASE_URL", f"postgresql://nobody@127.0.0.1:{free_port()}/none")
    monkeypatch.delenv("CASEBRIDGE_AMQP_URL", raising=False)
    application = Application()
    try:
        parts = checks(application)
        said = {}
        for name in ("database", "row-level security", "stored secrets", "cell", "removal", "cleaning"):
            with pytest.raises(TransientError) as caught:
                parts[name]()
            said[name] = caught.value
    finally:
        application.close()
    assert len(set(map(id, said.values()))) == 1, "the first answer is everybody's"


def test_connecting_to_a_dead_port_names_host_and_port_and_what_to_do(
    processes: Processes, migrated_database_url: str, tmp_path: object
) -> None:
    port = free_port()
    deployment = Deployment(processes, migrated_database_url, "amqp://unused", tmp_path)  # type: ignore[arg-type]  # a path by name
    deployment.run("firms", "add", "north")
    address = f"http://127.0.0.1:{port}/CaseSyncAPI/"
    command = deployment.start(
        "connect", "north", "--url", address, "--username", "firm1", CASEBRIDGE_CONNECT_PASSWORD="hunter2"
    )
    assert command.wait(60) == 1
    [line] = command.output.splitlines()
    assert f"127.0.0.1:{port}" in line
    assert "Check the address (casebridge connect north --url URL)" in line
    assert "tried again by itself" not in line
    assert "hunter2" not in line


@pytest.fixture
def logs_kept() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


@pytest.mark.usefixtures("logs_kept")
def test_a_worker_without_its_broker_says_so_once_for_all_queues(capsys: pytest.CaptureFixture[str]) -> None:
    """Dramatiq tries each queue every three seconds, with a critical line for each."""
    configure_logs("WARNING", "json")
    broker = make_broker(f"amqp://guest:guest@127.0.0.1:{free_port()}/", [JobLog()])
    register_actors(broker, {name: lambda _: None for name in QUEUES})
    attempts = Attempts()
    logging.getLogger("dramatiq").addHandler(attempts)
    try:
        worker = JobWorker(broker, threads=1)
        worker.start()
        eventually(lambda: attempts.number >= 2 * len(QUEUES), 30, "two attempts for each queue")
        worker.stop()
    finally:
        logging.getLogger("dramatiq").removeHandler(attempts)
    said = capsys.readouterr().err
    assert len(re.findall('"broker_away"', said)) == 1
    assert "127.0.0.1" in said
    assert "Consumer encountered" not in said


class Attempts(logging.Handler):
    """Counts Dramatiq's complaints, which are not written."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.number += "connection error" in record.getMessage()
