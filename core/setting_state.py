"""The state of a firm's settings as one word, so that a change can name the state it was made for."""

import hashlib
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from core.closing import ClosedRule
from core.firm import Firm
from core.firm_settings import SETTINGS
from core.setting_version import SettingKind


def plain_data(firm: Firm) -> dict[str, Any]:
    """Return the plain settings, JSON-ready, by the names of `core.firm_settings`."""
    values = {name: getattr(firm, name) for name in SETTINGS}
    return {name: getattr(value, "value", value) for name, value in values.items()}


def _closing_data(rule: ClosedRule) -> dict[str, Any]:
    return {
        "status_names": list(rule.status_names),
        "closed_date": rule.closed_date_means_closed,
        "stage_names": list(rule.stage_names),
    }


DATA: Final[Mapping[SettingKind | None, Callable[[Firm], Any]]] = MappingProxyType(
    {
        None: plain_data,
        SettingKind.FIELD_MAPPING: lambda firm: firm.mapping.to_data(),
        SettingKind.PRACTICE_AREAS: lambda firm: firm.practice_areas.to_data(),
        SettingKind.CLOSING: lambda firm: _closing_data(firm.closed),
        SettingKind.PROFILE: lambda firm: dict(firm.profile),
    }
)


def state_of(firm: Firm, kind: SettingKind | None) -> str:
    """Return the state of settings of a kind (None: the plain ones): the same for the same settings."""
    text = json.dumps(DATA[kind](firm), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
