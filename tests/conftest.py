"""Fixtures that all tests share: servers found once a session, a database and a virtual host a test."""

import gc
import os
import random
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Hundreds of processes start in these tests, and each would compile every module anew. Said before more is
# imported: pytest rewrites its plugins, which takes a second in each process where the result is not kept.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

import pytest  # noqa: E402 - after what is said above

# Unit tests need no server: what finds and starts servers is imported by the fixtures that use it.
if TYPE_CHECKING:
    from tests.deployment import Deployment
    from tests.servers import PostgresServer, Processes, RabbitServer, SessionGuard, WarmPython

SERVER_NOTES = pytest.StashKey[dict[str, str]]()
MISSING = "MISSING"
FAULTS = "tests/faults/"
BROWSER = "tests/browser/"
# Whole files go to whichever process is free, in this order: what comes last has to be short.
LONGEST_FIRST = (
    FAULTS,
    "tests/integration/test_benchmarks_run.py",
    "tests/integration/test_documented_commands.py",
    "tests/integration/test_firm_moves.py",
    "tests/integration/test_limits_processes.py",
    "tests/integration/test_privacy.py",
    BROWSER,
    "tests/integration/test_postgres_pgbouncer.py",
    "tests/integration/test_main_job.py",
    "tests/integration/test_documents_job.py",
    "tests/integration/test_rabbitmq_outage.py",
    "tests/integration/test_rabbitmq_publisher.py",
    "tests/integration/test_rabbitmq_intake.py",
    "tests/integration/test_workers_rabbitmq.py",
    "tests/integration/test_demo.py",
    "tests/integration/test_embedded_postgres.py",
    "tests/integration/test_servers.py",
    "tests/integration/test_case_sync.py",
    "tests/integration/test_answer_memory.py",
    "tests/integration/test_v1_fuzzed.py",
    "tests/integration/test_drift.py",
    "tests/integration/test_typed_wiring.py",
    "tests/integration/",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """What `make faults` says beyond what every run of the tests does."""
    group = parser.getgroup("casebridge")
    group.addoption(
        "--long", action="store_true", help="run what is marked `long`, and properties ten times as long"
    )
    group.addoption("--seed", type=int, help="of the random schedules of faults; printed")
    group.addoption("--schedules", type=int, default=1, metavar="N", help="run so many of them (1)")
    group.addoption("--schedule", type=int, metavar="K", help="run only the one with this number")


def pytest_report_header(config: pytest.Config) -> str:
    """Say the seed at the start: a run that is cut short can be repeated too."""
    return f"faults: --seed {config.getoption('--seed')}"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what takes long, unless it is asked for; of the rest, what takes longest comes first."""
    if not config.getoption("--long"):
        left_out = [item for item in items if item.get_closest_marker("long")]
        if left_out:
            config.hook.pytest_deselected(items=left_out)
            items[:] = [item for item in items if not item.get_closest_marker("long")]
    items.sort(key=_place)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what the tests are: it would look at all of it again and again."""
    gc.collect()
    gc.freeze()


def _place(item: pytest.Item) -> tuple[int, bool]:
    """Return where a file stands in LONGEST_FIRST, or after it.

    Fault tests without the rig come before those with it: once there it takes its share of all that follows.
    """
    places = (place for place, beginning in enumerate(LONGEST_FIRST) if item.nodeid.startswith(beginning))
    return next(places, len(LONGEST_FIRST)), "shared_rig" in getattr(item, "fixturenames", ())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Keep tests that share servers in one process: those of a file, and all of faults, which share a rig.

    Those in a browser are kept in one, too: one Chromium keeps both cores busy.

    `make faults`, which has hundreds of those, spreads them instead.
    """
    from xdist.scheduler import LoadFileScheduling

    class WholeRooms(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            for room in (FAULTS, BROWSER):
                if nodeid.startswith(room):
                    return room
            return super()._split_scope(nodeid)

    return WholeRooms(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_configure(config: pytest.Config) -> None:
    """Keep what is to be said about servers at the end, and draw a seed that xdist's processes take over."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # So a shell without job control begins what it puts behind; processes under test would not hear it.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:  # under `nohup`: the same
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    if config.option.seed is None:
        config.option.seed = random.SystemRandom().randrange(1_000_000)
    config.stash[SERVER_NOTES] = {}
    is_whole = config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if is_whole and config.getoption("numprocesses", None) and not hasattr(config, "workerinput"):
        from tests.compiled import compile_all

        compile_all(config)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any, error: object) -> None:
    """Take over what a process of pytest-xdist has to say about servers."""
    node.config.stash[SERVER_NOTES].update(getattr(node, "workeroutput", {}).get("server_notes", {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Hand on what this process has to say about servers, if it is one of pytest-xdist's."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["server_notes"] = session.config.stash[SERVER_NOTES]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which servers the tests ran on, and loudly which were missing."""
    notes = config.stash[SERVER_NOTES]
    if notes:
        terminalreporter.section("servers")
    for name, note in notes.items():
        is_missing = note.startswith(MISSING)
        terminalreporter.write_line(f"{name}: {note}", red=is_missing, bold=is_missing)


@pytest.fixture(scope="session")
def session_guard() -> Iterator["SessionGuard"]:
    """Ends what the session started, even if the session itself is killed."""
    from tests.servers import SessionGuard

    guard = SessionGuard()
    yield guard
    guard.close()


@pytest.fixture(scope="session")
def say(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Say a line to the person at the terminal at once, past pytest's capture."""

    def speak(text: str) -> None:
        capture = pytestconfig.pluginmanager.getplugin("capturemanager")
        terminal = pytestconfig.pluginmanager.getplugin("terminalreporter")
        if terminal is None:  # a process of pytest-xdist: it has no terminal, its real stderr is one
            print(f"\n{text}", file=sys.__stderr__, flush=True)
            return
        with capture.global_and_fixture_disabled() if capture else ExitStack():
            terminal.write_line(f"\n{text}", yellow=True, bold=True)

    return speak


@pytest.fixture(scope="session")
def postgres_server(
    session_guard: "SessionGuard", pytestconfig: pytest.Config, say: Callable[[str], None]
) -> Iterator["PostgresServer"]:
    """A PostgreSQL server, always to be had: the embedded one is the last resort."""
    from tests.servers import found_postgres

    with found_postgres(session_guard, say=say) as server:
        pytestconfig.stash[SERVER_NOTES]["PostgreSQL"] = server.origin
        yield server


@pytest.fixture
def database_url(postgres_server: "PostgresServer") -> Iterator[str]:
    """The URL of an empty database that is this test's alone."""
    url = postgres_server.create_database()
    yield url
    postgres_server.drop_database(url)


@pytest.fixture(scope="session")
def template_url(postgres_server: "PostgresServer") -> str:
    """The URL of a migrated database from which others are copied; nobody connects to it."""
    from adapters.postgres.store.access import prepare_role
    from adapters.postgres.store.migrate import migrate

    url = postgres_server.create_database()
    migrate(url)
    prepare_role(url)
    return url


@pytest.fixture
def migrated_database_url(postgres_server: "PostgresServer", template_url: str) -> Iterator[str]:
    """The URL of a database with all migrations applied that is this test's alone."""
    url = postgres_server.create_database(template=template_url)
    yield url
    postgres_server.drop_database(url)


@contextmanager
def rabbit_or_skip(
    guard: "SessionGuard", config: pytest.Config, say: Callable[[str], None]
) -> Iterator["RabbitServer"]:
    """Give a RabbitMQ server. Where none can be had the test is skipped, and with CI=true it fails."""
    from tests.servers import NoServerError, found_rabbit

    notes = config.stash[SERVER_NOTES]
    with ExitStack() as stack:
        try:
            server = stack.enter_context(found_rabbit(guard, say=say))
        except NoServerError as error:
            notes["RabbitMQ"] = f"{MISSING}: broker tests did NOT run. {error}"
            if os.environ.get("CI", "").lower() in {"true", "1"}:
                pytest.fail(f"no RabbitMQ, and CI demands one: {error}", pytrace=False)
            pytest.skip(f"no RabbitMQ: {error}")
        notes["RabbitMQ"] = server.origin
        yield server


@pytest.fixture(scope="session")
def rabbit_server(
    session_guard: "SessionGuard", pytestconfig: pytest.Config, say: Callable[[str], None]
) -> Iterator["RabbitServer"]:
    """The RabbitMQ server of this process's tests."""
    with rabbit_or_skip(session_guard, pytestconfig, say) as server:
        yield server


@pytest.fixture
def amqp_url(rabbit_server: "RabbitServer") -> Iterator[str]:
    """The AMQP URL of an empty virtual host that is this test's alone."""
    url = rabbit_server.create_vhost()
    yield url
    rabbit_server.drop_vhost(url)


@pytest.fixture(scope="session")
def warm_python(session_guard: "SessionGuard") -> Iterator["WarmPython | None"]:
    """Forks processes of ours, loaded already. None where forking is not what it is on Linux."""
    from tests.servers import WarmPython
    from tests.servers.guard import PROCESS

    if sys.platform != "linux":
        yield None
        return
    warm = WarmPython()
    session_guard.watch(PROCESS, warm.pid)
    yield warm
    warm.close()
    session_guard.forget(PROCESS, warm.pid)


@pytest.fixture
def processes(session_guard: "SessionGuard", warm_python: "WarmPython | None") -> Iterator["Processes"]:
    """Starts processes of ours; whatever still runs at the end of the test is ended."""
    from tests.servers import Processes

    started = Processes(session_guard, warm_python)
    yield started
    started.close()


@pytest.fixture
def deployment(
    processes: "Processes", migrated_database_url: str, amqp_url: str, tmp_path: Path
) -> "Deployment":
    """casebridge as separate processes on a database and a virtual host of their own; nothing runs yet."""
    from tests.deployment import Deployment

    return Deployment(processes, migrated_database_url, amqp_url, tmp_path)


@pytest.fixture(scope="module")
def shared_deployment(
    session_guard: "SessionGuard",
    warm_python: "WarmPython | None",
    postgres_server: "PostgresServer",
    template_url: str,
    rabbit_server: "RabbitServer",
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator["Deployment"]:
    """The same for all tests of a file, each of which leaves it as the next may find it."""
    from tests.deployment import Deployment
    from tests.servers import Processes

    database_url = postgres_server.create_database(template=template_url)
    amqp_url = rabbit_server.create_vhost()
    started = Processes(session_guard, warm_python)
    try:
        yield Deployment(started, database_url, amqp_url, tmp_path_factory.mktemp("deployment"))
    finally:
        started.close()
        rabbit_server.drop_vhost(amqp_url)
        postgres_server.drop_database(database_url)
