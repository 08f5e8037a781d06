"""Port: one transaction over all repositories."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from core.actor import Actor

# Each port, with what its subject is made of, is loaded by who uses it: no process uses all of them.
if TYPE_CHECKING:
    from core.ports.answers import Answers
    from core.ports.api_keys import ApiKeys
    from core.ports.audit import Audit
    from core.ports.buckets import Buckets
    from core.ports.bulk import BulkOperations
    from core.ports.cases import Cases
    from core.ports.deliveries import Deliveries
    from core.ports.firms import Firms
    from core.ports.inbox import Inbox
    from core.ports.issues import Issues
    from core.ports.jobs import Jobs
    from core.ports.letters import Letters
    from core.ports.moves import Moves
    from core.ports.outbox import Outbox
    from core.ports.people import People
    from core.ports.problems import Problems
    from core.ports.processes import Processes
    from core.ports.removal import Removal
    from core.ports.reports import Reports
    from core.ports.runs import Runs
    from core.ports.sessions import Sessions
    from core.ports.shared_notes import SharedNotes
    from core.ports.source_names import SourceNames
    from core.ports.tries import Tries


class UnitOfWork(Protocol):
    """All or nothing: what was done through its repositories holds from `commit` on, or never was.

    Leaving its context without `commit` rolls back. Raises TransientError when the store is out of reach.
    """

    @property
    def firms(self) -> "Firms": ...
    @property
    def inbox(self) -> "Inbox": ...
    @property
    def deliveries(self) -> "Deliveries": ...
    @property
    def cases(self) -> "Cases": ...
    @property
    def runs(self) -> "Runs": ...
    @property
    def jobs(self) -> "Jobs": ...
    @property
    def outbox(self) -> "Outbox": ...
    @property
    def issues(self) -> "Issues": ...
    @property
    def problems(self) -> "Problems": ...
    @property
    def reports(self) -> "Reports": ...
    @property
    def audit(self) -> "Audit": ...
    @property
    def bulk(self) -> "BulkOperations": ...
    @property
    def answers(self) -> "Answers": ...
    @property
    def shared_notes(self) -> "SharedNotes": ...
    @property
    def letters(self) -> "Letters": ...
    @property
    def sessions(self) -> "Sessions": ...
    @property
    def people(self) -> "People": ...
    @property
    def api_keys(self) -> "ApiKeys": ...
    @property
    def source_names(self) -> "SourceNames": ...
    @property
    def tries(self) -> "Tries": ...
    @property
    def buckets(self) -> "Buckets": ...
    @property
    def processes(self) -> "Processes": ...
    @property
    def moves(self) -> "Moves": ...
    @property
    def removal(self) -> "Removal": ...

    def commit(self) -> None:
        """Commit; the unit of work can be used on for a further transaction."""
        ...


UnitsOfWork = Callable[[Actor], AbstractContextManager[UnitOfWork]]
"""Opens a transaction in the name of an actor: the store holds it to the actor's firms as well."""
