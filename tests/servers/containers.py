"""Servers in containers, by testcontainers, where a Docker engine answers and has or gets the image."""

import gc
import importlib
import secrets
import socket
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from tests.servers.guard import CONTAINER, SessionGuard
from tests.servers.ports import free_port
from tests.servers.rabbit_control import amqp_answers
from tests.servers.waiting import eventually

POSTGRES_IMAGE = "CASEBRIDGE_TEST_POSTGRES_IMAGE"
RABBIT_IMAGE = "CASEBRIDGE_TEST_RABBITMQ_IMAGE"
DEFAULT_IMAGES = {POSTGRES_IMAGE: "postgres:18", RABBIT_IMAGE: "rabbitmq:4-management"}

ENGINE_WITHIN_S = 3
PULL_WITHIN_S = 90.0
PULL_SILENCE_S = 25
READY_WITHIN_S = 90.0
DEFAULT_SOCKET = "/var/run/docker.sock"
LOCAL_HOSTS = {"localhost", "127.0.0.1", "::1"}


class ContainersUnavailableError(Exception):
    """No engine, or the image is not to be had; the message says which."""


class Container:
    """One container, reached at `host`, with ports that stay the same when it is restarted."""

    def __init__(
        self,
        variable: str,
        environ: Mapping[str, str],
        guard: SessionGuard,
        *,
        ports: tuple[int, ...],
        settings: Mapping[str, str],
        command: list[str] | None = None,
    ) -> None:
        """Start the image that `variable` names, or its default; `ContainersUnavailableError` if not."""
        self.image = environ.get(variable) or DEFAULT_IMAGES[variable]
        self._guard = guard
        _see_that_an_engine_listens(environ)
        library, configuration, client_library = _testcontainers()
        # Its own reaper is one more image to pull; the session's guard removes what a killed session left.
        configuration.testcontainers_config.ryuk_disabled = True
        is_local = _see_that_image_is_there(client_library, f"{_prefix(configuration)}{self.image}")
        self._container = library.DockerContainer(self.image)
        for name, value in settings.items():
            self._container.with_env(name, value)
        if command:
            self._container.with_command(command)
        for port in ports:
            # Docker chooses another free host port at each start, so a restart needs fixed ones.
            host_port = free_port()
            self._container.ports[f"{port}/tcp"] = ("127.0.0.1", host_port) if is_local else host_port
        try:
            self._container.start()
            self.id = str(self._container.get_container_id())
            guard.watch(CONTAINER, self.id)
            # Read once: they stay, and each reading asks the engine.
            self.host = str(self._container.get_container_host_ip())
            self._ports = {port: int(self._container.get_exposed_port(port)) for port in ports}
        except Exception as error:
            self._container.stop()
            reason = _first_line(error)
            raise ContainersUnavailableError(f"the container {self.image} did not start: {reason}") from error

    def port(self, inside: int) -> int:
        """Return the port at `host` that leads to port `inside` of the container."""
        return self._ports[inside]

    def run(self, command: list[str]) -> str:
        """Run a command in it and return what it printed; `RuntimeError` with its words if it fails."""
        result = self._container.exec(command)
        said = (result.output or b"").decode(errors="replace")
        if result.exit_code != 0:
            raise RuntimeError(f"{' '.join(command[:2])} failed in {self.image}: {said.strip()}")
        return said

    def restart(self) -> None:
        """Stop it in order and start it again with its data."""
        self._container.get_wrapped_container().restart(timeout=30)

    def wait_until(self, is_ready: Callable[[], bool], what: str) -> None:
        """Wait for `is_ready`; on a failure the last lines of the container's log are shown."""
        try:
            eventually(is_ready, READY_WITHIN_S, what, poll_s=0.1)
        except AssertionError as error:
            streams = self._container.get_logs()
            tail = b"\n".join(streams).decode(errors="replace")[-3000:]
            raise ContainersUnavailableError(
                f"{error}. The log of {self.image} ends with:\n{tail}"
            ) from error

    def remove(self) -> None:
        """Remove it with its data."""
        self._container.stop()
        self._guard.forget(CONTAINER, self.id)


class PostgresContainer:
    """PostgreSQL in a container, with a role that is no superuser, as in production."""

    def __init__(self, environ: Mapping[str, str], guard: SessionGuard, settings: Mapping[str, str]) -> None:
        """Start it with PostgreSQL's own `settings`, by name."""
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._password = secrets.token_hex(12)
        self._container = Container(
            POSTGRES_IMAGE,
            environ,
            guard,
            ports=(5432,),
            command=["postgres", *options],
            settings={
                "POSTGRES_USER": "postgres",
                "POSTGRES_PASSWORD": self._password,
                "POSTGRES_DB": "postgres",
            },
        )
        self.origin = f"a container of {self._container.image}"
        try:
            self._await_ready()
            with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
                command = sql.SQL("create role casebridge login createdb createrole password {}")
                connection.execute(command.format(sql.Literal(self._password)))
        except BaseException:
            self._container.remove()
            raise

    @property
    def admin_url(self) -> str:
        """The URL of a role that may create databases."""
        return self._url("casebridge")

    def restart(self) -> None:
        """Restart the container; ready on return."""
        self._container.restart()
        self._await_ready()

    def remove(self) -> None:
        """Remove the container."""
        self._container.remove()

    def _url(self, role: str) -> str:
        container = self._container
        return f"postgresql://{role}:{self._password}@{container.host}:{container.port(5432)}/postgres"

    def _await_ready(self) -> None:
        def is_ready() -> bool:
            try:
                psycopg.connect(self._url("postgres"), connect_timeout=3).close()
            except psycopg.OperationalError:
                return False
            return True

        self._container.wait_until(is_ready, "PostgreSQL accepting connections")


class RabbitContainer:
    """RabbitMQ in a container."""

    may_have_management = True  # the image decides

    def __init__(self, environ: Mapping[str, str], guard: SessionGuard) -> None:
        self.user = "casebridge"
        self.password = secrets.token_hex(12)
        self._container = Container(
            RABBIT_IMAGE,
            environ,
            guard,
            ports=(5672, 15672),
            settings={"RABBITMQ_DEFAULT_USER": self.user, "RABBITMQ_DEFAULT_PASS": self.password},
        )
        self.origin = f"a container of {self._container.image}"
        try:
            self._await_ready()
        except BaseException:
            self._container.remove()
            raise

    @property
    def host(self) -> str:
        """Where the broker is reached."""
        return self._container.host

    @property
    def port(self) -> int:
        """Its AMQP port."""
        return self._container.port(5672)

    @property
    def management_url(self) -> str:
        """Its management API, which is there only if the image enables that plugin."""
        return f"http://{self.host}:{self._container.port(15672)}"

    def command(self, arguments: list[str]) -> str:
        """Run rabbitmqctl in the container."""
        return self._container.run(["rabbitmqctl", *arguments])

    def stop_app(self) -> None:
        self.command(["stop_app"])

    def start_app(self) -> None:
        self.command(["start_app"])
        self._await_ready()

    def restart(self) -> None:
        self._container.restart()
        self._await_ready()

    def remove(self) -> None:
        """Remove the container."""
        self._container.remove()

    def _await_ready(self) -> None:
        self._container.wait_until(
            lambda: amqp_answers(self.host, self.port), "RabbitMQ accepting connections"
        )


def _testcontainers() -> tuple[Any, Any, Any]:
    """Import the library late and without its deprecation warnings, which our tests treat as errors."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return (
            importlib.import_module("testcontainers.core.container"),
            importlib.import_module("testcontainers.core.config"),
            importlib.import_module("testcontainers.core.docker_client"),
        )


def _see_that_an_engine_listens(environ: Mapping[str, str]) -> None:
    """Raise at once where none can: importing the libraries and failing properly takes them seconds."""
    if environ.get("DOCKER_HOST") or (Path.home() / ".testcontainers.properties").exists():
        return
    configuration = Path(environ.get("DOCKER_CONFIG") or Path.home() / ".docker") / "config.json"
    if configuration.exists() and "currentContext" in configuration.read_text(errors="replace"):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(ENGINE_WITHIN_S)
        try:
            probe.connect(DEFAULT_SOCKET)
        except OSError as error:
            raise ContainersUnavailableError(
                f"no Docker engine at {DEFAULT_SOCKET} ({error.strerror or error})"
            ) from error


def _prefix(configuration: Any) -> str:
    return str(configuration.testcontainers_config.hub_image_name_prefix)


def _see_that_image_is_there(client_library: Any, image: str) -> bool:
    """Pull `image` if the engine lacks it. Return whether the engine runs on this machine."""
    try:
        docker = client_library.DockerClient(timeout=ENGINE_WITHIN_S)
    except Exception as error:  # noqa: BLE001 - whatever it is, there is no engine to use
        reason = _first_line(error)
    else:
        reason = ""
    if reason:
        with warnings.catch_warnings():
            # The library leaves the socket of its failed attempt open; collected later it would fail a test.
            warnings.simplefilter("ignore")
            gc.collect()
        raise ContainersUnavailableError(f"no Docker engine answers ({reason})")
    try:
        docker.client.ping()
        if not docker.client.images.list(name=image):
            _pull(docker.client.api, image)
        return docker.host() in LOCAL_HOSTS
    except ContainersUnavailableError:
        raise
    except Exception as error:
        raise ContainersUnavailableError(f"the Docker engine does not help ({_first_line(error)})") from error
    finally:
        docker.client.close()


def _pull(api: Any, image: str) -> None:
    repository, _, tag = image.rpartition(":") if ":" in image.rpartition("/")[2] else (image, "", "latest")
    api.timeout = PULL_SILENCE_S
    deadline = time.monotonic() + PULL_WITHIN_S
    for step in api.pull(repository, tag=tag, stream=True, decode=True):
        if "error" in step:
            raise ContainersUnavailableError(
                f"the image {image} cannot be pulled ({_first_line(step['error'])})"
            )
        if time.monotonic() > deadline:
            raise ContainersUnavailableError(f"pulling {image} takes longer than {PULL_WITHIN_S:.0f} s")


def _first_line(error: object) -> str:
    return next(iter(str(error).strip().splitlines()), "")[:200]
