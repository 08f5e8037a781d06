"""What all figures are measured on: one PostgreSQL, one RabbitMQ, and processes."""

import base64
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Any

from adapters.postgres.store.access import prepare_role
from adapters.postgres.store.migrate import migrate
from adapters.rabbitmq.topology import declare_topology
from bootstrap.application import Application
from bootstrap.secret import Secret
from bootstrap.settings import Settings
from tests.servers import PostgresServer, Processes, RabbitServer, RunningProcess, SessionGuard, WarmPython

SANDBOX_HOST = "127.0.0.1"
_END_WITHIN_S = 60.0


class Service:
    """The service on one database and one virtual host: its processes, and its parts in this process."""

    def __init__(self, processes: Processes, database_url: str, amqp_url: str) -> None:
        self._processes = processes
        self.database_url = database_url
        self.amqp_url = amqp_url
        self._keys = f"bench:{base64.b64encode(os.urandom(32)).decode()}"

    @property
    def environment(self) -> Mapping[str, str]:
        """What an operator would set."""
        return {
            "CASEBRIDGE_DATABASE_URL": self.database_url,
            "CASEBRIDGE_AMQP_URL": self.amqp_url,
            "CASEBRIDGE_SECRET_KEYS": self._keys,
            "CASEBRIDGE_SMARTADVOCATE_HTTP_HOSTS": SANDBOX_HOST,
            "CASEBRIDGE_DOCUMENT_HTTP_HOSTS": SANDBOX_HOST,
        }

    @cached_property
    def application(self) -> Application:
        """The composition root, for setting up what is then measured in processes."""
        return Application(
            Settings(
                database_url=Secret(self.database_url),
                amqp_url=Secret(self.amqp_url),
                secret_keys=Secret(self._keys),
                smartadvocate_http_hosts=frozenset({SANDBOX_HOST}),
            )
        )

    def start(self, *command: str, environment: Mapping[str, str] | None = None) -> RunningProcess:
        """Start a `casebridge` command as a process."""
        return self._processes.start("bootstrap", *command, env={**self.environment, **(environment or {})})

    def start_module(self, module: str, *arguments: str) -> RunningProcess:
        """Start one of our modules with the same environment."""
        return self._processes.start(module, *arguments, env=self.environment)

    def start_bare(self, module: str, *arguments: str) -> RunningProcess:
        """Start the program of a limit with the same database and virtual host."""
        servers = {"BENCH_DATABASE_URL": self.database_url, "BENCH_AMQP_URL": self.amqp_url}
        return self._processes.start(f"tests.benchmarks.bare.{module}", *arguments, env=servers)

    def end(self, process: RunningProcess) -> None:
        """Stop a process in order; AssertionError if it does not end so."""
        code = process.terminate(_END_WITHIN_S)
        assert code == 0, f"{process.name} ended with {code}: {process.output[-2000:]}"
        process.close()

    def close(self) -> None:
        """End its processes, and close what this process opened."""
        self._processes.close()
        self.let_go()

    def let_go(self) -> None:
        """Close this process's own connections, so that the database can be copied."""
        if "application" in self.__dict__:
            self.application.close()
            del self.application


class Bench:
    """Gives each measurement a database and a virtual host of its own.

    With `warm` its processes are forked where all is loaded: for tests of the benchmarks, not for figures.
    """

    def __init__(
        self,
        postgres: PostgresServer,
        rabbit: RabbitServer,
        guard: SessionGuard,
        warm: WarmPython | None = None,
    ) -> None:
        self.postgres = postgres
        self.rabbit = rabbit
        self._guard = guard
        self._warm = warm
        self.kept: dict[tuple[str, object], Any] = {}
        """What several figures are taken from, by name and sizes."""

    def processes(self) -> Processes:
        """Return what starts processes, to be closed."""
        return Processes(self._guard, self._warm)

    @cached_property
    def _migrated(self) -> str:
        url = self.postgres.create_database()
        migrate(url)
        prepare_role(url)
        return url

    @contextmanager
    def database(self, template: str | None = None) -> Iterator[str]:
        """Give a migrated database, or a copy of `template`, and drop it."""
        url = self.postgres.create_database(template=template or self._migrated)
        try:
            yield url
        finally:
            self.postgres.drop_database(url)

    @contextmanager
    def service(self, template: str | None = None) -> Iterator[Service]:
        """Give a service with nothing in it, or with the rows of `template`; its topology is declared."""
        with self.database(template) as database_url:
            amqp_url = self.rabbit.create_vhost()
            service = Service(self.processes(), database_url, amqp_url)
            try:
                declare_topology(amqp_url)
                yield service
            finally:
                service.close()
                self.rabbit.drop_vhost(amqp_url)
