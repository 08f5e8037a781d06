"""Change a firm's settings: checked, versioned, in the audit log; and what they blocked is tried at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.actor import Actor, Power
from core.audit import AuditAction
from core.case import SkipReason
from core.closing import ClosedRule
from core.field_mapping import FieldMapping
from core.firm import ConnectionState, Firm
from core.issue import IssueKind
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.problem import CURED_BY_MAPPING, CURED_BY_STAGES
from core.run import Run, Trigger
from core.setting_version import SettingKind
from core.stage import PracticeAreas
from core.usecases.steps.begin_run import begin_run
from core.usecases.steps.known_firm import known_firm
from core.window import Window


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving came to: the firm as it is now, and the run that tries again what was blocked, if any."""

    firm: Firm
    changed: bool
    retry: Run | None = None


class ChangeSettings:
    """Saves settings. Raises UnknownFirmError, NotAllowedError.

    That they make sense is checked by `FieldMapping`, `PracticeAreas` and `core.firm_settings` before.
    """

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    def field_mapping(self, actor: Actor, firm_id: str, mapping: FieldMapping) -> Saved:
        """Save where fields come from."""
        data = mapping.to_data()
        return self._versioned(
            actor, firm_id, SettingKind.FIELD_MAPPING, data, CURED_BY_MAPPING, {"mapping": mapping}
        )

    def practice_areas(self, actor: Actor, firm_id: str, areas: PracticeAreas) -> Saved:
        """Save practice areas, stages and their integration mappings."""
        data = areas.to_data()
        return self._versioned(
            actor, firm_id, SettingKind.PRACTICE_AREAS, data, CURED_BY_STAGES, {"practice_areas": areas}
        )

    def closing(self, actor: Actor, firm_id: str, rule: ClosedRule) -> Saved:
        """Save how the firm's SmartAdvocate says that a case is closed."""
        data = {"status_names": list(rule.status_names), "closed_date": rule.closed_date_means_closed}
        return self._versioned(actor, firm_id, SettingKind.CLOSING, data, (), {"closed": rule})

    def plain(self, actor: Actor, firm_id: str, changes: Mapping[str, Any]) -> Saved:
        """Save settings that need no versions, by the names of `core.firm_settings`."""
        actor.must(Power.CHANGE, firm_id)
        with self._units_of_work(actor) as uow:
            before = _locked(uow, actor, firm_id)
            firm = replace(before, **changes)
            if firm == before:
                return Saved(firm, changed=False)
            uow.firms.save(firm)
            uow.issues.resolve(firm_id, IssueKind.NOTE_TYPE_UNKNOWN)  # opened again where it still holds
            shown = {name: str(value) for name, value in changes.items()}
            uow.audit.record(actor, firm_id, AuditAction.SETTINGS_CHANGED, shown)
            uow.commit()
        return Saved(firm, changed=True)

    def _versioned(
        self,
        actor: Actor,
        firm_id: str,
        kind: SettingKind,
        data: Any,
        cures: Collection[SkipReason],
        changes: Mapping[str, Any],
    ) -> Saved:
        actor.must(Power.CHANGE, firm_id)
        with self._units_of_work(actor) as uow:
            before = _locked(uow, actor, firm_id)
            if replace(before, **changes) == before and before.settings_version:
                return Saved(before, changed=False)
            version = uow.firms.add_version(firm_id, kind, data, actor)
            firm = replace(before, **changes, settings_version=version)
            uow.firms.save(firm)
            uow.audit.record(actor, firm_id, AuditAction(f"{kind}-changed"), {"version": version})
            retry = self._retry(uow, firm, cures)
            uow.commit()
        return Saved(firm, changed=True, retry=retry)

    def _retry(self, uow: UnitOfWork, firm: Firm, cures: Collection[SkipReason]) -> Run | None:
        """Start a run over what the older settings blocked; an open run takes it on at its end."""
        blocked = uow.problems.to_retry(firm.firm_id, 0, firm.settings_version, cures, 1)
        if not blocked or firm.connection is not ConnectionState.CONNECTED:
            return None
        now = self._clock.now()
        run, _ = begin_run(uow, firm.firm_id, Trigger.RETRY, Window(now, now))
        return run


def _locked(uow: UnitOfWork, actor: Actor, firm_id: str) -> Firm:
    """Return the firm; runs that store its cases wait, so that none ends between old and new settings."""
    uow.cases.lock(firm_id)
    return known_firm(uow, actor, firm_id)
