"""The room where everything runs in one process, on embedded parts where the settings name no servers."""

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.embedded.folder import default_data_dir
from adapters.embedded.postgres import EmbeddedPostgres
from adapters.embedded.secret_key import secret_key
from adapters.system.all_in_one import AllInOne
from adapters.system.heap import return_large_blocks
from adapters.system.logs import configure_logs
from adapters.system.process import patiently
from bootstrap import processes
from bootstrap.application import Application
from bootstrap.secret import Secret
from bootstrap.settings import Settings
from core.actor import SYSTEM
from core.errors import ConfigurationError
from core.ports.publisher import Publisher
from core.process import ProcessKind
from core.reason import Reason
from workers.run import run_worker

if TYPE_CHECKING:
    import dramatiq


@contextmanager
def all_in_one(
    settings: Settings,
    *,
    data_dir: Path | None = None,
    web_port: int | None = None,
    api_key: str | None = None,
    sandbox_url: str | None = None,
) -> Iterator[AllInOne]:
    """Start everything, and stop it in order.

    With `sandbox_url` it is a demo beside that sandbox, and any servers that are named are left aside.
    """
    embedded = sandbox_url is not None
    # A demo is for people: what its firm does wrong they see on the pages. DEBUG tells all the same.
    quiet = embedded and settings.log_level != "DEBUG"
    configure_logs("ERROR" if quiet else settings.log_level, settings.log_format)
    return_large_blocks()
    if data_dir is not None and settings.database_url is not None and not embedded:
        raise ConfigurationError(
            f"--data {data_dir} is for the embedded database, and CASEBRIDGE_DATABASE_URL names another: "
            "leave one of them out"
        )
    folder = data_dir or settings.data_dir or default_data_dir()
    watched: list[Callable[[], None]] = []
    with ExitStack() as stack:
        changes = _beside(sandbox_url) if sandbox_url is not None else {}
        if embedded or settings.database_url is None:
            postgres = stack.enter_context(EmbeddedPostgres(folder))
            watched.append(postgres.check)
            changes["database_url"] = Secret(postgres.url)
            changes["direct_database_url"] = None
        if settings.secret_keys is None:
            changes["secret_keys"] = Secret(f"local:{secret_key(folder)}")
        if changes and not embedded:
            changes["data_dir"] = folder.absolute()
        if api_key is not None:
            changes["api_keys"] = Secret(f"demo:{api_key}:events:*")
        if web_port is not None:
            changes["web_port"] = web_port
        if embedded:
            changes["web_port"] = port = web_port or _free_port()
            changes["public_url"] = f"http://127.0.0.1:{port}"
        application = Application(settings.changed(**changes))
        processes.migrate(application)
        if statements := processes.prepare_role(application):
            raise ConfigurationError(
                f"the database user may not make the role in which people and programs work; somebody who "
                f"may runs: {'; '.join(statements)}",
                reason=Reason.ROLE_MISSING,
            )
        parts = stack.enter_context(in_threads(application, _environment(changes)))
        for check in watched:
            parts.watch(check)
        yield parts


@contextmanager
def in_threads(application: Application, environment: Mapping[str, str]) -> Iterator[AllInOne]:
    """Run web, intake, scheduler and worker as threads; they end in that order.

    `environment` is for commands beside them.
    """
    settings, stopping = application.settings, application.stopping
    with ExitStack() as stack:
        stack.callback(application.close)
        application.store.lives_as(ProcessKind.ALL_IN_ONE, settings.worker_threads)
        web = processes.make_web(application)  # binds its port before anything is begun
        parts = AllInOne(web.url, application.desk, environment)
        broker, publisher = _broker(application, parts)
        processes.register_jobs(application, broker)
        patiently(application.store.life.start)
        # What an earlier process had handed to its own broker went with it.
        application.scheduling.publish_due_jobs.recover(SYSTEM, waiting_longer_than=timedelta())
        worker = partial(run_worker, broker, threads=settings.worker_threads, stop_event=stopping)
        stack.callback(publisher.close)
        stack.enter_context(parts.running("worker", worker, stopping.set))
        scheduler = application.scheduling.scheduler(publisher)
        stack.enter_context(parts.running("scheduler", scheduler.run, scheduler.stop))
        stack.enter_context(application.scheduling.cleaner())
        stack.enter_context(processes.delivering_letters(application))
        if settings.amqp_url is not None:
            intake = processes.make_intake(application)
            stack.enter_context(parts.running("intake", intake.run, intake.stop))
        web.start()
        stack.callback(web.stop)
        yield parts


def _beside(sandbox_url: str) -> dict[str, object]:
    """Return the settings of a demo: SmartAdvocate and the identity provider are the sandbox's."""
    here = frozenset({"127.0.0.1"})
    return {
        "amqp_url": None,
        "document_http_hosts": here,
        "smartadvocate_http_hosts": here,
        "smartadvocate_private_hosts": here,
        # It is there to be broken: calls in vain take seconds, not the minute that real ones may.
        "call_limit_s": 5.0,
        "settle_s": 5.0,
        "oidc_discovery_url": f"{sandbox_url}/oidc/.well-known/openid-configuration",
        "oidc_client_id": "casebridge",
        "oidc_client_secret": Secret("sandbox-secret"),
        "oidc_name": "the sandbox's identity provider",
        "oidc_roles": "",
        "oidc_roles_claim": "roles",
        "oidc_firms_claim": "firms",
        "oidc_scopes": "openid email profile",
        "oidc_http_hosts": here,
        "oidc_private_hosts": here,
    }


def _environment(changes: Mapping[str, object]) -> Mapping[str, str]:
    return {f"CASEBRIDGE_{name.upper()}": _text(value) for name, value in changes.items()}


def _text(value: object) -> str:
    if isinstance(value, Secret):
        return value.get_secret_value()
    if isinstance(value, frozenset):
        return ",".join(sorted(value))
    return "" if value is None else str(value)


def _free_port() -> int:
    """Return a port that is free now: addresses of pages are made before the port is bound."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _broker(application: Application, parts: AllInOne) -> "tuple[dramatiq.Broker, Publisher]":
    if application.settings.amqp_url is not None:
        patiently(partial(processes.declare_topology, application))
        return processes.open_broker(application), processes.open_publisher(application)
    from adapters.embedded.broker import EmbeddedBroker, EmbeddedPublisher
    from workers.middleware import JobLog

    broker = EmbeddedBroker([JobLog(partial(application.store.notices.count, doing="job"))])
    return broker, EmbeddedPublisher(broker, parts.listeners)
