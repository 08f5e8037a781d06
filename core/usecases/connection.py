"""A firm's connection is lost or restored: said once, and what was held for it flows again."""

from dataclasses import replace

from core.announcement import Announcement, AnnouncementKind
from core.errors import CasebridgeError, ConnectionRejectedError
from core.firm import ConnectionState, Firm
from core.ports.credentials import Credentials, PasswordCredentials
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.schedule import DELIVERED_BY, JobName
from core.usecases.note_types import ISSUE as NOTE_TYPE_ISSUE

_ISSUE = "connection_lost"


def lose_connection(uow: UnitOfWork, firm_id: str, error: CasebridgeError) -> None:
    """Mark the firm `reconnect_required`; its deliveries wait, nobody else's do."""
    if uow.firms.set_connection(firm_id, ConnectionState.RECONNECT_REQUIRED):
        uow.outbox.announce(
            [Announcement(AnnouncementKind.CONNECTION_LOST, firm_id, data={"reason": error.reason})]
        )
    uow.issues.open(firm_id, _ISSUE, firm_id, str(error))


class ConnectFirm:
    """Stores a firm with its credentials and opens the way for what waited for it."""

    def __init__(self, units_of_work: UnitsOfWork, credentials: Credentials) -> None:
        self._units_of_work = units_of_work
        self._credentials = credentials

    def add(self, firm: Firm) -> None:
        """Add a firm or replace its settings. Messages that came before it wait no longer for the firm."""
        with self._units_of_work() as uow:
            uow.firms.save(firm)
            uow.issues.resolve(firm.firm_id, NOTE_TYPE_ISSUE)  # opened again where it still holds
            uow.deliveries.release_resolved_holds()
            uow.commit()

    def connect(self, firm: Firm, credentials: PasswordCredentials) -> None:
        """Store the firm with credentials that SmartAdvocate has just accepted; let held deliveries go."""
        self._credentials.put(firm.firm_id, credentials)
        with self._units_of_work() as uow:
            before = uow.firms.get(firm.firm_id)
            # Deliveries first, then the firm: the order in which a worker stores its results.
            uow.deliveries.release_holds(firm.firm_id, [ConnectionRejectedError.reason])
            uow.firms.save(replace(firm, connection=ConnectionState.CONNECTED))
            if before is not None and before.connection is ConnectionState.RECONNECT_REQUIRED:
                uow.outbox.announce([Announcement(AnnouncementKind.CONNECTION_RESTORED, firm.firm_id)])
            uow.issues.resolve(firm.firm_id, _ISSUE)
            for name in (*DELIVERED_BY, JobName.IMPORT_CASES):
                uow.jobs.enqueue(name, [firm.firm_id])
            uow.commit()
