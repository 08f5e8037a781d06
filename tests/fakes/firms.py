"""Firms in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from core.firm import ConnectionState, Firm
from tests.fakes.transaction import Transaction


class FakeFirms:
    """Firms by id."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, firm_id: str) -> Firm | None:
        """Return the firm, or None."""
        return self._rows.get(firm_id)

    def save(self, firm: Firm) -> None:
        """Insert or replace; a pause in force and the first sync are no settings and stay."""
        known = self._rows.get(firm.firm_id)
        if known is not None:
            firm = replace(firm, paused_until=known.paused_until, first_synced_at=known.first_synced_at)
        self._rows[firm.firm_id] = firm

    def all(self) -> Sequence[Firm]:
        """Return all firms, by id."""
        return [firm for _, firm in sorted(self._rows.items())]

    def known(self, firm_ids: Sequence[str]) -> dict[str, bool]:
        """Return which exist, and whether each takes immediate deliveries."""
        return {firm_id: self._rows[firm_id].immediate for firm_id in firm_ids if firm_id in self._rows}

    def nightly(self) -> Sequence[tuple[str, bool]]:
        """Return the firms of the nightly sync, by id."""
        return [
            (firm.firm_id, firm.first_synced_at is None)
            for firm in self.all()
            if firm.connection is ConnectionState.CONNECTED and firm.nightly_sync
        ]

    def set_connection(self, firm_id: str, state: ConnectionState, *, of_version: int | None = None) -> bool:
        """Set the state; True if it differed."""
        firm = self._rows.get(firm_id)
        if firm is None or firm.connection is state:
            return False
        if state is ConnectionState.RECONNECT_REQUIRED and firm.connection is not ConnectionState.CONNECTED:
            return False
        if of_version not in {None, self._transaction.tables.connection_versions.get(firm_id)}:
            return False
        self._rows[firm_id] = replace(firm, connection=state)
        return True

    def pause(self, firm_id: str, until: datetime) -> None:
        """For `FakeAdmission`: pause until then, or longer where that was said before."""
        firm = self._rows.get(firm_id)
        if firm is not None and (firm.paused_until is None or firm.paused_until < until):
            self._rows[firm_id] = replace(firm, paused_until=until)

    def forget_first_sync(self, firm_id: str) -> None:
        """Let the next run look back ten years again."""
        firm = self._rows.get(firm_id)
        if firm is not None:
            self._rows[firm_id] = replace(firm, first_synced_at=None)

    def mark_first_synced(self, firm_id: str, at: datetime) -> None:
        """Remember the end of the ten-year run."""
        firm = self._rows.get(firm_id)
        if firm is not None:
            self._rows[firm_id] = replace(firm, first_synced_at=at)

    @property
    def _rows(self) -> dict[str, Firm]:
        return self._transaction.tables.firms
