"""One transaction over all repositories."""

from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Self

import psycopg

from adapters.postgres.store.access import opening
from adapters.postgres.store.errors import translating
from adapters.postgres.store.limited_connection import LimitedConnection
from adapters.postgres.store.own_connection import OwnConnection
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.session import Session, Wake
from core.actor import Actor
from core.ports.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from adapters.postgres.access.api_keys import PostgresApiKeys
    from adapters.postgres.access.buckets import PostgresBuckets
    from adapters.postgres.access.people import PostgresPeople
    from adapters.postgres.access.sessions import PostgresSessions
    from adapters.postgres.answers.answers import PostgresAnswers
    from adapters.postgres.bulk.bulk import PostgresBulk
    from adapters.postgres.deliveries.deliveries import PostgresDeliveries
    from adapters.postgres.firms.firms import PostgresFirms
    from adapters.postgres.firms.source_names import PostgresSourceNames
    from adapters.postgres.inbox.inbox import PostgresInbox
    from adapters.postgres.jobs.jobs import PostgresJobs
    from adapters.postgres.letters.letters import PostgresLetters
    from adapters.postgres.moves.moves import PostgresMoves
    from adapters.postgres.notes.shared_notes import PostgresSharedNotes
    from adapters.postgres.outbox.outbox import PostgresOutbox
    from adapters.postgres.processes.processes import PostgresProcesses
    from adapters.postgres.records.audit import PostgresAudit
    from adapters.postgres.records.issues import PostgresIssues
    from adapters.postgres.records.removal import PostgresRemoval
    from adapters.postgres.records.reports import PostgresReports
    from adapters.postgres.records.tries import PostgresTries
    from adapters.postgres.runs.cases import PostgresCases
    from adapters.postgres.runs.problems import PostgresProblems
    from adapters.postgres.runs.runs import PostgresRuns


class PostgresUnitOfWork(UnitOfWork):
    """See `core.ports.unit_of_work.UnitOfWork`. For one `with` block.

    Each repository is loaded by who asks for it, with all that its subject is made of: no process uses all.

    Raises TransientError when the database is out of reach, was too slow, or resolved a deadlock against this
    transaction; all can be repeated as a whole.
    """

    def __init__(self, pool: Pool | OwnConnection, actor: Actor, wake: Wake = lambda _: None) -> None:
        """`wake` is called after a commit for what it gave those to do who wait."""
        self._pool = pool
        self._wake = wake
        self._opening = opening(actor)
        self._connection: LimitedConnection | None = None

    def __enter__(self) -> Self:
        with translating():
            self._connection = self._pool.getconn()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        try:
            connection.rollback()
        except psycopg.Error:
            # The connection is broken, and with it the transaction is gone; the pool replaces it.
            connection.close()
        finally:
            self._pool.putconn(connection)

    def commit(self) -> None:
        self._session.commit()

    @cached_property
    def firms(self) -> "PostgresFirms":
        from adapters.postgres.firms.firms import PostgresFirms

        return PostgresFirms(self._session)

    @cached_property
    def inbox(self) -> "PostgresInbox":
        from adapters.postgres.inbox.inbox import PostgresInbox

        return PostgresInbox(self._session)

    @cached_property
    def deliveries(self) -> "PostgresDeliveries":
        from adapters.postgres.deliveries.deliveries import PostgresDeliveries

        return PostgresDeliveries(self._session)

    @cached_property
    def cases(self) -> "PostgresCases":
        from adapters.postgres.runs.cases import PostgresCases

        return PostgresCases(self._session)

    @cached_property
    def runs(self) -> "PostgresRuns":
        from adapters.postgres.runs.runs import PostgresRuns

        return PostgresRuns(self._session)

    @cached_property
    def jobs(self) -> "PostgresJobs":
        from adapters.postgres.jobs.jobs import PostgresJobs

        return PostgresJobs(self._session)

    @cached_property
    def outbox(self) -> "PostgresOutbox":
        from adapters.postgres.outbox.outbox import PostgresOutbox

        return PostgresOutbox(self._session)

    @cached_property
    def issues(self) -> "PostgresIssues":
        from adapters.postgres.records.issues import PostgresIssues

        return PostgresIssues(self._session)

    @cached_property
    def audit(self) -> "PostgresAudit":
        from adapters.postgres.records.audit import PostgresAudit

        return PostgresAudit(self._session)

    @cached_property
    def reports(self) -> "PostgresReports":
        from adapters.postgres.records.reports import PostgresReports

        return PostgresReports(self._session)

    @cached_property
    def problems(self) -> "PostgresProblems":
        from adapters.postgres.runs.problems import PostgresProblems

        return PostgresProblems(self._session)

    @cached_property
    def answers(self) -> "PostgresAnswers":
        from adapters.postgres.answers.answers import PostgresAnswers

        return PostgresAnswers(self._session)

    @cached_property
    def shared_notes(self) -> "PostgresSharedNotes":
        from adapters.postgres.notes.shared_notes import PostgresSharedNotes

        return PostgresSharedNotes(self._session)

    @cached_property
    def letters(self) -> "PostgresLetters":
        from adapters.postgres.letters.letters import PostgresLetters

        return PostgresLetters(self._session)

    @cached_property
    def sessions(self) -> "PostgresSessions":
        from adapters.postgres.access.sessions import PostgresSessions

        return PostgresSessions(self._session)

    @cached_property
    def people(self) -> "PostgresPeople":
        from adapters.postgres.access.people import PostgresPeople

        return PostgresPeople(self._session)

    @cached_property
    def api_keys(self) -> "PostgresApiKeys":
        from adapters.postgres.access.api_keys import PostgresApiKeys

        return PostgresApiKeys(self._session)

    @cached_property
    def bulk(self) -> "PostgresBulk":
        from adapters.postgres.bulk.bulk import PostgresBulk

        return PostgresBulk(self._session)

    @cached_property
    def source_names(self) -> "PostgresSourceNames":
        from adapters.postgres.firms.source_names import PostgresSourceNames

        return PostgresSourceNames(self._session)

    @cached_property
    def tries(self) -> "PostgresTries":
        from adapters.postgres.records.tries import PostgresTries

        return PostgresTries(self._session)

    @cached_property
    def buckets(self) -> "PostgresBuckets":
        from adapters.postgres.access.buckets import PostgresBuckets

        return PostgresBuckets(self._session)

    @cached_property
    def processes(self) -> "PostgresProcesses":
        from adapters.postgres.processes.processes import PostgresProcesses

        return PostgresProcesses(self._session)

    @cached_property
    def moves(self) -> "PostgresMoves":
        from adapters.postgres.moves.moves import PostgresMoves

        return PostgresMoves(self._session)

    @cached_property
    def removal(self) -> "PostgresRemoval":
        from adapters.postgres.records.removal import PostgresRemoval

        return PostgresRemoval(self._session)

    @cached_property
    def _session(self) -> Session:
        if self._connection is None:
            raise RuntimeError("a unit of work is used inside its with block only")
        return Session(self._connection, self._opening, self._wake)
