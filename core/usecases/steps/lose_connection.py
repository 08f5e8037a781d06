"""A firm's connection is lost: said once, shown as an issue, and nobody else's work stops."""

from core.announcement import Announcement, AnnouncementKind
from core.errors import CasebridgeError, ConnectionRejectedError
from core.firm import ConnectionState
from core.issue import IssueKind
from core.ports.unit_of_work import UnitOfWork


def lose_connection(uow: UnitOfWork, firm_id: str, error: CasebridgeError) -> None:
    """Mark the firm `reconnect_required`; its deliveries wait, nobody else's do.

    Nothing happens to a firm that is not connected, or has connected anew since the error.
    """
    version = error.connection_version if isinstance(error, ConnectionRejectedError) else None
    if uow.firms.set_connection(firm_id, ConnectionState.RECONNECT_REQUIRED, of_version=version):
        uow.outbox.announce(
            [Announcement(AnnouncementKind.CONNECTION_LOST, firm_id, data={"reason": error.reason})]
        )
    firm = uow.firms.get(firm_id)
    if firm is not None and firm.connection is ConnectionState.RECONNECT_REQUIRED:
        uow.issues.open(firm_id, IssueKind.CONNECTION_LOST, firm_id, str(error))
