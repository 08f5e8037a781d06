"""Deleting a firm in memory."""

from core.errors import ConfigurationError, UnknownFirmError
from core.firm import ConnectionState
from tests.fakes.transaction import Transaction


class FakeTenants:
    """Everything that is kept of a firm."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def delete(self, firm_id: str) -> None:
        """Delete all rows of the firm but the audit log's."""
        tables = self._transaction.tables
        firm = tables.firms.get(firm_id)
        if firm is None:
            raise UnknownFirmError(f"there is no firm {firm_id!r}")
        if firm.connection not in {ConnectionState.DISCONNECTED, ConnectionState.NOT_CONNECTED}:
            raise ConfigurationError(f"firm {firm_id!r} is {firm.connection}; disconnect it first")
        del tables.firms[firm_id]
        for case in [key for key in tables.cases if key[0] == firm_id]:
            del tables.cases[case]
        for number in [number for number, row in tables.deliveries.items() if row.lane[0] == firm_id]:
            del tables.deliveries[number]
        for lane in [lane for lane in tables.lanes if lane[0] == firm_id]:
            del tables.lanes[lane]
        for issue in [key for key in tables.issues if key[0] == firm_id]:
            del tables.issues[issue]
