"""A unit of work over the in-memory store."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from tests.fakes.announcements import FakeAnnouncements
from tests.fakes.answers import FakeAnswers
from tests.fakes.api_keys import FakeApiKeys
from tests.fakes.audit import FakeAudit
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
from tests.fakes.overview import FakeOverview
from tests.fakes.people import FakePeople
from tests.fakes.problems import FakeProblems
from tests.fakes.processes import FakeProcesses
from tests.fakes.removal import FakeRemoval
from tests.fakes.reports import FakeReports
from tests.fakes.runs import FakeRuns
from tests.fakes.sessions import FakeSessions
from tests.fakes.shared_notes import FakeSharedNotes
from tests.fakes.sign_in_tries import FakeSignInTries
from tests.fakes.transaction import Transaction
from tests.fakes.tries import FakeTries
from tests.fakes.views import FakeNames, FakeViews

if TYPE_CHECKING:
    from tests.fakes.store import FakeStore


class FakeUnitOfWork:
    """All or nothing, like the real one."""

    def __init__(self, store: "FakeStore") -> None:
        self._transaction = transaction = Transaction(store)
        self.firms = FakeFirms(transaction)
        self.inbox = FakeInbox(transaction)
        self.deliveries = FakeDeliveries(transaction)
        self.cases = FakeCases(transaction)
        self.runs = FakeRuns(transaction)
        self.jobs = FakeJobs(transaction)
        self.outbox = FakeOutbox(transaction)
        self.issues = FakeIssues(transaction)
        self.audit = FakeAudit(transaction)
        self.announcements = FakeAnnouncements(transaction)
        self.answers = FakeAnswers(transaction)
        self.shared_notes = FakeSharedNotes(transaction)
        self.letters = FakeLetters(transaction)
        self.reports = FakeReports(transaction)
        self.removal = FakeRemoval(transaction)
        self.problems = FakeProblems(transaction)
        self.sessions = FakeSessions(transaction)
        self.people = FakePeople(transaction)
        self.api_keys = FakeApiKeys(transaction)
        self.overview = FakeOverview(transaction)
        self.bulk = FakeBulk(transaction)
        self.views = FakeViews(transaction)
        self.names = FakeNames(transaction)
        self.tries = FakeTries(transaction)
        self.sign_in_tries = FakeSignInTries(transaction)
        self.processes = FakeProcesses(transaction)
        self.moves = FakeMoves(transaction)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._transaction.roll_back()

    def commit(self) -> None:
        """Commit; the next use begins a further transaction."""
        self._transaction.commit()
