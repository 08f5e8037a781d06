"""A unit of work over the in-memory store."""

from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from tests.fakes.answers import FakeAnswers
from tests.fakes.api_keys import FakeApiKeys
from tests.fakes.audit import FakeAudit
from tests.fakes.buckets import FakeBuckets
from tests.fakes.bulk import FakeBulk
from tests.fakes.cases import FakeCases
from tests.fakes.deliveries import FakeDeliveries
from tests.fakes.firms import FakeFirms
from tests.fakes.inbox import FakeInbox
from tests.fakes.issues import FakeIssues
from tests.fakes.jobs import FakeJobs
from tests.fakes.letters import FakeLetters
from tests.fakes.moves import FakeMoves
from tests.fakes.outbox import FakeOutbox
from tests.fakes.people import FakePeople
from tests.fakes.problems import FakeProblems
from tests.fakes.processes import FakeProcesses
from tests.fakes.removal import FakeRemoval
from tests.fakes.reports import FakeReports
from tests.fakes.runs import FakeRuns
from tests.fakes.sessions import FakeSessions
from tests.fakes.shared_notes import FakeSharedNotes
from tests.fakes.source_names import FakeSourceNames
from tests.fakes.transaction import Transaction
from tests.fakes.tries import FakeTries

if TYPE_CHECKING:
    from tests.fakes.store import FakeStore

Repository_co = TypeVar("Repository_co", covariant=True)


class _Made(Generic[Repository_co]):
    """A repository, made when it is first asked for: most units of work need two or three of them."""

    def __init__(self, make: Callable[[Transaction], Repository_co]) -> None:
        self._make = make

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = name

    def __get__(self, unit: "FakeUnitOfWork", _owner: type | None = None) -> Repository_co:
        made = unit.__dict__[self._name] = self._make(unit.transaction)
        return made


class FakeUnitOfWork:
    """All or nothing, like the real one."""

    firms = _Made(FakeFirms)
    inbox = _Made(FakeInbox)
    deliveries = _Made(FakeDeliveries)
    cases = _Made(FakeCases)
    runs = _Made(FakeRuns)
    jobs = _Made(FakeJobs)
    outbox = _Made(FakeOutbox)
    issues = _Made(FakeIssues)
    audit = _Made(FakeAudit)
    answers = _Made(FakeAnswers)
    shared_notes = _Made(FakeSharedNotes)
    letters = _Made(FakeLetters)
    reports = _Made(FakeReports)
    problems = _Made(FakeProblems)
    sessions = _Made(FakeSessions)
    people = _Made(FakePeople)
    api_keys = _Made(FakeApiKeys)
    bulk = _Made(FakeBulk)
    source_names = _Made(FakeSourceNames)
    tries = _Made(FakeTries)
    processes = _Made(FakeProcesses)
    buckets = _Made(FakeBuckets)
    moves = _Made(FakeMoves)
    removal = _Made(FakeRemoval)

    def __init__(self, store: "FakeStore") -> None:
        self.transaction = Transaction(store)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.transaction.roll_back()

    def commit(self) -> None:
        """Commit; the next use begins a further transaction."""
        self.transaction.commit()
