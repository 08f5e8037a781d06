"""Deleting a firm in memory."""

from collections.abc import Hashable
from dataclasses import fields

from core.errors import ConfigurationError, UnknownFirmError
from core.event import spellings_of_firm
from core.firm import ConnectionState
from tests.fakes.tables import DeliveryRow
from tests.fakes.transaction import Transaction

KEPT = {"audit"}


class FakeTenants:
    """Everything that is kept of a firm."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def delete(self, firm_id: str) -> None:
        """Delete all rows of the firm but the audit log's, and the rejected events whose body names it."""
        tables = self._transaction.tables
        firm = tables.firms.get(firm_id)
        if firm is None:
            raise UnknownFirmError(f"there is no firm {firm_id!r}")
        if firm.connection not in {ConnectionState.DISCONNECTED, ConnectionState.NOT_CONNECTED}:
            raise ConfigurationError(f"firm {firm_id!r} is {firm.connection}; disconnect it first")
        for field in fields(tables):
            table = getattr(tables, field.name)
            if field.name not in KEPT:
                for key in [key for key, row in table.items() if firm_id in _owners(key, row)]:
                    del table[key]
        for number, event in list(tables.rejected.items()):
            if event.body and any(spelling in event.body for spelling in spellings_of_firm(firm_id)):
                del tables.rejected[number]


def _owners(key: Hashable, row: object) -> tuple[object, ...]:
    """Everything in a row that may name its firm."""
    whole = row.lane if isinstance(row, DeliveryRow) else row
    first = whole[0] if isinstance(whole, tuple) else None
    return (key[0] if isinstance(key, tuple) else key, first, getattr(row, "firm_id", None))
