"""Versions of settings in memory."""

from collections.abc import Mapping, Sequence
from typing import Any

from core.actor import Actor
from core.ports.setting_versions import SettingKind, SettingVersion
from tests.fakes.transaction import Transaction


class FakeSettingVersions:
    """Versions by (firm, number)."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def add(
        self, firm_id: str, kind: SettingKind, data: Mapping[str, Any] | Sequence[Any], actor: Actor
    ) -> int:
        """Add a version and return its number."""
        rows = self._transaction.tables.setting_versions
        version = 1 + max((number for firm, number in rows if firm == firm_id), default=0)
        rows[firm_id, version] = SettingVersion(version, kind, data, actor, self._transaction.now())
        return version

    def list(
        self, firm_id: str, kind: SettingKind | None = None, limit: int = 50
    ) -> Sequence[SettingVersion]:
        """Return versions, newest first."""
        rows = self._transaction.tables.setting_versions.items()
        mine = [row for (firm, _), row in rows if firm == firm_id and kind in (None, row.kind)]
        return sorted(mine, key=lambda row: -row.version)[:limit]
