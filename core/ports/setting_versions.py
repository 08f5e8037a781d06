"""Port: what a firm's mapping, practice areas and closing were, version by version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from core.actor import Actor


class SettingKind(StrEnum):
    """Settings that decide which cases come over, and how."""

    FIELD_MAPPING = "field-mapping"
    PRACTICE_AREAS = "practice-areas"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class SettingVersion:
    """One saved state. `version` counts over all kinds of the firm; `at` is UTC; `data` is JSON-ready."""

    version: int
    kind: SettingKind
    data: Any
    actor: Actor
    at: datetime


class SettingVersions(Protocol):
    """Versions are added and never changed."""

    def add(
        self, firm_id: str, kind: SettingKind, data: Mapping[str, Any] | Sequence[Any], actor: Actor
    ) -> int:
        """Add a version and return its number: one more than the firm's last, of whatever kind, from 1."""
        ...

    def list(
        self, firm_id: str, kind: SettingKind | None = None, limit: int = 50
    ) -> Sequence[SettingVersion]:
        """Return versions, newest first."""
        ...
