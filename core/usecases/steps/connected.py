"""A firm whose SmartAdvocate is to be called must be connected."""

from core.errors import NeedsPersonError
from core.firm import ConnectionState, Firm
from core.reason import Reason


def must_be_connected(firm: Firm) -> None:
    """Raise NeedsPersonError for a firm that is not connected: nothing of it could be read."""
    if firm.connection is ConnectionState.CONNECTED:
        return
    lost = firm.connection is ConnectionState.RECONNECT_REQUIRED
    raise NeedsPersonError(
        f"firm {firm.firm_id!r} is not connected to SmartAdvocate ({firm.connection})",
        reason=Reason.RECONNECT_REQUIRED if lost else Reason.NOT_CONNECTED,
        firm_id=firm.firm_id,
    )
