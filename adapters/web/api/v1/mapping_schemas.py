"""Shapes of mappings, practice areas, closing and profiles."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field

from adapters.web.api.v1.schemas import Asked, Shape, Text
from core.actor import Role
from core.case import SkipReason
from core.closing import ClosedRule
from core.field_mapping import FieldMapping
from core.firm import Firm
from core.preview import CasePreview as CorePreview
from core.profile import ProfileValue
from core.queries.unmatched_names import Unmatched
from core.reason import Reason
from core.setting_version import SettingKind, SettingVersion
from core.stage import PracticeAreas as CoreAreas
from core.trial import Trial as CoreTrial
from core.usecases.change_settings import Saved as CoreSaved
from core.usecases.preview_settings import SettingsPreview as CoreSettingsPreview

_Names = Annotated[list[Text], Field(max_length=1_000)]


class Mapping(Asked):
    """Where each field comes from: a field that is left out takes its default."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"example": {"fields": {"case_date": {"source": None}}}},
    )

    fields: dict[str, dict[str, Any]] = Field(max_length=50)

    @classmethod
    def of(cls, firm: Firm) -> Self:
        """Return the firm's."""
        return cls(fields=firm.mapping.to_data())

    def to_core(self) -> FieldMapping:
        """Return it as the core has it. Raises ConfigurationError."""
        return FieldMapping.from_data(self.fields)


class Stage(Asked):
    """A step the client sees, and SmartAdvocate's names for it."""

    name: Text = Field(examples=["Treatment"])
    mappings: _Names = Field(default=[], examples=[["Treating"]])


class PracticeArea(Asked):
    """A kind of matter with 2 to 12 stages in order."""

    name: Text = Field(examples=["Motor Vehicle"])
    mappings: _Names = Field(default=[])
    stages: Annotated[list[Stage], Field(max_length=100)]


class PracticeAreas(Asked):
    """All practice areas of a firm."""

    items: Annotated[list[PracticeArea], Field(max_length=500)]

    def to_core(self) -> CoreAreas:
        """Return them as the core has them. Raises ConfigurationError."""
        return CoreAreas.from_data([area.model_dump() for area in self.items])


class Closing(Asked):
    """How SmartAdvocate says that a case is closed: by a date that has come, a stage, or a status."""

    status_names: _Names = Field(default=[], examples=[["Closed Case"]])
    stage_names: _Names = Field(default=[], examples=[["Closed"]])
    closed_date_means_closed: bool = True

    @classmethod
    def of(cls, rule: ClosedRule) -> Self:
        """Return the rule's."""
        return cls(
            status_names=[*rule.status_names],
            stage_names=[*rule.stage_names],
            closed_date_means_closed=rule.closed_date_means_closed,
        )

    def to_core(self) -> ClosedRule:
        """Return it as the core has it."""
        stages = tuple(dict.fromkeys(self.stage_names))
        return ClosedRule(tuple(dict.fromkeys(self.status_names)), self.closed_date_means_closed, stages)


class Profile(Asked):
    """What is particular to a firm's SmartAdvocate, whole."""

    values: dict[str, Any] = Field(max_length=200, examples=[{"zone": "America/New_York"}])


class Trial(Shape):
    """What settings do to real cases: how many were looked at, how many would change, and how."""

    looked_at: int
    is_whole: bool = Field(description="They are all that the firm has in SmartAdvocate.")
    here: int = Field(description="How many cases of the firm are stored.")
    changed: int
    by_field: dict[str, int]
    mended: int = Field(description="They have a problem now, and would have none.")
    broken: int = Field(description="They have none now, and would have one.")
    problems: dict[str, int]
    example: str | None = Field(description="The integration id of one that would break.")


def _trial(trial: CoreTrial | None) -> Trial | None:
    if trial is None:
        return None
    return Trial(
        looked_at=trial.looked_at,
        is_whole=trial.is_whole,
        here=trial.here,
        changed=trial.changed,
        by_field=dict(trial.by_field),
        mended=trial.mended,
        broken=trial.broken,
        problems=dict(trial.problems),
        example=trial.example,
    )


class Saved(Shape):
    """What saving came to; `retry_run_id` is the run that tries again what was blocked."""

    firm_id: str
    changed: bool
    version: int
    retry_run_id: str | None
    trial: Trial | None
    untried: Reason | None = Field(description="Why it was not tried on cases.")

    @classmethod
    def of(cls, saved: CoreSaved) -> Self:
        """Return what was saved."""
        return cls(
            firm_id=saved.firm.firm_id,
            changed=saved.changed,
            version=saved.firm.settings_version,
            retry_run_id=str(saved.retry.run_id) if saved.retry else None,
            trial=_trial(saved.trial),
            untried=saved.untried,
        )


class SettingsPreview(Shape):
    """What would differ, place by place (`old → new`), and what it would do to cases."""

    changed: dict[str, str]
    trial: Trial | None
    untried: Reason | None

    @classmethod
    def of(cls, found: CoreSettingsPreview) -> Self:
        """Return the preview's."""
        return cls(changed=dict(found.changed), trial=_trial(found.trial), untried=found.untried)


class PreviewWanted(Asked):
    """A case by id, number or address of its page; settings to try in place of the saved ones."""

    case: Text = Field(examples=["300417"])
    mapping: Mapping | None = None
    practice_areas: PracticeAreas | None = None


def firm_to_try(firm: Firm, wanted: PreviewWanted) -> Firm:
    """Return the firm with the settings that are to be tried. Raises ConfigurationError."""
    if wanted.mapping is not None:
        firm = replace(firm, mapping=wanted.mapping.to_core())
    if wanted.practice_areas is not None:
        firm = replace(firm, practice_areas=wanted.practice_areas.to_core())
    return firm


class ProfileKey(Shape):
    """A key of a profile, such as `zone`, or `routes.notes` for one within another."""

    name: str
    what: str
    example: str
    default: str | None
    value: str | None = Field(description="The value in force.")
    own: bool = Field(description="Whether the firm's own profile has it.")

    @classmethod
    def of(cls, found: ProfileValue) -> Self:
        """Return the key's."""
        key, value = found.key, found.value
        return cls(
            name=key.name,
            what=key.what,
            example=key.example,
            default=key.default,
            value=None if value is None else str(value),
            own=found.is_own,
        )


class ProfileKeys(Shape):
    """All keys there are."""

    items: list[ProfileKey]


class FieldPreview(Shape):
    """A field, where it comes from in words, what it becomes, and what is wrong with it."""

    field: str
    source: str
    value: str
    required: bool
    problem: SkipReason | None


class CasePreview(Shape):
    """All fields; `skipped` is why a new case like this would not come over."""

    fields: list[FieldPreview]
    skipped: SkipReason | None
    detail: str

    @classmethod
    def of(cls, found: CorePreview) -> Self:
        """Return the preview's."""
        fields = [
            FieldPreview(
                field=f.field, source=f.source, value=f.value, required=f.required, problem=f.problem
            )
            for f in found.fields
        ]
        return cls(fields=fields, skipped=found.reason, detail=found.detail)


class UnmatchedName(Shape):
    """A name that SmartAdvocate uses: `practice_area` is "" for the name of a practice area itself."""

    reason: SkipReason
    practice_area: str
    name: str
    cases: int
    closest: list[str]

    @classmethod
    def of(cls, found: Unmatched) -> Self:
        """Return the name's."""
        name = found.name
        return cls(
            reason=name.reason,
            practice_area=name.scope,
            name=name.name,
            cases=name.cases,
            closest=list(found.candidates),
        )


class UnmatchedNames(Shape):
    """Those on most cases first."""

    items: list[UnmatchedName]


class Version(Shape):
    """What a setting was; versions count over all kinds of the firm."""

    version: int
    kind: SettingKind
    at: datetime
    by: str
    role: Role
    data: Any

    @classmethod
    def of(cls, found: SettingVersion) -> Self:
        """Return the version's."""
        by = found.actor
        return cls(
            version=found.version, kind=found.kind, at=found.at, by=by.name, role=by.role, data=found.data
        )
