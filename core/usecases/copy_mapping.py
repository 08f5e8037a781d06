"""Take over the mapping of another firm: practice areas with their stages, fields, what counts as closed."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from core.actor import Actor, Power
from core.audit import AuditAction
from core.errors import ConfigurationError
from core.firm import Firm
from core.ports.unit_of_work import UnitsOfWork
from core.setting_diff import differences
from core.setting_state import DATA
from core.setting_version import SettingKind
from core.usecases.change_settings import ChangeSettings, Saved
from core.usecases.steps.known_firm import known_firm

# A profile is about one firm's SmartAdvocate, and stays with it.
COPIED: Final = (SettingKind.PRACTICE_AREAS, SettingKind.FIELD_MAPPING, SettingKind.CLOSING)
_Save = Callable[[ChangeSettings, Actor, str, Firm, bool], Saved]
_SAVE: Final[Mapping[SettingKind, _Save]] = MappingProxyType(
    {
        SettingKind.PRACTICE_AREAS: lambda change, actor, firm_id, of, anyway: change.practice_areas(
            actor, firm_id, of.practice_areas, anyway=anyway
        ),
        SettingKind.FIELD_MAPPING: lambda change, actor, firm_id, of, anyway: change.field_mapping(
            actor, firm_id, of.mapping, anyway=anyway
        ),
        SettingKind.CLOSING: lambda change, actor, firm_id, of, anyway: change.closing(
            actor, firm_id, of.closed, anyway=anyway
        ),
    }
)


class CopyMapping:
    """Each setting is saved as if it had been typed: tried on real cases, versioned, in the audit log."""

    def __init__(self, units_of_work: UnitsOfWork, change_settings: ChangeSettings) -> None:
        self._units_of_work = units_of_work
        self._change = change_settings

    def firm(self, actor: Actor, firm_id: str) -> Firm:
        """Return the firm, for whom something may be taken over. Raises NotAllowedError, UnknownFirmError."""
        actor.must(Power.MANAGE, firm_id)
        with self._units_of_work(actor) as uow:
            return known_firm(uow, actor, firm_id)

    def preview(self, actor: Actor, firm_id: str, source_id: str) -> Mapping[SettingKind, Mapping[str, str]]:
        """Return what would change of each setting, "old → new" by place; nothing where they are the same.

        Raises as the copying does.
        """
        firm, source = self._both(actor, firm_id, source_id)
        return {kind: _differences(kind, firm, source) for kind in COPIED}

    def __call__(
        self,
        actor: Actor,
        firm_id: str,
        source_id: str,
        kinds: Sequence[SettingKind],
        *,
        anyway: bool = False,
    ) -> Mapping[SettingKind, Saved]:
        """Take these settings over from the firm `source_id`, one after the other; return what each came to.

        Raises NotAllowedError unless the actor manages both firms, UnknownFirmError, ConfigurationError for
        the same firm twice and for what is no mapping; as `ChangeSettings` where cases would break: what was
        saved before that stays saved.
        """
        firm, source = self._both(actor, firm_id, source_id)
        if strange := [kind for kind in kinds if kind not in COPIED]:
            raise ConfigurationError(f"{strange[0]} is no part of a mapping", firm_id=firm_id)
        wanted = [kind for kind in COPIED if kind in kinds and _differences(kind, firm, source)]
        saved = {}
        for kind in wanted:
            saved[kind] = _SAVE[kind](self._change, actor, firm_id, source, anyway)
            with self._units_of_work(actor) as uow:
                detail = {"from": source_id, "setting": kind.value}
                uow.audit.record(actor, firm_id, AuditAction.MAPPING_COPIED, detail)
                uow.commit()
        return saved

    def _both(self, actor: Actor, firm_id: str, source_id: str) -> tuple[Firm, Firm]:
        actor.must(Power.MANAGE, firm_id)
        actor.must(Power.MANAGE, source_id)
        if firm_id == source_id:
            raise ConfigurationError("a firm has its own mapping already", firm_id=firm_id)
        with self._units_of_work(actor) as uow:
            return known_firm(uow, actor, firm_id), known_firm(uow, actor, source_id)


def _differences(kind: SettingKind, firm: Firm, source: Firm) -> dict[str, Any]:
    return differences(DATA[kind](firm), DATA[kind](source))
