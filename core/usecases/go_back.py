"""Go back to an earlier version of a setting: saved anew, with the next number."""

from core.actor import Actor, Power
from core.closing import ClosedRule
from core.errors import UnknownThingError
from core.field_mapping import FieldMapping
from core.ports.unit_of_work import UnitsOfWork
from core.setting_version import SettingKind, SettingVersion
from core.stage import PracticeAreas
from core.thing import Thing
from core.usecases.change_settings import ChangeSettings, Saved
from core.usecases.preview_settings import PreviewSettings, SettingsPreview
from core.usecases.steps.known_firm import must_be_known


class GoBack:
    """Saves what a version was, with all that saving does: a trial, a version, a run over what it blocked.

    Raises UnknownThingError for a version that never was, NotAllowedError, UnknownFirmError, and what
    `ChangeSettings` raises.
    """

    def __init__(
        self, units_of_work: UnitsOfWork, change_settings: ChangeSettings, preview_settings: PreviewSettings
    ) -> None:
        self._units_of_work = units_of_work
        self._change = change_settings
        self._preview = preview_settings

    def preview(self, actor: Actor, firm_id: str, version: int) -> tuple[SettingVersion, SettingsPreview]:
        """Return the version, and what going back to it would change."""
        found = self._version(actor, firm_id, version)
        match found.kind:
            case SettingKind.FIELD_MAPPING:
                tried = self._preview.field_mapping(actor, firm_id, FieldMapping.from_data(found.data))
            case SettingKind.PRACTICE_AREAS:
                tried = self._preview.practice_areas(actor, firm_id, PracticeAreas.from_data(found.data))
            case SettingKind.CLOSING:
                tried = self._preview.closing(actor, firm_id, closed_rule(found))
            case SettingKind.PROFILE:
                tried = self._preview.profile(actor, firm_id, found.data)
        return found, tried

    def __call__(self, actor: Actor, firm_id: str, version: int, *, anyway: bool = False) -> Saved:
        """Go back. Where cases would break nothing is saved, unless `anyway`."""
        found = self._version(actor, firm_id, version)
        match found.kind:
            case SettingKind.FIELD_MAPPING:
                mapping = FieldMapping.from_data(found.data)
                return self._change.field_mapping(actor, firm_id, mapping, anyway=anyway)
            case SettingKind.PRACTICE_AREAS:
                areas = PracticeAreas.from_data(found.data)
                return self._change.practice_areas(actor, firm_id, areas, anyway=anyway)
            case SettingKind.CLOSING:
                return self._change.closing(actor, firm_id, closed_rule(found), anyway=anyway)
            case SettingKind.PROFILE:
                return self._change.profile(actor, firm_id, found.data, anyway=anyway)

    def _version(self, actor: Actor, firm_id: str, version: int) -> SettingVersion:
        actor.must(Power.CHANGE, firm_id)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            newest = uow.firms.versions(firm_id, None, 1, before=version + 1)
        if not newest or newest[0].version != version:
            raise UnknownThingError(
                f"firm {firm_id!r} has no settings of version {version}", thing=Thing.VERSION, firm_id=firm_id
            )
        return newest[0]


def closed_rule(version: SettingVersion) -> ClosedRule:
    """Read the rule that a version holds."""
    data = version.data
    stages = tuple(data.get("stage_names", ClosedRule().stage_names))
    return ClosedRule(tuple(data["status_names"]), bool(data["closed_date"]), stages)
