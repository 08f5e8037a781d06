"""Which servers the tests use: named ones, else containers, else programs found here, else installed ones."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from adapters.embedded.postgres import EmbeddedPostgres
from tests.servers.guard import FOLDER, PROCESS, SessionGuard
from tests.servers.postgres import PostgresServer
from tests.servers.rabbit import RabbitServer
from tests.servers.rabbit_control import CombinedControl, CommandControl, ManagementControl
from tests.servers.rabbit_node import PrivateRabbitNode, find_programs

DATABASE_URL = "CASEBRIDGE_TEST_DATABASE_URL"
AMQP_URL = "CASEBRIDGE_TEST_AMQP_URL"
MANAGEMENT_URL = "CASEBRIDGE_TEST_AMQP_MANAGEMENT_URL"

OLDEST_LOCAL_POSTGRES = 14


class NoServerError(Exception):
    """No such server can be had on this machine; the message says what was tried, step by step."""


@contextmanager
def found_postgres(guard: SessionGuard, environ: Mapping[str, str] = os.environ) -> Iterator[PostgresServer]:
    """Find or start a PostgreSQL; on exit drop what the tests made in it and stop it if it is ours."""
    with ExitStack() as stack:
        server = _named_postgres(environ) or _local_postgres(guard, stack)
        stack.callback(server.drop_all)
        yield server


@contextmanager
def found_rabbit(guard: SessionGuard, environ: Mapping[str, str] = os.environ) -> Iterator[RabbitServer]:
    """Find or start a RabbitMQ; `NoServerError` where none can be had. Cleans up like `found_postgres`."""
    with ExitStack() as stack:
        server = _named_rabbit(environ, stack) or _local_rabbit(guard, stack)
        if server is None:
            raise NoServerError(f"{AMQP_URL} is not set; no rabbitmq-server on this machine")
        stack.callback(server.drop_all)
        yield server


def _named_postgres(environ: Mapping[str, str]) -> PostgresServer | None:
    url = environ.get(DATABASE_URL)
    return PostgresServer(url, f"{DATABASE_URL}") if url else None


def _local_postgres(guard: SessionGuard, stack: ExitStack) -> PostgresServer:
    programs = _installed_postgres()
    folder = Path(tempfile.mkdtemp(prefix="cbtest-postgres-"))
    folder.chmod(0o711)
    guard.watch(FOLDER, str(folder))
    embedded = EmbeddedPostgres(folder, bin_dir=programs)
    stack.callback(guard.forget, FOLDER, str(folder))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    stack.callback(embedded.stop)
    embedded.start()
    guard.watch(PROCESS, embedded.pid or 0)

    def restart() -> None:
        old = embedded.pid
        embedded.stop()
        guard.forget(PROCESS, old or 0)
        embedded.start()
        guard.watch(PROCESS, embedded.pid or 0)

    origin = f"the programs in {programs}" if programs else "the embedded programs"
    return PostgresServer(embedded.url, origin, restart_server=restart)


def _installed_postgres() -> Path | None:
    """Return the newest installed PostgreSQL that is new enough, Debian's layout first, then PATH."""
    found = {
        int(folder.parent.name): folder
        for folder in Path("/usr/lib/postgresql").glob("*/bin")
        if folder.parent.name.isdigit() and (folder / "postgres").exists() and (folder / "initdb").exists()
    }
    newest = max(found, default=0)
    return found[newest] if newest >= OLDEST_LOCAL_POSTGRES else None


def _named_rabbit(environ: Mapping[str, str], stack: ExitStack) -> RabbitServer | None:
    url = environ.get(AMQP_URL)
    if not url:
        return None
    parts = urlsplit(url)
    host, port = parts.hostname or "localhost", parts.port or 5672
    user, password = unquote(parts.username or "guest"), unquote(parts.password or "guest")
    management = environ.get(MANAGEMENT_URL) or f"http://{host}:15672"
    control = ManagementControl(management, user, password)
    stack.callback(control.close)
    if not control.is_answering():
        raise NoServerError(
            f"{AMQP_URL} names {host}:{port}, but virtual hosts for the tests cannot be made there: its management "
            f"API at {management} does not answer this user. Set {MANAGEMENT_URL}."
        )
    return RabbitServer(host=host, port=port, user=user, password=password, control=control, origin=AMQP_URL)


def _local_rabbit(guard: SessionGuard, stack: ExitStack) -> RabbitServer | None:
    programs = find_programs()
    if programs is None:
        return None
    node = PrivateRabbitNode(programs, guard)
    stack.callback(node.destroy)
    node.start()
    control: ManagementControl | CommandControl
    if node.has_management:
        url = f"http://127.0.0.1:{node.management_port}"
        control = CombinedControl(url, node.user, node.password, node.command)
        stack.callback(control.close)
    else:
        control = CommandControl(node.command, node.user)
    return RabbitServer(
        host="127.0.0.1",
        port=node.port,
        user=node.user,
        password=node.password,
        control=control,
        origin=f"the programs in {programs}",
        node=node,
    )


def say(text: str) -> None:
    """Tell the person at the terminal at once, past pytest's capture."""
    print(f"\n[servers] {text}", file=sys.__stderr__, flush=True)
