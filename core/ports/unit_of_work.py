"""Port: one transaction over all repositories."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from core.actor import Actor
from core.ports.announcements import Announcements
from core.ports.answers import Answers
from core.ports.api_keys import ApiKeys
from core.ports.audit import Audit
from core.ports.bulk import BulkOperations
from core.ports.cases import Cases
from core.ports.deliveries import Deliveries
from core.ports.firms import Firms
from core.ports.inbox import Inbox
from core.ports.issues import Issues
from core.ports.jobs import Jobs
from core.ports.letters import Letters
from core.ports.names import Names
from core.ports.outbox import Outbox
from core.ports.overview import Overview
from core.ports.people import People
from core.ports.problems import Problems
from core.ports.processes import Processes
from core.ports.reports import Reports
from core.ports.runs import Runs
from core.ports.sessions import Sessions
from core.ports.shared_notes import SharedNotes
from core.ports.tries import Tries
from core.ports.views import Views


class UnitOfWork(Protocol):
    """All or nothing: what was done through its repositories holds from `commit` on, or never was.

    Leaving its context without `commit` rolls back. Raises TransientError when the store is out of reach.
    """

    @property
    def firms(self) -> Firms: ...  # noqa: D102
    @property
    def inbox(self) -> Inbox: ...  # noqa: D102
    @property
    def deliveries(self) -> Deliveries: ...  # noqa: D102
    @property
    def cases(self) -> Cases: ...  # noqa: D102
    @property
    def runs(self) -> Runs: ...  # noqa: D102
    @property
    def jobs(self) -> Jobs: ...  # noqa: D102
    @property
    def outbox(self) -> Outbox: ...  # noqa: D102
    @property
    def issues(self) -> Issues: ...  # noqa: D102
    @property
    def problems(self) -> Problems: ...  # noqa: D102
    @property
    def reports(self) -> Reports: ...  # noqa: D102
    @property
    def audit(self) -> Audit: ...  # noqa: D102
    @property
    def overview(self) -> Overview: ...  # noqa: D102
    @property
    def bulk(self) -> BulkOperations: ...  # noqa: D102
    @property
    def announcements(self) -> Announcements: ...  # noqa: D102
    @property
    def answers(self) -> Answers: ...  # noqa: D102
    @property
    def shared_notes(self) -> SharedNotes: ...  # noqa: D102
    @property
    def letters(self) -> Letters: ...  # noqa: D102
    @property
    def sessions(self) -> Sessions: ...  # noqa: D102
    @property
    def people(self) -> People: ...  # noqa: D102
    @property
    def api_keys(self) -> ApiKeys: ...  # noqa: D102
    @property
    def views(self) -> Views: ...  # noqa: D102
    @property
    def names(self) -> Names: ...  # noqa: D102
    @property
    def tries(self) -> Tries: ...  # noqa: D102
    @property
    def processes(self) -> Processes: ...  # noqa: D102

    def commit(self) -> None:
        """Commit; the unit of work can be used on for a further transaction."""
        ...


UnitsOfWork = Callable[[Actor], AbstractContextManager[UnitOfWork]]
"""Opens a transaction in the name of an actor: the store holds it to the actor's firms as well."""
