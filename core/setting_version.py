"""What a firm's mapping, practice areas and closing were, version by version."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from core.actor import Actor


class SettingKind(StrEnum):
    """Settings that decide which cases come over, and how, and how the firm's SmartAdvocate is spoken to."""

    FIELD_MAPPING = "field-mapping"
    PRACTICE_AREAS = "practice-areas"
    CLOSING = "closing"
    PROFILE = "profile"


@dataclass(frozen=True, slots=True)
class SettingVersion:
    """One saved state. `version` counts over all kinds of the firm; `at` is UTC; `data` is JSON-ready."""

    version: int
    kind: SettingKind
    data: Any
    actor: Actor
    at: datetime
