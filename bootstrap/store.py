"""The room of Postgres: pools, transactions, what is kept encrypted, and the clock."""

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, Final

from adapters.postgres.records.unexpected_errors import PostgresUnexpectedErrors
from adapters.postgres.store.access import prepare_role
from adapters.postgres.store.address import check_same_database
from adapters.postgres.store.clock import StoreClock, elapsed_s
from adapters.postgres.store.errors import translating
from adapters.postgres.store.migrate import migrate, pending
from adapters.postgres.store.own_connection import OwnConnection
from adapters.postgres.store.pool import READ_WITHIN_S, Patience, Pool, close_pool, open_pool, open_reader
from adapters.postgres.store.wake_ups import WakeUps
from adapters.postgres.tokens.known_keys import name_with_keys
from adapters.postgres.unit_of_work import PostgresUnitOfWork
from adapters.system.heart import Heart
from adapters.system.notices import LogNotices
from bootstrap import values
from bootstrap.part import part
from bootstrap.settings import Settings
from core.actor import ALL_FIRMS, SYSTEM, Actor, Role
from core.errors import ConfigurationError, TransientError
from core.process import HEARTBEAT, ProcessKind
from core.reason import Reason
from core.usecases.keep_alive import KeepAlive
from core.usecases.look_for_gone import LookForGone
from core.usecases.steps.standing import Standing

# What only some processes use is loaded by who asks for it.
if TYPE_CHECKING:
    from adapters.postgres.outbox.outbox_reader import PostgresOutboxReader
    from adapters.postgres.records.upkeep import PostgresUpkeep
    from adapters.postgres.tokens.connections import PostgresConnections
    from adapters.postgres.tokens.consents import PostgresConsents
    from adapters.postgres.tokens.keys import PostgresKeys
    from adapters.postgres.tokens.vault import Vault
    from adapters.postgres.transfer.firm_files import PostgresFirmFiles
    from core.upkeep import Cleaning
    from core.usecases.receive_events import ReceiveEvents

_WAKE_UP_WITHIN_S: Final = 3.0


class Store:
    """What this process has of Postgres; opened when first used, and so after any fork."""

    def __init__(self, settings: Settings, closing: ExitStack) -> None:
        self._settings = settings
        self._closing = closing
        self._is_pooled = settings.direct_database_url is not None
        self._leads_to_one = not self._is_pooled
        self._about = values.about_process(ProcessKind.COMMAND)
        self._is_ending = False
        self.somebody_is_gone = threading.Event()

    @property
    def _name(self) -> str:
        """What the server lists this process's connections under."""
        try:
            return name_with_keys(self._settings.named_secret_keys())
        except ConfigurationError:
            return name_with_keys({})

    @part
    def pool(self) -> Pool:
        """Connections for transactions."""
        # A job holds a connection only while it talks to Postgres, so the threads rarely want one each.
        pool = open_pool(
            self._settings.required_database_url(),
            min_size=1,
            max_size=self._settings.worker_threads + 4,
            application_name=self._name,
            limits=values.work_limits(self._settings),
            people=values.people_limits(self._settings),
            is_pooled=self._is_pooled,
            patience=self._patience,
        )
        self._closing.callback(close_pool, pool)
        return pool

    @part
    def reader(self) -> Pool:
        """Connections for single readings by key."""
        # A firm's token is read once a second at the most (ADR 61), in less than a millisecond.
        pool = open_reader(
            self._settings.required_database_url(),
            max_size=2,
            application_name=self._name,
            answer_within_s=min(READ_WITHIN_S, self._settings.database_limit_s),
            is_pooled=self._is_pooled,
            patience=self._patience,
        )
        self._closing.callback(close_pool, pool)
        return pool

    def _patience(self) -> Patience:
        if self._is_ending:
            return Patience.ENDED
        somebody_waits = self._about.kind in {ProcessKind.WEB, ProcessKind.COMMAND}
        return Patience.OF_PEOPLE if somebody_waits else Patience.OF_WORK

    def end_waiting(self) -> None:
        """Wait for a store that is away no longer: the process ends, and leaves nothing half done."""
        self._is_ending = True

    def unit_of_work(self, actor: Actor) -> PostgresUnitOfWork:
        """Return a new transaction, held to the actor's firms."""
        return PostgresUnitOfWork(self.pool, actor, self.wake_ups)

    @part
    def wake_ups(self) -> WakeUps:
        """Wakes relays; a pooler does for that."""
        own = OwnConnection(
            self._settings.required_database_url(),
            application_name="casebridge-wake-ups",
            answer_within_s=_WAKE_UP_WITHIN_S,
            is_pooled=self._is_pooled,
        )
        wake_ups = WakeUps(own)
        self._closing.callback(wake_ups.close)
        return wake_ups

    @part
    def clock(self) -> StoreClock:
        """The store's time: a machine's wrong one would shift what other machines are to do, and when."""
        return StoreClock(self.pool)

    def lives_as(self, kind: ProcessKind, threads: int = 0) -> None:
        """Say what this process is, before its life begins."""
        self._about = values.about_process(kind, threads)

    @part
    def life(self) -> Heart:
        """The sign of life of this process; schedulers look at those of others."""
        own = OwnConnection(
            self._settings.straight_database_url(),
            application_name="casebridge-heart",
            answer_within_s=HEARTBEAT.every.total_seconds(),
        )

        def heart(actor: Actor) -> PostgresUnitOfWork:
            return PostgresUnitOfWork(own, actor)

        looks = self._about.kind in {ProcessKind.SCHEDULER, ProcessKind.ALL_IN_ONE}
        standing = Standing(self.clock, elapsed_s)
        life = Heart(
            KeepAlive(heart, self.unit_of_work, self._about, standing),
            standing,
            look=LookForGone(heart, elapsed_s) if looks else None,
            gone=self.somebody_is_gone.set,
            close=own.close,
        )
        self._closing.callback(life.stop)
        return life

    @part
    def vault(self) -> "Vault":
        """What encrypts. Much can be done without: who needs it is told what is wrong with the keys."""
        from adapters.postgres.tokens.vault import NoVault, Vault

        try:
            keys = self._settings.named_secret_keys()
        except ConfigurationError as error:
            return NoVault(error)
        return Vault(keys, current=next(iter(keys)))

    @part
    def connections(self) -> "PostgresConnections":
        """The firms' credentials and tokens."""
        from adapters.postgres.tokens.connections import PostgresConnections

        return PostgresConnections(self.pool, self.vault, self.reader)

    @part
    def consents(self) -> "PostgresConsents":
        """Links and browser sessions of firms that are about to allow access."""
        from adapters.postgres.tokens.consents import PostgresConsents

        return PostgresConsents(self.pool, self.vault)

    @part
    def keys(self) -> "PostgresKeys":
        """The keys, with what each encrypts."""
        from adapters.postgres.tokens.keys import PostgresKeys

        return PostgresKeys(self.pool, self.vault)

    @part
    def firm_files(self) -> "PostgresFirmFiles":
        """Firms as files."""
        from adapters.postgres.transfer.firm_files import PostgresFirmFiles

        settings = self._settings
        return PostgresFirmFiles(settings.straight_database_url, settings.given_transfer_key, self.vault)

    @part
    def outbox_reader(self) -> "PostgresOutboxReader":
        """What waits to be published."""
        from adapters.postgres.outbox.outbox_reader import PostgresOutboxReader

        direct_url = self._settings.straight_database_url() if self._is_pooled else None
        reader = PostgresOutboxReader(self.pool, direct_url)
        self._closing.callback(reader.close)
        return reader

    @part
    def upkeep(self) -> "PostgresUpkeep":
        """How the store is doing, and numbers for the metrics."""
        from adapters.postgres.records.upkeep import PostgresUpkeep

        return PostgresUpkeep(self.pool, values.retention(self._settings))

    @part
    def notices(self) -> LogNotices:
        """What is told to whoever runs the service: in the log, and counted for the metrics."""
        return LogNotices(lambda doing, kind: PostgresUnexpectedErrors(self.pool).count(doing, kind))

    @part
    def receive_events(self) -> "ReceiveEvents":
        """Records what upstream sends, which takes nothing but the store and its clock."""
        from core.usecases.receive_events import ReceiveEvents

        return ReceiveEvents(self.unit_of_work, self.clock)

    def migrate(self) -> list[str]:
        """Bring the database to this version; return what was applied."""
        from adapters.postgres.transfer.cell import number_cell

        url = self._settings.straight_database_url()
        applied = list(migrate(url))
        number_cell(url, self._settings.cell)
        return applied

    def prepare_role(self) -> list[str]:
        """Make the role for people and programs; return the statements that somebody else must run for it."""
        return prepare_role(self._settings.straight_database_url())

    def check_cell(self) -> None:
        """Raise CasebridgeError where the database is another cell's than the settings say."""
        from adapters.postgres.transfer.cell import check_cell

        with translating(), self.pool.connection() as connection:
            check_cell(connection, self._settings.cell)

    def check_access(self) -> None:
        """Raise CasebridgeError unless a person's transaction can begin, and one without a firm sees none."""
        with self.unit_of_work(Actor("check", Role.FIRM_ADMIN)) as uow:
            if uow.firms.all(ALL_FIRMS):
                raise ConfigurationError("row-level security holds nobody: without a firm one sees firms")

    def cleaning(self) -> "Cleaning":
        """Return how PostgreSQL keeps up with cleaning. Raises TransientError."""
        from core.upkeep import Cleaning

        behind = [table for table in self.upkeep.tables() if table.is_behind]
        return Cleaning(self.upkeep.oldest_transaction(), behind)

    def check_secrets(self) -> None:
        """Raise ConfigurationError unless one secret under each key that is stored opens."""
        if problems := self.keys.try_each():
            raise ConfigurationError("; ".join(dict.fromkeys(problems)), reason=Reason.ENCRYPTION_KEY_MISSING)

    def check_removal(self) -> None:
        """Raise TransientError where what is past its time is still here, and has been for a day."""
        with self.unit_of_work(SYSTEM) as uow:
            states = uow.removal.states(values.retention(self._settings))
        behind = [one for one in states if one.is_behind]
        if behind:
            told = ", ".join(f"{one.what} {one.behind.days} d" for one in behind)
            raise TransientError(f"removal is behind: {told}", reason=Reason.REMOVAL_BEHIND)

    def check(self) -> None:
        """Raise TransientError while the database is out of reach, or lacks this version's tables.

        Raises ConfigurationError where it is not encoded in UTF-8, or an unnamed pooler stands before it.
        """
        if missing := pending(self._settings.straight_database_url()):
            number = "a migration" if len(missing) == 1 else f"{len(missing)} migrations"
            raise TransientError(f"the database lacks {number}", reason=Reason.SCHEMA_BEHIND)
        if not self._leads_to_one:
            check_same_database(
                self._settings.required_database_url(), self._settings.straight_database_url()
            )
            self._leads_to_one = True
