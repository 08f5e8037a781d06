"""The room of the processes: what each opens, runs and closes. Each loads what it uses."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from adapters.system.heap import return_large_blocks
from adapters.system.logs import configure_logs, logger
from adapters.system.process import beside, on_signal, patiently
from bootstrap.application import Application
from core.actor import SYSTEM
from core.errors import CasebridgeError, TransientError
from core.process import ProcessKind
from core.reason import Reason

if TYPE_CHECKING:
    import dramatiq

    from adapters.rabbitmq.intake import Intake
    from adapters.rabbitmq.publisher import RabbitPublisher
    from adapters.web.server import WebServer
    from core.usecases.receive_events import Incoming

_log = logger(__name__)


def migrate(application: Application) -> Sequence[str]:
    """Bring the database to this version; waits a while for one that is just starting."""
    return patiently(application.store.migrate)


def prepare_role(application: Application) -> Sequence[str]:
    """Make the role for people and programs; return the statements that somebody else must run for it."""
    return application.store.prepare_role()


def intake(application: Application) -> None:
    """Record upstream events until stopped."""
    with _process(application):
        patiently(application.store.check)
        _live(application, ProcessKind.INTAKE)
        consumer = make_intake(application)
        on_signal(consumer.stop)
        consumer.run()


def schedule(application: Application) -> None:
    """Run a scheduler until stopped."""
    with _process(application):
        patiently(application.store.check)
        _live(application, ProcessKind.SCHEDULER)
        patiently(partial(declare_topology, application))
        with closing(open_publisher(application)) as publisher:
            scheduler = application.scheduling.scheduler(publisher)

            def stop() -> None:
                application.store.end_waiting()  # a step that is cut off is taken by the next scheduler
                scheduler.stop()

            on_signal(stop)
            with application.scheduling.cleaner(), delivering_letters(application):
                _log.info("scheduler_ready")
                scheduler.run()


@contextmanager
def delivering_letters(application: Application) -> Iterator[None]:
    """Write and send letters beside what else this process does, where a mail server is set."""
    postman = application.scheduling.postman()
    if postman is None:
        yield
        return
    with postman:
        yield


def work(application: Application, threads: int | None) -> None:
    """Run a worker until stopped."""
    with _process(application):
        # Servers answer while modules are loaded.
        database = beside(application.store.check)
        topology = beside(partial(declare_topology, application))
        from workers.run import run_worker

        number = threads or application.settings.worker_threads
        patiently(database)
        _live(application, ProcessKind.WORKER, number)
        patiently(topology)
        broker = open_broker(application)
        register_jobs(application, broker)
        run_worker(
            broker,
            threads=number,
            on_ready=lambda: application.jobs,  # loaded now, rather than by the first job
            stop_event=application.stopping,
        )


def web(application: Application, host: str | None, port: int | None) -> None:
    """Serve HTTP until stopped. Host and port win over those of the settings, in links as well."""
    if host is not None or port is not None:
        settings = application.settings
        changes = {
            "web_host": host or settings.web_host,
            "web_port": settings.web_port if port is None else port,
        }
        application = Application(settings.changed(**changes))
    with _process(application):
        patiently(application.store.check)
        _live(application, ProcessKind.WEB)
        server = make_web(application)
        on_signal(server.ask_to_stop)
        server.run(lambda: _log.info("web_ready", url=server.url))


def checks(application: Application) -> Mapping[str, Callable[[], object]]:
    """Return what `doctor` looks at: name of a part -> raises where it is out of order, or what to judge."""
    settings, store = application.settings, application.store
    there = _WhereItIsThere(store.check)
    checks: dict[str, Callable[[], object]] = {
        "database": there.look,
        "row-level security": there(store.check_access),
        "secret keys": settings.named_secret_keys,
        "stored secrets": there(store.check_secrets),
        "cell": there(store.check_cell),
        "removal": there(store.check_removal),
        "cleaning": there(store.cleaning),
    }
    if settings.amqp_url is not None:
        checks["broker"] = partial(declare_topology, application)
    return checks


# What leaves nothing to be looked at behind it.
_OF_ALL: Final = frozenset(
    {Reason.DATABASE_POOLED, Reason.DATABASE_ENCODING, Reason.SERVER_NOT_SET, Reason.CONFIGURATION}
)


class _WhereItIsThere:
    """Looks at a database only where the first look reached it: each in vain takes ten seconds."""

    def __init__(self, check: Callable[[], object]) -> None:
        self._check = check
        self._caught: CasebridgeError | None = None

    def look(self) -> object:
        try:
            return self._check()
        except CasebridgeError as error:
            if isinstance(error, TransientError) or error.reason in _OF_ALL:
                self._caught = error
            raise

    def __call__(self, check: Callable[[], object]) -> Callable[[], object]:
        def look() -> object:
            if self._caught is not None:
                raise self._caught
            return check()

        return look


def declare_topology(application: Application) -> None:
    """Declare exchanges and queues. Raises TransientError while the broker is out of reach."""
    from adapters.rabbitmq.topology import declare_topology

    declare_topology(application.settings.required_amqp_url())


def open_broker(application: Application) -> "dramatiq.Broker":
    """Return what the workers get their jobs from."""
    from adapters.rabbitmq.broker import make_broker
    from workers.middleware import JobLog

    job_log = JobLog(partial(application.store.notices.count, doing="job"))
    return make_broker(application.settings.required_amqp_url(), [job_log])


def open_publisher(application: Application) -> "RabbitPublisher":
    """Return what the outbox is published with."""
    from adapters.rabbitmq.publisher import RabbitPublisher

    return RabbitPublisher(application.settings.required_amqp_url())


def register_jobs(application: Application, broker: "dramatiq.Broker") -> None:
    """Give each queue its handler. Raises ConfigurationError where no key opens what they need."""
    from bootstrap.queues import by_queue
    from workers.actors import register_actors

    application.settings.named_secret_keys()  # said now, rather than by every job
    register_actors(broker, by_queue(application))


def make_intake(application: Application) -> "Intake":
    """Return a consumer of upstream events."""
    from adapters.rabbitmq.intake import Intake

    receive, count = application.store.receive_events, application.store.notices.count

    def keep(batch: "Sequence[Incoming]") -> Sequence[bool]:
        try:
            return [verdict.kept for verdict in receive(SYSTEM, batch)]
        except CasebridgeError:
            raise
        except Exception as error:  # which the intake tells of, and takes the batch apart
            count(error, "intake")
            raise

    return Intake(
        application.settings.required_amqp_url(),
        keep,
        renew_after_s=application.settings.intake_renew_s,
        on_ready=lambda: _log.info("intake_ready"),
    )


def make_web(application: Application) -> "WebServer":
    """Return a server whose port is bound already."""
    from adapters.web.api.keys import ApiKeys
    from adapters.web.app import create_app
    from adapters.web.server import WebServer
    from bootstrap.web import make_guard

    settings, desk = application.settings, application.desk
    checks, secure = {"database": application.store.check}, settings.browser_url().startswith("https:")
    granted = settings.granted_api_keys()
    if not granted:
        _log.info("web_without_api_keys", setting="CASEBRIDGE_API_KEYS", good="those of api-keys add alone")
    keys = ApiKeys(granted, desk.identify_program)
    app = create_app(desk, keys, checks, secure=secure, guard=make_guard(settings))
    count = partial(application.store.notices.count, doing="web")
    return WebServer(app, settings.web_host, settings.web_port, count=count)


def _live(application: Application, kind: ProcessKind, threads: int = 0) -> None:
    """Begin to show that this process lives."""
    application.store.lives_as(kind, threads)
    patiently(application.store.life.start)


@contextmanager
def _process(application: Application) -> Iterator[None]:
    """Configure logs and memory, end when asked to, and close what was opened."""
    configure_logs(application.settings.log_level, application.settings.log_format)
    return_large_blocks()
    # Process 1 of a container never hears a signal without a handler: not even while it only waits.
    on_signal(partial(sys.exit, 0))
    with closing(application):
        try:
            yield
        except CasebridgeError:
            raise
        except Exception as error:  # noqa: BLE001 - told here by its type and places: its words may not be
            application.store.notices.unexpected(error, "process")
            raise SystemExit(1) from None
