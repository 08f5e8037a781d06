"""What saving settings would do to a firm's real cases; nothing is saved."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.actor import Actor, Power
from core.closing import ClosedRule
from core.errors import CasebridgeError
from core.field_mapping import FieldMapping
from core.firm import ConnectionState
from core.ports.unit_of_work import UnitsOfWork
from core.profile import ProfileCheck
from core.reason import Reason
from core.setting_diff import differences
from core.setting_state import DATA
from core.setting_version import SettingKind
from core.stage import PracticeAreas
from core.trial import Trial
from core.usecases.steps.known_firm import known_firm
from core.usecases.steps.try_settings import TrySettings


@dataclass(frozen=True, slots=True)
class SettingsPreview:
    """What would differ in the settings, and what they would do to the cases that were looked at.

    Without a trial `untried` says why; both are None where nothing would change.
    """

    changed: Mapping[str, str]
    trial: Trial | None
    untried: Reason | None


class PreviewSettings:
    """Tries settings as `ChangeSettings` does, and stops there. Raises UnknownFirmError, NotAllowedError."""

    def __init__(
        self, units_of_work: UnitsOfWork, try_settings: TrySettings, check_profile: ProfileCheck
    ) -> None:
        self._units_of_work = units_of_work
        self._try = try_settings
        self._check_profile = check_profile

    def field_mapping(self, actor: Actor, firm_id: str, mapping: FieldMapping) -> SettingsPreview:
        """Try where fields come from."""
        return self._tried(actor, firm_id, SettingKind.FIELD_MAPPING, {"mapping": mapping})

    def practice_areas(self, actor: Actor, firm_id: str, areas: PracticeAreas) -> SettingsPreview:
        """Try practice areas, stages and their integration mappings."""
        return self._tried(actor, firm_id, SettingKind.PRACTICE_AREAS, {"practice_areas": areas})

    def closing(self, actor: Actor, firm_id: str, rule: ClosedRule) -> SettingsPreview:
        """Try how the firm's SmartAdvocate says that a case is closed."""
        return self._tried(actor, firm_id, SettingKind.CLOSING, {"closed": rule})

    def profile(self, actor: Actor, firm_id: str, profile: Mapping[str, Any]) -> SettingsPreview:
        """Try what is particular to the firm's SmartAdvocate. Raises ConfigurationError."""
        actor.must(Power.MANAGE, firm_id)
        self._check_profile(firm_id, profile)
        return self._tried(actor, firm_id, SettingKind.PROFILE, {"profile": dict(profile)})

    def _tried(
        self, actor: Actor, firm_id: str, kind: SettingKind, change: Mapping[str, Any]
    ) -> SettingsPreview:
        actor.must(Power.CHANGE, firm_id)
        with self._units_of_work(actor) as uow:
            before, here = known_firm(uow, actor, firm_id), uow.cases.number(firm_id)
        after = replace(before, **change)
        changed = differences(DATA[kind](before), DATA[kind](after))
        if before == after:
            return SettingsPreview(changed, None, None)
        if before.connection is not ConnectionState.CONNECTED:
            return SettingsPreview(changed, None, Reason.NOT_CONNECTED)
        try:
            return SettingsPreview(changed, self._try(before, after, here), None)
        except CasebridgeError as error:
            return SettingsPreview(changed, None, error.reason)
