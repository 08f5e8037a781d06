"""Which servers the tests use: named ones, else containers, else programs found here, else installed ones."""

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from adapters.embedded.postgres import EmbeddedPostgres
from tests.servers.containers import ContainersUnavailableError, PostgresContainer, RabbitContainer
from tests.servers.folders import make_folder
from tests.servers.guard import FOLDER, PROCESS, SessionGuard
from tests.servers.packages import NotInstalledError, install_rabbitmq, one_session_at_a_time
from tests.servers.postgres import PostgresServer
from tests.servers.rabbit import RabbitServer
from tests.servers.rabbit_control import CombinedControl, CommandControl, ManagementControl
from tests.servers.rabbit_node import NodeEndedError, PrivateRabbitNode, find_programs

DATABASE_URL = "CASEBRIDGE_TEST_DATABASE_URL"
AMQP_URL = "CASEBRIDGE_TEST_AMQP_URL"
MANAGEMENT_URL = "CASEBRIDGE_TEST_AMQP_MANAGEMENT_URL"
# Which ways to try, a comma-separated part of WAYS; all of them by default. Named servers are always taken.
WAYS_VARIABLE = "CASEBRIDGE_TEST_SERVERS"
CONTAINERS, PROGRAMS, PACKAGES, EMBEDDED = "containers", "programs", "packages", "embedded"
WAYS = (CONTAINERS, PROGRAMS, PACKAGES, EMBEDDED)

OLDEST_POSTGRES = 15  # 14 cannot run the migrations
START_ATTEMPTS = 3


class NoServerError(Exception):
    """No such server can be had on this machine; the message says what was tried, step by step."""


class Search:
    """One search for a server: what may be tried, what was tried and why it did not do."""

    def __init__(
        self,
        guard: SessionGuard,
        environ: Mapping[str, str],
        say: Callable[[str], None],
        settings: Mapping[str, str] | None = None,
        *,
        durable: bool = False,
    ) -> None:
        self.guard = guard
        self.durable = durable
        self.environ = environ
        self.say = say
        self.settings = settings or {}
        self.ways = _ways(environ)
        self.tried: list[str] = []
        self.stack = ExitStack()

    def may(self, way: str) -> bool:
        """Tell whether `way` may be tried; notes it where it may not."""
        if way in self.ways:
            return True
        self.tried.append(f"{way}: left out by {WAYS_VARIABLE}")
        return False


@contextmanager
def found_postgres(
    guard: SessionGuard,
    *,
    environ: Mapping[str, str] = os.environ,
    say: Callable[[str], None] = print,
    durable: bool = False,
) -> Iterator[PostgresServer]:
    """Find or start a PostgreSQL; on exit drop what the tests made in it, and stop it if it is ours.

    The order: a named server, a container, programs of an installed PostgreSQL, the embedded one. One that we
    start waits for the disk only if `durable`: tests kill processes, not machines; benchmarks want it.
    """
    search = Search(guard, environ, say, {} if durable else {"fsync": "off"}, durable=durable)
    with search.stack:
        server = (
            _named_postgres(search)
            or _contained_postgres(search)
            or _private_postgres(search, _installed_postgres() if search.may(PROGRAMS) else None, PROGRAMS)
            or _private_postgres(search, None, EMBEDDED)
        )
        if server is None:
            raise NoServerError("; ".join(search.tried))
        search.stack.callback(server.drop_all)
        yield server


@contextmanager
def found_rabbit(
    guard: SessionGuard,
    *,
    environ: Mapping[str, str] = os.environ,
    say: Callable[[str], None] = print,
    durable: bool = False,
) -> Iterator[RabbitServer]:
    """Find or start a RabbitMQ; on exit delete what the tests made in it, and stop it if it is ours.

    The order: a named server, a container, programs on this machine, packages of the distribution.
    `NoServerError` where none of that works. One that we start has its data on a disk only if `durable`.
    """
    search = Search(guard, environ, say, durable=durable)
    with search.stack:
        server = (
            _named_rabbit(search)
            or _contained_rabbit(search)
            or (_private_rabbit(search) if search.may(PROGRAMS) else None)
            or _installed_rabbit(search)
        )
        if server is None:
            raise NoServerError("; ".join(search.tried))
        search.stack.callback(server.drop_all)
        yield server


def _named_postgres(search: Search) -> PostgresServer | None:
    url = search.environ.get(DATABASE_URL)
    if url:
        return PostgresServer(url, f"the server that {DATABASE_URL} names")
    search.tried.append(f"{DATABASE_URL} is not set")
    return None


def _contained_postgres(search: Search) -> PostgresServer | None:
    if not search.may(CONTAINERS):
        return None
    try:
        container = PostgresContainer(search.environ, search.guard, search.settings)
    except ContainersUnavailableError as error:
        search.tried.append(f"{CONTAINERS}: {error}")
        return None
    search.stack.callback(container.remove)
    return PostgresServer(container.admin_url, container.origin, restart_server=container.restart)


def _installed_postgres() -> Path | None:
    """Return the bin folder of the newest installed PostgreSQL: Debian's layout, else what is on PATH."""
    found = {
        int(folder.parent.name): folder
        for folder in Path("/usr/lib/postgresql").glob("*/bin")
        if folder.parent.name.isdigit() and (folder / "postgres").exists() and (folder / "initdb").exists()
    }
    if found:
        newest = max(found)
        return found[newest] if newest >= OLDEST_POSTGRES else None
    on_path = shutil.which("postgres")
    folder = Path(on_path).resolve().parent if on_path else None
    return folder if folder is not None and (folder / "initdb").exists() else None


def _private_postgres(search: Search, programs: Path | None, way: str) -> PostgresServer | None:
    """Start one from `programs`, or the embedded one."""
    if way == PROGRAMS and programs is None:
        search.tried.append(f"{PROGRAMS}: no PostgreSQL {OLDEST_POSTGRES} or newer on this machine")
        return None
    if not search.may(way):
        return None
    guard = search.guard
    folder = make_folder("cbtest-postgres-", durable=search.durable, runs_programs=programs is None)
    folder.chmod(0o711)  # as root, the server's account has to get to its files
    guard.watch(FOLDER, str(folder))
    search.stack.callback(guard.forget, FOLDER, str(folder))
    search.stack.callback(shutil.rmtree, folder, ignore_errors=True)
    embedded = EmbeddedPostgres(folder, bin_dir=programs, settings=search.settings)
    search.stack.callback(embedded.stop)
    embedded.start()
    guard.watch(PROCESS, embedded.pid or 0)

    def restart() -> None:
        guard.forget(PROCESS, embedded.pid or 0)
        embedded.stop()
        embedded.start()
        guard.watch(PROCESS, embedded.pid or 0)

    origin = f"started from the programs in {programs}" if programs else "the embedded one"
    return PostgresServer(embedded.url, origin, restart_server=restart)


def _named_rabbit(search: Search) -> RabbitServer | None:
    url = search.environ.get(AMQP_URL)
    if not url:
        search.tried.append(f"{AMQP_URL} is not set")
        return None
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port or 5672
    user, password = unquote(parts.username or "guest"), unquote(parts.password or "guest")
    management = search.environ.get(MANAGEMENT_URL) or f"http://{host}:15672"
    control = ManagementControl(management, user, password)
    search.stack.callback(control.close)
    if not control.is_answering():
        raise NoServerError(
            f"{AMQP_URL} names {host}:{port}, but no virtual hosts for tests can be made there: its "
            f"management API at {management} does not answer this user. Set {MANAGEMENT_URL}"
        )
    return RabbitServer(
        host=host,
        port=port,
        user=user,
        password=password,
        control=control,
        origin=f"the server that {AMQP_URL} names",
        management_url=management,
    )


def _contained_rabbit(search: Search) -> RabbitServer | None:
    if not search.may(CONTAINERS):
        return None
    try:
        container = RabbitContainer(search.environ, search.guard)
    except ContainersUnavailableError as error:
        search.tried.append(f"{CONTAINERS}: {error}")
        return None
    search.stack.callback(container.remove)
    return _administered(search, container, container.management_url, container.origin)


def _private_rabbit(search: Search) -> RabbitServer | None:
    programs = find_programs()
    if programs is None:
        search.tried.append(f"{PROGRAMS}: no rabbitmq-server on this machine")
        return None
    node = _started_node(programs, search)
    management = f"http://{node.host}:{node.management_port}"
    return _administered(search, node, management, f"started from the programs in {programs}")


def _started_node(programs: Path, search: Search) -> PrivateRabbitNode:
    """Start a node; with other ports where another test session took one of its own in between."""
    for attempt in range(START_ATTEMPTS):
        node = PrivateRabbitNode(programs, search.guard, durable=search.durable)
        try:
            node.start()
        except BaseException as error:
            node.destroy()
            if attempt == START_ATTEMPTS - 1 or not isinstance(error, NodeEndedError):
                raise
        else:
            search.stack.callback(node.destroy)
            return node
    raise AssertionError("unreachable")


def _installed_rabbit(search: Search) -> RabbitServer | None:
    if not search.may(PACKAGES):
        return None
    try:
        with one_session_at_a_time("casebridge-tests-install"):
            if find_programs() is None:  # else another session of these tests was quicker
                install_rabbitmq(search.say)
    except NotInstalledError as error:
        search.tried.append(f"{PACKAGES}: {error}")
        return None
    return _private_rabbit(search)


def _administered(
    search: Search, node: PrivateRabbitNode | RabbitContainer, management_url: str, origin: str
) -> RabbitServer:
    """Return the server of our `node`, administered the fast way where its management plugin answers."""
    fast = CombinedControl(management_url, node.user, node.password, node.command)
    search.stack.callback(fast.close)
    has_management = node.may_have_management and fast.is_answering(within_s=5.0)
    return RabbitServer(
        host=node.host,
        port=node.port,
        user=node.user,
        password=node.password,
        control=fast if has_management else CommandControl(node.command, node.user),
        origin=origin,
        node=node,
        management_url=management_url if has_management else None,
    )


def _ways(environ: Mapping[str, str]) -> tuple[str, ...]:
    named = tuple(part.strip() for part in environ.get(WAYS_VARIABLE, "").split(",") if part.strip())
    unknown = sorted(set(named) - set(WAYS))
    if unknown:
        raise NoServerError(f"{WAYS_VARIABLE} names {', '.join(unknown)}; it takes {', '.join(WAYS)}")
    return named or WAYS
