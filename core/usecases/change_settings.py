"""Change a firm's settings: checked, versioned, in the audit log; and what they blocked is tried at once."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.actor import Actor, Power
from core.audit import AuditAction
from core.case import SkipReason
from core.closing import ClosedRule
from core.cursor import Window
from core.errors import CasebridgeError, ConfigurationError, PermanentError
from core.field_mapping import FieldMapping
from core.firm import ConnectionState, Firm
from core.issue import IssueKind
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.problem import CURED_BY_MAPPING, CURED_BY_PROFILE, CURED_BY_STAGES
from core.profile import ProfileCheck
from core.reason import Reason
from core.run import Run, Trigger
from core.setting_diff import differences
from core.setting_state import DATA, state_of
from core.setting_version import SettingKind
from core.stage import PracticeAreas
from core.trial import Trial
from core.usecases.steps.begin_run import begin_run
from core.usecases.steps.known_firm import known_firm
from core.usecases.steps.try_settings import TrySettings


@dataclass(frozen=True, slots=True)
class Saved:
    """What saving came to: the firm as it is now, and the run that tries again what was blocked, if any.

    `trial` is what the settings do to the cases that were looked at; without one `untried` says why.
    """

    firm: Firm
    changed: bool
    retry: Run | None = None
    trial: Trial | None = None
    untried: Reason | None = None


class ChangeSettings:
    """Saves settings. Raises UnknownFirmError, NotAllowedError.

    That they make sense is checked by `FieldMapping`, `PracticeAreas` and `core.firm_settings` before. What
    decides which cases come over, and how, is tried on the firm's real cases first: where one that comes over
    now would do so no longer, ConfigurationError is raised and nothing saved, unless `anyway`.
    With `expected` (states as of `core.setting_state`) PermanentError where they are in none of them.
    """

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        clock: Clock,
        try_settings: TrySettings,
        check_profile: ProfileCheck,
    ) -> None:
        self._units_of_work = units_of_work
        self._check_profile = check_profile
        self._clock = clock
        self._try = try_settings

    def field_mapping(
        self,
        actor: Actor,
        firm_id: str,
        mapping: FieldMapping,
        *,
        anyway: bool = False,
        expected: Collection[str] | None = None,
    ) -> Saved:
        """Save where fields come from."""
        kind, change = SettingKind.FIELD_MAPPING, {"mapping": mapping}
        return self._tried(actor, firm_id, kind, CURED_BY_MAPPING, change, anyway, expected)

    def practice_areas(
        self,
        actor: Actor,
        firm_id: str,
        areas: PracticeAreas,
        *,
        anyway: bool = False,
        expected: Collection[str] | None = None,
    ) -> Saved:
        """Save practice areas, stages and their integration mappings."""
        actor.must(Power.CHANGE, firm_id)
        areas.must_fit()
        kind, change = SettingKind.PRACTICE_AREAS, {"practice_areas": areas}
        return self._tried(actor, firm_id, kind, CURED_BY_STAGES, change, anyway, expected)

    def closing(
        self,
        actor: Actor,
        firm_id: str,
        rule: ClosedRule,
        *,
        anyway: bool = False,
        expected: Collection[str] | None = None,
    ) -> Saved:
        """Save how the firm's SmartAdvocate says that a case is closed."""
        kind, change = SettingKind.CLOSING, {"closed": rule}
        return self._tried(actor, firm_id, kind, (), change, anyway, expected)

    def profile(
        self,
        actor: Actor,
        firm_id: str,
        profile: Mapping[str, Any],
        *,
        anyway: bool = False,
        expected: Collection[str] | None = None,
    ) -> Saved:
        """Save what is particular to the firm's SmartAdvocate, whole. For implementation managers only.

        Raises ConfigurationError for one that cannot be used.
        """
        actor.must(Power.MANAGE, firm_id)
        self._check_profile(firm_id, profile)
        kind, change = SettingKind.PROFILE, {"profile": dict(profile)}
        return self._tried(actor, firm_id, kind, CURED_BY_PROFILE, change, anyway, expected)

    def plain(
        self,
        actor: Actor,
        firm_id: str,
        changes: Mapping[str, Any],
        *,
        expected: Collection[str] | None = None,
    ) -> Saved:
        """Save settings that need no versions, by the names of `core.firm_settings`."""
        actor.must(Power.CHANGE, firm_id)
        with self._units_of_work(actor) as uow:
            before = _locked(uow, actor, firm_id)
            _must_be_as(before, None, expected)
            firm = replace(before, **changes)
            if firm == before:
                return Saved(firm, changed=False)
            uow.firms.save(firm)
            uow.issues.resolve(firm_id, IssueKind.NOTE_TYPE_UNKNOWN)  # opened again where it still holds
            old = {name: getattr(before, name) for name in changes}
            changed = differences(_plain(old), _plain(changes))
            uow.audit.record(actor, firm_id, AuditAction.SETTINGS_CHANGED, changed)
            uow.commit()
        return Saved(firm, changed=True)

    def _tried(
        self,
        actor: Actor,
        firm_id: str,
        kind: SettingKind,
        cures: Collection[SkipReason],
        change: Mapping[str, Any],
        anyway: bool,
        expected: Collection[str] | None,
    ) -> Saved:
        actor.must(Power.CHANGE, firm_id)
        with self._units_of_work(actor) as uow:
            before, here = known_firm(uow, actor, firm_id), uow.cases.number(firm_id)
        _must_be_as(before, kind, expected)
        trial, untried = self._trial(before, replace(before, **change), here)
        if trial is not None and trial.broken and not anyway:
            raise _would_break(before, kind, trial)
        saved = self._versioned(actor, firm_id, kind, cures, change, expected)
        return replace(saved, trial=trial, untried=untried)

    def _trial(self, before: Firm, after: Firm, here: int) -> tuple[Trial | None, Reason | None]:
        """Try it, where that can be: a SmartAdvocate that is away must not keep anybody from a setting."""
        if before == after:
            return None, None
        if before.connection is not ConnectionState.CONNECTED:
            return None, Reason.NOT_CONNECTED
        try:
            return self._try(before, after, here), None
        except CasebridgeError as error:
            return None, error.reason

    def _versioned(
        self,
        actor: Actor,
        firm_id: str,
        kind: SettingKind,
        cures: Collection[SkipReason],
        change: Mapping[str, Any],
        expected: Collection[str] | None,
    ) -> Saved:
        with self._units_of_work(actor) as uow:
            before = _locked(uow, actor, firm_id)
            _must_be_as(before, kind, expected)
            if replace(before, **change) == before and before.settings_version:
                return Saved(before, changed=False)
            after = replace(before, **change)
            data = DATA[kind](after)
            version = uow.firms.add_version(firm_id, kind, data, actor)
            firm = replace(after, settings_version=version)
            uow.firms.save(firm)
            detail = {"version": version, "changed": differences(DATA[kind](before), data)}
            uow.audit.record(actor, firm_id, AuditAction(f"{kind}-changed"), detail)
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


def _must_be_as(firm: Firm, kind: SettingKind | None, expected: Collection[str] | None) -> None:
    """Raise PermanentError where somebody has changed the settings since they were in that state."""
    if expected is None or state_of(firm, kind) in expected:
        return
    raise PermanentError(
        f"firm {firm.firm_id!r}: {kind or 'settings'} not saved: they are no longer what they were",
        reason=Reason.SETTINGS_OUTDATED,
        firm_id=firm.firm_id,
    )


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value if value is None or isinstance(value, bool) else str(value)
        for name, value in values.items()
    }


def _would_break(firm: Firm, kind: SettingKind, trial: Trial) -> ConfigurationError:
    why = ", ".join(f"{problem} ({number})" for problem, number in trial.problems.most_common(5))
    tried = f"{'all ' if trial.is_whole else ''}{trial.looked_at} cases that were tried"
    return ConfigurationError(
        f"firm {firm.firm_id!r}: {kind} not saved: of {tried}, {trial.broken} would come over no longer, "
        f"such as {trial.example}: {why}",
        reason=Reason.CASES_WOULD_BREAK,
        firm_id=firm.firm_id,
        case_id=trial.example,
    )
