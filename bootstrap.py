"""The one composition root: nobody else knows the concrete classes."""

import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from dependency_injector import containers, providers
from pydantic import SecretStr

from adapters.case_status.content import CaseStatusContents
from adapters.case_status.hosts import content_hosts
from adapters.cli.app import build
from adapters.http.client import open_http_client
from adapters.http.hosts import HostGuard
from adapters.http.limits import Limits
from adapters.postgres.limits.admission import PostgresAdmission
from adapters.postgres.outbox.outbox_reader import PostgresOutboxReader
from adapters.postgres.records.stats import PostgresStats
from adapters.postgres.store.clock import StoreClock
from adapters.postgres.store.migrate import migrate, pending
from adapters.postgres.store.pool import Pool, open_pool, open_reader
from adapters.postgres.tokens.connections import PostgresConnections
from adapters.postgres.tokens.consents import PostgresConsents
from adapters.postgres.tokens.keys import PostgresKeys
from adapters.postgres.tokens.vault import Vault
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.smartadvocate.account_probe import OneToken, SmartAdvocateAccountProbe
from adapters.smartadvocate.auth import PasswordLogIn
from adapters.smartadvocate.base_url import normalise_base_url
from adapters.smartadvocate.caller import Caller
from adapters.smartadvocate.case_url import case_id_from
from adapters.smartadvocate.client import SmartAdvocate
from adapters.smartadvocate.hosts import smartadvocate_hosts
from adapters.smartadvocate.oauth_endpoints import OAuthSettings
from adapters.system import values
from adapters.system.all_in_one import AllInOne
from adapters.system.logs import configure_logs
from adapters.system.process import on_signal, patiently
from adapters.system.settings import Settings
from core.actor import Actor
from core.audit import AuditAction
from core.case import SourceCase
from core.credentials import Issued, OAuthCredentials, PasswordCredentials
from core.errors import CasebridgeError, TransientError
from core.firm import Firm
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork
from core.preview import CasePreview, preview_case
from core.queries.show_connection import ShowConnection
from core.queries.unmatched_names import UnmatchedNames
from core.schedule import JobName
from core.usecases.add_firm import AddFirm
from core.usecases.cancel_run import CancelRun
from core.usecases.change_settings import ChangeSettings
from core.usecases.connect_by_consent import ConnectByConsent
from core.usecases.connect_firm import ConnectFirm
from core.usecases.delete_firm import DeleteFirm
from core.usecases.deliver import Deliver
from core.usecases.disconnect_firm import DisconnectFirm
from core.usecases.import_case import ImportCase
from core.usecases.import_waiting_cases import ImportWaitingCases
from core.usecases.keep_tokens import KNOWN_FOR, StoredTokens
from core.usecases.probe_connection import ProbeConnection
from core.usecases.probe_permissions import ProbePermissions
from core.usecases.publish_due_jobs import PublishDueJobs
from core.usecases.purge_text import PurgeText
from core.usecases.read_shared_notes import ReadSharedNotes
from core.usecases.receive_events import ReceiveEvents
from core.usecases.relay import Relay
from core.usecases.replay_deliveries import ReplayDeliveries
from core.usecases.replay_events import ReplayEvents
from core.usecases.start_sync import StartSync
from core.usecases.steps.document_carrier import DocumentCarrier
from core.usecases.steps.note_carrier import NoteCarrier
from core.usecases.steps.note_types import NoteTypes
from core.usecases.steps.seat_by_hand import SeatByHand
from core.usecases.steps.store_cases import StoreCases
from core.usecases.sync_cases import SyncCases
from core.usecases.sync_documents import SyncDocuments
from core.usecases.verify_firm import VerifyFirm
from scheduler.loop import Intervals, Scheduler

# Loaded by who uses them: every command and process starts as fast as its own part of the service allows.
if TYPE_CHECKING:
    from adapters.rabbitmq.intake import Intake
    from adapters.smartadvocate.oauth import SmartAdvocateOAuth
    from adapters.web.server import WebServer

_log = structlog.get_logger(__name__)


def _pool(settings: Settings) -> Pool:
    # A job holds a connection only while it talks to Postgres, so the threads rarely want one each.
    return open_pool(
        settings.required_database_url(),
        min_size=1,
        max_size=settings.worker_threads + 4,
        application_name="casebridge",
        statement_limit_s=settings.database_limit_s,
    )


def _reader(settings: Settings) -> Pool:
    # A firm's token is read once a second at the most (ADR 61), in less than a millisecond.
    return open_reader(settings.required_database_url(), max_size=2, application_name="casebridge")


def _hosts(settings: Settings) -> HostGuard:
    return smartadvocate_hosts(
        settings.smartadvocate_hosts,
        settings.smartadvocate_http_hosts,
        settings.smartadvocate_private_hosts,
    )


def _oauth(settings: Settings) -> OAuthSettings:
    secret = settings.smartadvocate_oauth_client_secret
    return OAuthSettings(
        settings.smartadvocate_oauth_client_id,
        secret.get_secret_value() if secret else "",
        settings.smartadvocate_oauth_authorize_url,
        settings.smartadvocate_oauth_token_url,
        settings.smartadvocate_oauth_revoke_url,
        settings.smartadvocate_oauth_discovery_url,
        settings.smartadvocate_oauth_scopes,
    )


def _oauth_flow(http: Any, settings: Settings, hosts: HostGuard, clock: Clock) -> "SmartAdvocateOAuth":
    from adapters.smartadvocate.oauth import SmartAdvocateOAuth

    return SmartAdvocateOAuth(http, _oauth(settings), hosts, clock)


def _normalise_phone() -> Callable[[str, str], str | None]:
    from adapters.smartadvocate.phones import normalise_phone

    return normalise_phone


def _closest_names() -> Callable[[str, Sequence[str]], Sequence[str]]:
    from adapters.system.closest import closest_names

    return closest_names


def _account_probe(http: Any, clock: Clock, settings: Settings) -> SmartAdvocateAccountProbe:
    def client(token: OneToken) -> SmartAdvocate:
        hosts = settings.smartadvocate_http_hosts
        return SmartAdvocate(Caller(http, token, clock, allow_http_hosts=hosts))

    return SmartAdvocateAccountProbe(client)


def _vault(settings: Settings) -> Vault:
    keys = settings.named_secret_keys()
    return Vault(keys, current=next(iter(keys)))


def _limits(settings: Settings) -> Limits:
    """Divide the call limit among a call's steps: a write must be over when its claim may be taken over."""
    whole = settings.call_limit_s
    return Limits(pool=0.1 * whole, connect=0.15 * whole, write=0.15 * whole, read=0.6 * whole)


def _probe_failed(error: CasebridgeError) -> None:
    _log.info("connection_probe_told_nothing", reason=error.reason)


class Container(containers.DeclarativeContainer):
    """What one process is made of; everything is made when first used, and after any fork.

    Whoever uses it first may be several threads at once: each thing is made once all the same.
    """

    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    stopping = providers.ThreadSafeSingleton(threading.Event)

    pool = providers.ThreadSafeSingleton(_pool, settings)
    # Not the machine's: one that is wrong would shift what other machines are to do, and when.
    clock = providers.ThreadSafeSingleton(StoreClock, pool)
    unit_of_work = providers.Factory(PostgresUnitOfWork, pool)
    vault = providers.ThreadSafeSingleton(_vault, settings)
    reader = providers.ThreadSafeSingleton(_reader, settings)
    connections = providers.ThreadSafeSingleton(PostgresConnections, pool, vault, reader)
    consents = providers.ThreadSafeSingleton(PostgresConsents, pool, vault)
    keys = providers.ThreadSafeSingleton(PostgresKeys, pool, vault)
    outbox_reader = providers.ThreadSafeSingleton(PostgresOutboxReader, pool)
    statistics = providers.ThreadSafeSingleton(PostgresStats, pool)

    http = providers.ThreadSafeSingleton(open_http_client)
    limits = providers.ThreadSafeSingleton(_limits, settings)
    admission = providers.ThreadSafeSingleton(PostgresAdmission, pool, clock, stopping.provided.wait)
    hosts = providers.ThreadSafeSingleton(_hosts, settings)
    log_in = providers.ThreadSafeSingleton(
        PasswordLogIn,
        http,
        clock,
        allow_http_hosts=settings.provided.smartadvocate_http_hosts,
        admission=admission,
    )
    oauth = providers.ThreadSafeSingleton(_oauth_flow, http, settings, hosts, clock)
    issuers = providers.Callable(
        lambda log_in, oauth: {PasswordCredentials: log_in, OAuthCredentials: oauth}, log_in, oauth
    )
    tokens = providers.ThreadSafeSingleton(StoredTokens, connections, issuers, known_for=KNOWN_FOR)
    caller = providers.ThreadSafeSingleton(
        Caller,
        http,
        tokens,
        clock,
        allow_http_hosts=settings.provided.smartadvocate_http_hosts,
        limits=limits,
        admission=admission,
    )
    case_management = providers.ThreadSafeSingleton(SmartAdvocate, caller)

    note_types = providers.ThreadSafeSingleton(NoteTypes, case_management, unit_of_work.provider, clock)
    receive_events = providers.ThreadSafeSingleton(ReceiveEvents, unit_of_work.provider)
    replay_deliveries = providers.ThreadSafeSingleton(ReplayDeliveries, unit_of_work.provider)
    replay_events = providers.ThreadSafeSingleton(ReplayEvents, unit_of_work.provider, receive_events)
    seat = providers.ThreadSafeSingleton(SeatByHand, unit_of_work.provider, clock, stopping.provided.wait)
    account_probe = providers.ThreadSafeSingleton(_account_probe, http, clock, settings)
    add_firm = providers.ThreadSafeSingleton(AddFirm, unit_of_work.provider)
    delete_firm = providers.ThreadSafeSingleton(DeleteFirm, unit_of_work.provider)
    connect_firm = providers.ThreadSafeSingleton(
        ConnectFirm, unit_of_work.provider, connections, account_probe
    )
    disconnect_firm = providers.ThreadSafeSingleton(DisconnectFirm, unit_of_work.provider, connections, oauth)
    show_connection = providers.ThreadSafeSingleton(ShowConnection, unit_of_work.provider, connections)
    connect_by_consent = providers.ThreadSafeSingleton(
        ConnectByConsent,
        unit_of_work.provider,
        consents,
        oauth,
        connect_firm,
        providers.Callable(values.redirect_uri, settings),
    )
    probe_connection = providers.ThreadSafeSingleton(
        ProbeConnection, unit_of_work.provider, case_management, clock, failed=_probe_failed, seat=seat
    )
    start_sync = providers.ThreadSafeSingleton(StartSync, unit_of_work.provider, clock)
    cancel_run = providers.ThreadSafeSingleton(CancelRun, unit_of_work.provider, clock)
    change_settings = providers.ThreadSafeSingleton(ChangeSettings, unit_of_work.provider, clock)
    verify_firm = providers.ThreadSafeSingleton(
        VerifyFirm, unit_of_work.provider, case_management, clock, providers.Callable(_normalise_phone)
    )
    probe_permissions = providers.ThreadSafeSingleton(
        ProbePermissions, unit_of_work.provider, case_management, clock
    )
    list_unmatched = providers.ThreadSafeSingleton(
        UnmatchedNames, unit_of_work.provider, providers.Callable(_closest_names)
    )
    publish_due_jobs = providers.ThreadSafeSingleton(
        PublishDueJobs, unit_of_work.provider, clock, providers.Callable(values.timetable, settings)
    )
    worker_name = providers.ThreadSafeSingleton(values.worker_name)
    deliver_messages = providers.ThreadSafeSingleton(
        Deliver,
        unit_of_work.provider,
        providers.ThreadSafeSingleton(NoteCarrier, case_management, note_types),
        clock,
        worker=worker_name,
        stopping=stopping.provided.is_set,
        pace=providers.Callable(values.pace, settings),
    )
    store_cases = providers.ThreadSafeSingleton(StoreCases, providers.Callable(_normalise_phone))
    import_case = providers.ThreadSafeSingleton(
        ImportCase, unit_of_work.provider, case_management, clock, store_cases
    )
    purge_text = providers.ThreadSafeSingleton(
        PurgeText, unit_of_work.provider, providers.Callable(values.retention, settings)
    )
    read_shared_notes = providers.ThreadSafeSingleton(
        ReadSharedNotes,
        unit_of_work.provider,
        case_management,
        note_types,
        clock,
        stopping=stopping.provided.is_set,
        pace=providers.Callable(values.reading_pace, settings),
    )
    sync_cases = providers.ThreadSafeSingleton(
        SyncCases,
        unit_of_work.provider,
        case_management,
        clock,
        store_cases,
        stopping=stopping.provided.is_set,
        slice_=providers.Callable(values.cases_slice, settings),
        lease=providers.Callable(values.cases_lease, settings),
    )
    import_waiting_cases = providers.ThreadSafeSingleton(
        ImportWaitingCases, unit_of_work.provider, import_case, clock, stopping=stopping.provided.is_set
    )
    contents = providers.ThreadSafeSingleton(
        CaseStatusContents,
        http,
        providers.ThreadSafeSingleton(
            content_hosts, settings.provided.document_hosts, settings.provided.document_http_hosts
        ),
        clock,
    )
    document_carrier = providers.ThreadSafeSingleton(DocumentCarrier, case_management, contents)
    sync_documents = providers.ThreadSafeSingleton(
        SyncDocuments,
        unit_of_work.provider,
        providers.ThreadSafeSingleton(
            Deliver,
            unit_of_work.provider,
            document_carrier,
            clock,
            worker=worker_name,
            stopping=stopping.provided.is_set,
            pace=providers.Callable(values.document_pace, settings),
        ),
        document_carrier,
    )


class Application:
    """The processes and commands, as `adapters.cli.services.Services` asks for them."""

    def __init__(self, settings: Settings | None = None) -> None:
        self._given = settings

    @cached_property
    def settings(self) -> Settings:
        """The environment's, unless others were given."""
        return self._given or Settings.read()

    @cached_property
    def container(self) -> Container:
        """The parts of this process."""
        return Container(settings=self.settings)

    # --- processes

    def migrate(self) -> Sequence[str]:
        """Bring the database to this version; waits a while for a database that is just starting."""
        return patiently(partial(migrate, self.settings.required_database_url()))

    def intake(self) -> None:
        """Record upstream events until stopped."""
        self._begin()
        intake = self._make_intake()
        on_signal(intake.stop)
        intake.run()

    def schedule(self) -> None:
        """Run a scheduler until stopped."""
        self._begin()
        patiently(self._declare_topology)
        scheduler = self._make_scheduler(publisher := self._open_publisher())
        on_signal(scheduler.stop)
        _log.info("scheduler_ready")
        try:
            scheduler.run()
        finally:
            publisher.close()

    def work(self, threads: int | None) -> None:
        """Run a worker until stopped."""
        self._begin()
        from workers.run import run_worker

        patiently(self._declare_topology)
        broker = self._with_actors(self._open_broker())
        number = threads or self.settings.worker_threads
        run_worker(broker, threads=number, stop_event=self.container.stopping())

    def web(self, host: str | None, port: int | None) -> None:
        """Serve HTTP until stopped."""
        self._begin()
        server = self._make_web(host, port)
        on_signal(server.ask_to_stop)
        server.run(lambda: _log.info("web_ready", url=server.url))

    @contextmanager
    def all_in_one(
        self,
        *,
        data_dir: Path | None = None,
        web_port: int | None = None,
        api_key: str | None = None,
        embedded: bool = False,
    ) -> Iterator["AllInOne[Application]"]:
        """Run everything in this process, on embedded parts where the settings name no servers."""
        from adapters.embedded.folder import default_data_dir
        from adapters.embedded.postgres import EmbeddedPostgres
        from adapters.embedded.secret_key import secret_key

        configure_logs("WARNING" if embedded else self.settings.log_level, self.settings.log_format)
        folder = data_dir or self.settings.data_dir or default_data_dir()
        with ExitStack() as stack:
            changes: dict[str, Any] = {}
            if embedded:
                changes["amqp_url"] = None
                changes["document_http_hosts"] = frozenset({"127.0.0.1"})  # the demo's sandbox
            if embedded or self.settings.database_url is None:
                changes["database_url"] = SecretStr(stack.enter_context(EmbeddedPostgres(folder)).url)
            if self.settings.secret_keys is None:
                changes["secret_keys"] = SecretStr(f"local:{secret_key(folder)}")
            if api_key is not None:
                changes["api_keys"] = SecretStr(f"demo:{api_key}:events:*")
            if web_port is not None:
                changes["web_port"] = web_port
            application = Application(self.settings.model_copy(update=changes))
            application.migrate()
            yield stack.enter_context(application.in_threads())

    @contextmanager
    def in_threads(self) -> Iterator["AllInOne[Application]"]:
        """Run web, intake, scheduler and worker as threads; they end in that order."""
        from workers.run import run_worker

        with ExitStack() as stack:
            stack.callback(self.close)
            web = self._make_web(None, None)  # binds its port before anything is begun
            parts = AllInOne(web.url, self)
            if self.settings.amqp_url is None:
                broker, publisher = self._embedded_broker(parts)
            else:
                patiently(self._declare_topology)
                broker, publisher = self._open_broker(), self._open_publisher()
            self._with_actors(broker)
            # What an earlier process had handed to its own broker went with it.
            self.container.publish_due_jobs().recover(waiting_longer_than=timedelta())
            stopping = self.container.stopping()
            worker = partial(run_worker, broker, threads=self.settings.worker_threads, stop_event=stopping)
            stack.callback(publisher.close)
            stack.enter_context(parts.running("worker", worker, stopping.set))
            scheduler = self._make_scheduler(publisher)
            stack.enter_context(parts.running("scheduler", scheduler.run, scheduler.stop))
            if self.settings.amqp_url is not None:
                intake = self._make_intake()
                stack.enter_context(parts.running("intake", intake.run, intake.stop))
            web.start()
            stack.callback(web.stop)
            yield parts

    def sandbox(self, arguments: Sequence[str]) -> int:
        """Run the sandbox SmartAdvocate until stopped."""
        from sandbox.__main__ import main as run_sandbox

        return run_sandbox(list(arguments))

    def close(self) -> None:
        """Close pools and client; nothing happens where no part was ever asked for."""
        if "container" not in vars(self):
            return
        self.container.http().close()
        self.container.reader().close()
        self.container.pool().close()

    # --- what commands use

    def log_in(self, firm: Firm, credentials: PasswordCredentials) -> Issued:
        """Try credentials that are not stored yet."""
        return self.container.log_in().issue(firm, credentials)

    def base_url(self, text: str) -> str:
        """Normalise what a person typed, and refuse a host that may not be spoken to."""
        url = normalise_base_url(text, self.settings.smartadvocate_http_hosts)
        if not url.startswith("http:"):  # without encryption: the sandbox, or this machine
            self.container.hosts().check(url, "the SmartAdvocate address")
        return url

    @property
    def clock(self) -> Clock:
        """The store's clock."""
        return self.container.clock()

    @property
    def actor(self) -> Actor:
        """Who uses the command line."""
        return self.settings.actor()

    @property
    def units_of_work(self) -> UnitsOfWork:
        """Transactions over Postgres."""
        return self.container.unit_of_work

    @property
    def add_firm(self) -> AddFirm:
        """Adding firms."""
        return self.container.add_firm()

    @property
    def connect_firm(self) -> ConnectFirm:
        """Connecting firms."""
        return self.container.connect_firm()

    @property
    def settings_of_firms(self) -> ChangeSettings:
        """Changing firms' settings."""
        return self.container.change_settings()

    @property
    def import_case(self) -> ImportCase:
        """Importing one case."""
        return self.container.import_case()

    @property
    def cancel_run(self) -> CancelRun:
        """Cancelling runs."""
        return self.container.cancel_run()

    @property
    def unmatched(self) -> UnmatchedNames:
        """Names that match nothing."""
        return self.container.list_unmatched()

    @property
    def verify_firm(self) -> VerifyFirm:
        """Trying a firm's test cases."""
        return self.container.verify_firm()

    @property
    def probe_permissions(self) -> ProbePermissions:
        """Telling what the account may do."""
        return self.container.probe_permissions()

    def verification_page(self, number: int, document: Mapping[str, Any]) -> str:
        """Return a stored verification as a printable page."""
        from adapters.web.verification_page import verification_page

        return verification_page(number, document)

    def case_id(self, firm: Firm, text: str) -> str:
        """Return the id that a pasted id or URL names."""
        return case_id_from(text, firm.base_url)

    def preview(self, case: SourceCase, firm: Firm) -> CasePreview:
        """Apply the firm's mapping to the case."""
        return preview_case(case, firm, _normalise_phone())

    @property
    def seat(self) -> SeatByHand:
        """`with seat(firm_id):` around a command's calls of SmartAdvocate."""
        return self.container.seat()

    @property
    def delete_firm(self) -> DeleteFirm:
        """Deleting firms."""
        return self.container.delete_firm()

    @property
    def disconnect_firm(self) -> DisconnectFirm:
        """Ending connections."""
        return self.container.disconnect_firm()

    @property
    def show_connection(self) -> ShowConnection:
        """Telling where connections stand."""
        return self.container.show_connection()

    def connect_link(self, firm: Firm) -> str:
        """Make a link to a firm's connection page."""
        secret = self.container.connect_by_consent().new_link(firm, self.actor)
        return f"{self.settings.public_url.rstrip('/')}/connect/{secret}"

    @property
    def current_key(self) -> str:
        """The id of the key that encrypts."""
        return next(iter(self.settings.named_secret_keys()))

    def key_counts(self) -> dict[str, int]:
        """Return how many secrets each key encrypts."""
        return dict(self.container.keys().counts())

    def rotate_keys(self) -> tuple[int, list[str]]:
        """Encrypt everything with the current key, and leave a line in the audit log."""
        number, problems = self.container.keys().rotate()
        with self.units_of_work() as uow:
            detail = {"key": self.current_key, "secrets": number}
            uow.audit.record(self.actor, None, AuditAction.KEYS_ROTATED, detail)
            uow.commit()
        return number, problems

    @property
    def start_sync(self) -> StartSync:
        """Starting runs by hand."""
        return self.container.start_sync()

    @property
    def replay_deliveries(self) -> ReplayDeliveries:
        """Letting held and failed deliveries leave again."""
        return self.container.replay_deliveries()

    @property
    def replay_events(self) -> ReplayEvents:
        """Judging rejected events again."""
        return self.container.replay_events()

    @property
    def checks(self) -> dict[str, Callable[[], object]]:
        """What `doctor` and `/readyz` look at."""
        checks: dict[str, Callable[[], object]] = {"database": self._check_database}
        checks["secret keys"] = self.settings.named_secret_keys
        return checks | ({} if self.settings.amqp_url is None else {"broker": self._declare_topology})

    # --- parts

    def _begin(self) -> None:
        """Configure logs, and wait until the database is there and has this version's tables."""
        configure_logs(self.settings.log_level, self.settings.log_format)
        # Process 1 of a container never hears a signal without a handler: not even while it only waits.
        on_signal(partial(sys.exit, 0))
        patiently(self._check_database)

    def _check_database(self) -> None:
        if missing := pending(self.settings.required_database_url()):
            raise TransientError(f"the database lacks {len(missing)} migrations; run 'casebridge migrate'")

    def _declare_topology(self) -> None:
        from adapters.rabbitmq.topology import declare_topology

        declare_topology(self.settings.required_amqp_url())

    def _open_broker(self) -> Any:
        from adapters.rabbitmq.broker import make_broker
        from workers.middleware import JobLog

        return make_broker(self.settings.required_amqp_url(), [JobLog()])

    def _open_publisher(self) -> Any:
        from adapters.rabbitmq.publisher import RabbitPublisher

        return RabbitPublisher(self.settings.required_amqp_url())

    @staticmethod
    def _embedded_broker(parts: "AllInOne[Application]") -> tuple[Any, Any]:
        from adapters.embedded.broker import EmbeddedBroker, EmbeddedPublisher
        from workers.middleware import JobLog

        broker = EmbeddedBroker([JobLog()])
        return broker, EmbeddedPublisher(broker, parts.listeners)

    def _make_intake(self) -> "Intake":
        from adapters.rabbitmq.intake import Intake

        receive = self.container.receive_events()
        return Intake(
            self.settings.required_amqp_url(),
            lambda batch: [verdict.kept for verdict in receive(batch)],
            renew_after_s=self.settings.intake_renew_s,
            on_ready=lambda: _log.info("intake_ready"),
        )

    def _make_scheduler(self, publisher: Any) -> Scheduler:
        relay = Relay(self.container.outbox_reader(), publisher)
        intervals = Intervals(recover_s=self.settings.recover_every_s)
        purge_text = self.container.purge_text()
        return Scheduler(self.container.publish_due_jobs(), relay, intervals, purge_text=purge_text)

    def _make_web(self, host: str | None, port: int | None) -> "WebServer":
        from adapters.web.api_keys import ApiKeys
        from adapters.web.app import create_app
        from adapters.web.connect_pages import add_connect_pages
        from adapters.web.server import WebServer

        app = create_app(
            self.container.receive_events(),
            ApiKeys(self.settings.granted_api_keys()),
            {"database": self._check_database},
            self.container.statistics(),
        )
        add_connect_pages(
            app,
            self.container.connect_by_consent,
            self.container.show_connection,
            secure=self.settings.public_url.startswith("https:"),
        )
        port = self.settings.web_port if port is None else port
        return WebServer(app, host or self.settings.web_host, port)

    def _with_actors(self, broker: Any) -> Any:
        from workers.actors import register_actors

        register_actors(
            broker,
            {
                JobName.SYNC_MESSAGES: self.container.deliver_messages(),
                JobName.SYNC_DOCUMENTS: self.container.sync_documents(),
                JobName.IMPORT_CASES: self.container.import_waiting_cases(),
                JobName.SYNC_CASES: self.container.sync_cases(),
                JobName.SYNC_SHARED_NOTES: self.container.read_shared_notes(),
                JobName.PROBE_CONNECTIONS: self.container.probe_connection(),
            },
        )
        return broker


def main() -> None:
    """Run the `casebridge` command."""
    build(Application())()


if __name__ == "__main__":
    main()
