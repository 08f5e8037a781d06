"""The connection pool: limits on every wait, and no help needed when PostgreSQL restarts."""

import logging
import time
from collections.abc import Callable
from enum import Enum
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from psycopg_pool import ConnectionPool, PoolTimeout

from adapters.postgres.store.fronts import Fronts
from adapters.postgres.store.limited_connection import Failures, LimitedConnection
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.time_limits import PEOPLE, WORK, TimeLimits
from core.errors import ConfigurationError

CHECKOUT_WITHIN_S = 10.0
KNOWN_AFTER_S = 2.5  # in which three attempts are made; a restart takes one or two
_LOOK_EVERY_S: Final = (1.0, 0.25)  # whether attempts fail: while none is known to, and afterwards


class Patience(Enum):
    """How long a checkout waits for a server that is away."""

    OF_WORK = "always as long as it may: there may be an answer of SmartAdvocate's to record"
    OF_PEOPLE = "not on, where a server is known to be long away"
    ENDED = "not on, where a server is known to be away: the process is ending"


def of_work() -> Patience:
    """Return the patience of work."""
    return Patience.OF_WORK


class Pool(ConnectionPool[LimitedConnection]):
    """A pool whose checkout says why no connection came about, where it was not because all are in use.

    That of people ends with an attempt of its own that failed, once the server has been away for as long as
    a checkout may wait: then this one's waiting would outlast no restart. A pool that never had a connection
    knows it after KNOWN_AFTER_S. `patience` is asked again and again.
    """

    def __init__(self, *arguments: Any, patience: Callable[[], Patience] = of_work, **named: Any) -> None:
        self._failures = Failures()
        self._patience = patience
        super().__init__(*arguments, connection_class=self._failures.telling(), **named)

    def getconn(self, timeout: float | None = None) -> LimitedConnection:
        """See `ConnectionPool.getconn`. Raises PoolTimeout, in the last attempt's words if that failed."""
        begun_s = time.monotonic()
        within_s = self.timeout if timeout is None else timeout
        while True:
            left_s = max(begun_s + within_s - time.monotonic(), 0.0)
            step_s = (
                left_s if self._is_full() else min(left_s, _LOOK_EVERY_S[self._failures.last is not None])
            )
            try:
                return super().getconn(step_s)
            except PoolTimeout:
                if step_s == left_s or self._is_known_to_be_away(begun_s):
                    break
        last = self._failures.last
        raise PoolTimeout(
            f"couldn't get a connection after {within_s:.2f} sec" if last is None else str(last)
        )

    def _is_full(self) -> bool:
        """Tell whether others have all connections. Who stopped waiting to look would lose their place."""
        return self._failures.last is None and self.get_stats()["pool_size"] >= self.max_size

    def _is_known_to_be_away(self, begun_s: float) -> bool:
        """Tell whether an attempt since then failed and others long before, or that nobody may wait."""
        failures, patience = self._failures, self._patience()
        if patience is not Patience.OF_PEOPLE:
            return patience is Patience.ENDED and failures.last is not None
        long_s = self.timeout if failures.has_connected else KNOWN_AFTER_S
        is_long = time.monotonic() - failures.row_begun_s >= long_s
        return failures.last is not None and failures.last_begun_s >= begun_s and is_long


RECONNECT_WITHIN_S = 5.0
READ_WITHIN_S = 5.0  # a reading by key takes less than a millisecond
CHECK_WITHIN_S = 5.0  # an empty statement, before a connection is handed out
_ANSWER_MARGIN = 1.25  # the server ends a statement that takes too long; only its silence is ours to end
# After that a connection counts as given up and the next checkout begins anew at once: the library's own
# five minutes of growing pauses would outlast the outage.
IDLE_KEPT_S = 600.0
PLANS_KEPT_S = 10.0
"""Tables here grow from empty to millions within minutes: plans of their small days would scan them whole."""
CLOSE_WITHIN_S = (
    0.4  # a thread of the pool's four; one that is just connecting to a silent server is left to end with us
)
LIFETIME_S = 3600.0

_SQL: Final = Statements.beside(__file__)
_SERVER_SETTINGS: Final = {
    "timezone": "UTC",
    # What is kept for good was planned for tables that were small then. The pool keeps plans for a while.
    "plan_cache_mode": "force_custom_plan",
    "jit": "off",
    # Two hundred rows by key are two hundred probes of an index, not a reading of the table.
    "random_page_cost": "1.1",
}


def connection_arguments(
    database_url: str,
    application_name: str,
    limits: TimeLimits = WORK,
    *,
    is_pooled: bool = False,
) -> dict[str, Any]:
    """Return libpq's parameters for every connection. Raises ConfigurationError for an unusable URL.

    `is_pooled`: through a pooler, which refuses settings of a connection; each transaction begins with them
    instead (`transaction_settings`).
    """
    try:
        given = conninfo_to_dict(database_url)
    except Exception:  # noqa: BLE001 - whatever it is, its text may quote the password
        given = None
    if given is None:
        raise ConfigurationError(
            "CASEBRIDGE_DATABASE_URL, or its DIRECT sister, is no PostgreSQL URL; it looks like "
            "postgresql://user:password@host:5432/name"
        )
    # What only newer servers know cannot be asked for before it is known who answers: `limit_transactions`.
    settings = {} if is_pooled else {**_SERVER_SETTINGS, **limits.settings(server_version=0)}
    options = " ".join(f"-c {name}={value}" for name, value in settings.items())
    return {
        "connect_timeout": 5,
        # A silent network: noticed after about a minute, in the middle of a write after half of one.
        "keepalives": 1,
        "keepalives_idle": 30,
        "keepalives_interval": 10,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        **given,
        "application_name": application_name,
        # Whatever the URL or PGCLIENTENCODING says: in another one there are letters that cannot be sent.
        "client_encoding": "UTF8",
        # Last wins: what the URL sets is kept.
        "options": f"{options} {given.get('options') or ''}".strip(),
    }


def transaction_settings(limits: TimeLimits, server_version: int) -> sql.Composed:
    """Return the statement that begins each transaction behind a pooler."""
    settings = {**_SERVER_SETTINGS, **limits.settings(server_version)}
    each = [sql.SQL("set_config({}, {}, true)").format(name, value) for name, value in settings.items()]
    return sql.SQL("select {}").format(sql.SQL(", ").join(each))


def _limit_transactions(connection: LimitedConnection, limits: TimeLimits) -> None:
    """Let the server end transactions that take too long, where it can and the URL did not say how long."""
    settings = limits.settings(connection.info.server_version)
    if "transaction_timeout" in settings:
        connection.set_autocommit(True)
        connection.execute(_SQL["limit_transactions"], settings)
        connection.set_autocommit(False)


def open_pool(
    database_url: str,
    *,
    min_size: int,
    max_size: int,
    application_name: str,
    limits: TimeLimits = WORK,
    people: TimeLimits = PEOPLE,
    is_pooled: bool = False,
    patience: Callable[[], Patience] = of_work,
) -> Pool:
    """Return an open pool; it does not wait for the server, a checkout does (10 s at most; see `Pool`).

    A connection is tried before it is handed out, so a restart of PostgreSQL costs the transactions under
    way and nothing later. Plans are kept for some seconds (ADR 116). `limits` hold for what casebridge does
    by itself, `people` for transactions of people and programs; a connection that stays silent a quarter
    longer than a statement may take is given up. `is_pooled`: another pooler stands between, and shares its
    connections between transactions; then nothing is prepared, because the next statement may run on another
    connection. Raises ConfigurationError for an unusable URL. Not to be shared across a fork.
    """

    fronts = Fronts()

    def configure(connection: LimitedConnection) -> None:
        connection.fronts = fronts
        connection.answer_within_s = limits.statement_s * _ANSWER_MARGIN
        connection.people = people
        if is_pooled:
            connection.begins_with = transaction_settings(limits, connection.info.server_version)
        else:
            _limit_transactions(connection, limits)

    def check(connection: LimitedConnection) -> None:
        try:
            with connection.answering_within(CHECK_WITHIN_S):
                if is_pooled or not connection.forget_old_plans(PLANS_KEPT_S):
                    ConnectionPool.check_connection(connection)
        except psycopg.Error:
            # The others are as old: one by one, with the library's growing pauses between, a checkout
            # would run out of time on a large pool.
            pool.drain()
            raise

    _say_nothing()
    arguments = connection_arguments(database_url, application_name, limits, is_pooled=is_pooled)
    if not is_pooled:
        arguments["options"] += " -c plan_cache_mode=auto"
    pool = Pool(
        "",
        kwargs={
            **arguments,
            "prepare_threshold": None if is_pooled else 3,
        },
        min_size=min_size,
        max_size=max_size,
        open=True,
        name=application_name,
        patience=patience,
        configure=configure,
        check=check,
        timeout=CHECKOUT_WITHIN_S,
        reconnect_timeout=RECONNECT_WITHIN_S,
        max_idle=IDLE_KEPT_S,
        max_lifetime=LIFETIME_S,
    )
    return pool


def close_pool(pool: Pool) -> None:
    """Close the pool's connections and end its threads; within two seconds, whatever its server does."""
    pool.close(timeout=CLOSE_WITHIN_S)


def open_reader(
    database_url: str,
    *,
    max_size: int,
    application_name: str,
    answer_within_s: float = READ_WITHIN_S,
    is_pooled: bool = False,
    patience: Callable[[], Patience] = of_work,
) -> Pool:
    """Return an open pool for single readings by key: every statement is a transaction of its own.

    One message to the server and back, and a plan that is kept: a key's plan does not change with the table's
    size. Connections are not tried before: `PostgresConnections` asks once more. One that says nothing
    for `answer_within_s` is given up: there are few, and every call of a worker begins with a reading.
    """
    _say_nothing()
    arguments = connection_arguments(database_url, application_name, is_pooled=is_pooled)
    if not is_pooled:
        arguments["options"] += " -c plan_cache_mode=force_generic_plan"

    def configure(connection: LimitedConnection) -> None:
        connection.answer_within_s = answer_within_s

    return Pool(
        "",
        kwargs={**arguments, "prepare_threshold": None if is_pooled else 0, "autocommit": True},
        min_size=0,
        max_size=max_size,
        patience=patience,
        configure=configure,
        open=True,
        name=f"{application_name}-reader",
        timeout=CHECKOUT_WITHIN_S,
        reconnect_timeout=RECONNECT_WITHIN_S,
        max_idle=IDLE_KEPT_S,
        max_lifetime=LIFETIME_S,
    )


def _say_nothing() -> None:
    """Keep the library from a line for each attempt to connect: who needs one is told, and says so."""
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
