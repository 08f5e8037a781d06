"""Port: one transaction over all repositories."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

from core.ports.audit import Audit
from core.ports.cases import Cases
from core.ports.deliveries import Deliveries
from core.ports.exception_reports import ExceptionReports
from core.ports.firms import Firms
from core.ports.inbox import Inbox
from core.ports.issues import Issues
from core.ports.jobs import Jobs
from core.ports.outbox import Outbox
from core.ports.probe_results import ProbeResults
from core.ports.problems import Problems
from core.ports.runs import Runs
from core.ports.seats import Seats
from core.ports.setting_versions import SettingVersions
from core.ports.shared_notes import SharedNotes
from core.ports.slots import Slots
from core.ports.tenants import Tenants


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
    def seats(self) -> Seats: ...  # noqa: D102
    @property
    def slots(self) -> Slots: ...  # noqa: D102
    @property
    def outbox(self) -> Outbox: ...  # noqa: D102
    @property
    def issues(self) -> Issues: ...  # noqa: D102
    @property
    def problems(self) -> Problems: ...  # noqa: D102
    @property
    def exception_reports(self) -> ExceptionReports: ...  # noqa: D102
    @property
    def setting_versions(self) -> SettingVersions: ...  # noqa: D102
    @property
    def probe_results(self) -> ProbeResults: ...  # noqa: D102
    @property
    def audit(self) -> Audit: ...  # noqa: D102
    @property
    def shared_notes(self) -> SharedNotes: ...  # noqa: D102
    @property
    def tenants(self) -> Tenants: ...  # noqa: D102

    def commit(self) -> None:
        """Commit; the unit of work can be used on for a further transaction."""
        ...


UnitsOfWork = Callable[[], AbstractContextManager[UnitOfWork]]
