"""A PostgreSQL server for the test session, and databases in it that only tests made."""

import secrets
from collections.abc import Callable
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from tests.servers.waiting import eventually

PREFIX = "cbtest"
DROP_WITHIN_S = 30.0


class PostgresServer:
    """A server that tests may use. They get databases of their own and touch no other.

    `admin_url` is a connection that may create databases. `restart_server` is None where the server is not
    ours. `origin` says in words where it came from.
    """

    def __init__(
        self, admin_url: str, origin: str, *, restart_server: Callable[[], None] | None = None
    ) -> None:
        self.admin_url = admin_url
        self.origin = origin
        self._restart_server = restart_server
        self._session = f"{PREFIX}_{secrets.token_hex(4)}"
        self._count = 0
        self._created: set[str] = set()

    @property
    def is_ours(self) -> bool:
        """Whether the tests started this server, and so may restart it."""
        return self._restart_server is not None

    def create_database(self, template: str | None = None, *, encoding: str = "UTF8") -> str:
        """Create a database, empty or a copy of the database whose URL is `template`, and return its URL.

        Nobody may be connected to the template.
        """
        self._count += 1
        name = f"{self._session}_{self._count}"
        command = sql.SQL("create database {}").format(sql.Identifier(name))
        if template is None:
            # Some servers make databases in SQL_ASCII or LATIN1, which casebridge refuses.
            command += sql.SQL(" template template0 encoding {}").format(sql.Literal(encoding))
            command += sql.SQL(
                "" if encoding == "UTF8" else " locale_provider libc lc_collate 'C' lc_ctype 'C'"
            )
        else:
            command += sql.SQL(" template {}").format(sql.Identifier(self._own_name(template)))
            if self.is_ours:  # half the cost; its checkpoints are nothing where nothing waits for the disk
                command += sql.SQL(" strategy file_copy")
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(command)
        self._created.add(name)
        return with_database(self.admin_url, name)

    def drop_database(self, url: str) -> None:
        """Drop a database that `create_database` made, with whoever is still connected to it."""
        name = self._own_name(url)
        statement = sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))

        def dropped() -> bool:
            with psycopg.connect(self.admin_url, autocommit=True) as connection:
                connection.execute(statement)
            return True

        # Only a superuser may end autovacuum, which may be at work in the database: it ends by itself.
        eventually(dropped, DROP_WITHIN_S, f"dropping {name}", ignoring=(InsufficientPrivilege,))
        self._created.discard(name)

    def drop_all(self) -> None:
        """Drop every database that this session created and has not dropped."""
        for name in sorted(self._created):
            self.drop_database(with_database(self.admin_url, name))

    def restart(self) -> None:
        """Stop the server in order and start it on the same port; only where the tests started it."""
        if self._restart_server is None:
            raise RuntimeError(f"the PostgreSQL from {self.origin} is not ours to restart")
        self._restart_server()

    def _own_name(self, url: str) -> str:
        name = urlsplit(url).path.lstrip("/")
        if name not in self._created:
            raise RuntimeError(f"database {name!r} was not created by this test session and is not touched")
        return name


def with_database(url: str, name: str) -> str:
    """Return `url` with another database name."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{quote(name, safe='')}"))
