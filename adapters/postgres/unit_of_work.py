"""One transaction over all repositories."""

from functools import cached_property
from types import TracebackType
from typing import Self

import psycopg

from adapters.postgres.deliveries.deliveries import PostgresDeliveries
from adapters.postgres.firms.firms import PostgresFirms
from adapters.postgres.firms.setting_versions import PostgresSettingVersions
from adapters.postgres.firms.tenants import PostgresTenants
from adapters.postgres.inbox.inbox import PostgresInbox
from adapters.postgres.jobs.jobs import PostgresJobs
from adapters.postgres.jobs.seats import PostgresSeats
from adapters.postgres.jobs.slots import PostgresSlots
from adapters.postgres.notes.shared_notes import PostgresSharedNotes
from adapters.postgres.outbox.outbox import PostgresOutbox
from adapters.postgres.records.audit import PostgresAudit
from adapters.postgres.records.exception_reports import PostgresExceptionReports
from adapters.postgres.records.issues import PostgresIssues
from adapters.postgres.records.probe_results import PostgresProbeResults
from adapters.postgres.runs.cases import PostgresCases
from adapters.postgres.runs.problems import PostgresProblems
from adapters.postgres.runs.runs import PostgresRuns
from adapters.postgres.store.access import opening
from adapters.postgres.store.errors import translating
from adapters.postgres.store.limited_connection import LimitedConnection
from adapters.postgres.store.pool import Pool
from adapters.postgres.store.session import Session
from core.actor import SYSTEM, Actor


class PostgresUnitOfWork:
    """All or nothing: what was done through its repositories holds from `commit` on, or never was.

    For one `with` block. Raises TransientError when the database is out of reach, was too slow, or
    resolved a deadlock against this transaction; all can be repeated as a whole.
    """

    def __init__(self, pool: Pool, actor: Actor = SYSTEM) -> None:
        self._pool = pool
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
        """Commit; the unit of work can be used on for a further transaction."""
        self._session.commit()

    @cached_property
    def firms(self) -> PostgresFirms:
        """Firms."""
        return PostgresFirms(self._session)

    @cached_property
    def inbox(self) -> PostgresInbox:
        """Upstream events."""
        return PostgresInbox(self._session)

    @cached_property
    def deliveries(self) -> PostgresDeliveries:
        """Deliveries and lanes."""
        return PostgresDeliveries(self._session)

    @cached_property
    def cases(self) -> PostgresCases:
        """Cases."""
        return PostgresCases(self._session)

    @cached_property
    def runs(self) -> PostgresRuns:
        """Runs and results."""
        return PostgresRuns(self._session)

    @cached_property
    def jobs(self) -> PostgresJobs:
        """Jobs."""
        return PostgresJobs(self._session)

    @cached_property
    def seats(self) -> PostgresSeats:
        """Seats of people's commands."""
        return PostgresSeats(self._session)

    @cached_property
    def slots(self) -> PostgresSlots:
        """Schedule slots."""
        return PostgresSlots(self._session)

    @cached_property
    def outbox(self) -> PostgresOutbox:
        """Announcements."""
        return PostgresOutbox(self._session)

    @cached_property
    def issues(self) -> PostgresIssues:
        """Issues."""
        return PostgresIssues(self._session)

    @cached_property
    def audit(self) -> PostgresAudit:
        """What people changed."""
        return PostgresAudit(self._session)

    @cached_property
    def tenants(self) -> PostgresTenants:
        """All that is kept of a firm."""
        return PostgresTenants(self._session)

    @cached_property
    def problems(self) -> PostgresProblems:
        """Cases that something is wrong with."""
        return PostgresProblems(self._session)

    @cached_property
    def exception_reports(self) -> PostgresExceptionReports:
        """Daily exception reports."""
        return PostgresExceptionReports(self._session)

    @cached_property
    def setting_versions(self) -> PostgresSettingVersions:
        """What settings were, version by version."""
        return PostgresSettingVersions(self._session)

    @cached_property
    def shared_notes(self) -> PostgresSharedNotes:
        """Two-way messages."""
        return PostgresSharedNotes(self._session)

    @cached_property
    def probe_results(self) -> PostgresProbeResults:
        """What verifications and probes came to."""
        return PostgresProbeResults(self._session)

    @cached_property
    def _session(self) -> Session:
        if self._connection is None:
            raise RuntimeError("a unit of work is used inside its with block only")
        return Session(self._connection, self._opening)
