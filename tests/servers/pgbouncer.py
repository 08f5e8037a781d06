"""A PgBouncer that shares connections between transactions, where one is installed."""

import os
import shutil
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from tests.servers.ports import free_port
from tests.servers.postgres import with_database
from tests.servers.processes import Processes

PROGRAM: Final = "CASEBRIDGE_TEST_PGBOUNCER"
PLACES: Final = ("/usr/sbin/pgbouncer", "/usr/local/sbin/pgbouncer")
_SETTINGS: Final = """
[databases]
* = {server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = {mode}
default_pool_size = {size}
{more}
"""


def find_pgbouncer() -> str | None:
    """Return the program: the one that is named, else an installed one, else None."""
    named = os.environ.get(PROGRAM)
    if named:
        return named
    places = [shutil.which("pgbouncer"), *(place for place in PLACES if Path(place).exists())]
    return next((place for place in places if place), None)


def start_pgbouncer(
    processes: Processes,
    program: str,
    folder: Path,
    database_url: str,
    *,
    mode: str = "transaction",
    size: int = 3,
    more: str = "",
) -> str:
    """Start one before a database, and return the URL through it. `more` are lines of its settings."""
    parts, port = urlsplit(database_url), free_port()
    server = f"host={parts.hostname} port={parts.port or 5432} user={unquote(parts.username or 'postgres')}"
    if parts.password:
        server += f" password={unquote(parts.password)}"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"pgbouncer-{port}.ini"
    file.write_text(_SETTINGS.format(server=server, port=port, mode=mode, size=size, more=more))
    file.chmod(0o600)
    as_somebody = ["-u", "nobody"] if os.geteuid() == 0 else []  # it refuses to serve as root
    processes.start_command([program, *as_somebody, str(file)]).wait_for_line(r"process up: ")
    return with_database(f"postgresql://{parts.username}@127.0.0.1:{port}/", parts.path.lstrip("/"))
