"""Shapes of firms and their plain settings."""

from datetime import datetime
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field

from adapters.web.api.v1.bulk_schemas import Confirmation
from adapters.web.api.v1.schemas import Asked, Shape, Time
from core.errors import ConfigurationError
from core.firm import ConnectionState, SyncMode
from core.firm import Firm as CoreFirm
from core.firm_settings import SETTINGS, read_settings
from core.go_live import Checklist, GoLiveStep, StepState
from core.pause import Pause
from core.reason import Reason
from core.setting_state import plain_data

_Name = Annotated[
    str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$", examples=["North & Partners"])
]


class Firm(Shape):
    """A firm."""

    firm_id: str = Field(examples=["north"])
    name: str = Field(examples=["North & Partners"])
    connection: ConnectionState
    base_url: str | None = Field(description="The address of its SmartAdvocate, once it is known.")
    paused_until: datetime | None = Field(description="Until when SmartAdvocate asked to be left alone.")
    first_synced_at: datetime | None = Field(description="When its first run over ten years had ended.")
    settings_version: int

    @classmethod
    def of(cls, firm: CoreFirm) -> Self:
        """Return the firm's."""
        return cls(
            firm_id=firm.firm_id,
            name=firm.name,
            connection=firm.connection,
            base_url=firm.base_url,
            paused_until=firm.paused_until,
            first_synced_at=firm.first_synced_at,
            settings_version=firm.settings_version,
        )


class NewFirm(Asked):
    """A firm to be added."""

    firm_id: str = Field(
        min_length=1,
        max_length=100,
        pattern=r"^[^\x00/]*$",
        examples=["north"],
        description="As Case Status calls it.",
    )
    name: _Name


class GoLiveItem(Shape):
    """A step; `about` are the rights that lack, `cases` is how many it keeps back."""

    step: GoLiveStep
    state: StepState
    about: list[str]
    cases: int


class GoLive(Shape):
    """All steps."""

    firm_id: str
    done: bool
    steps: list[GoLiveItem]

    @classmethod
    def of(cls, found: Checklist) -> Self:
        """Return the checklist's."""
        steps = [
            GoLiveItem(step=item.step, state=item.state, about=list(item.about), cases=item.cases)
            for item in found.items
        ]
        return cls(firm_id=found.firm_id, done=found.is_done, steps=steps)


class PauseWanted(Confirmation):
    """Until when, and why."""

    until: Time = Field(examples=["2026-12-01T06:00:00Z"])


class Paused(Shape):
    """Until when."""

    until: datetime


class Resumed(Shape):
    """`until` is when the pause would have ended, null where there was none."""

    resumed: bool
    until: datetime | None

    @classmethod
    def of(cls, pause: Pause | None) -> Self:
        """Return what was lifted."""
        return cls(resumed=pause is not None, until=pause.until if pause else None)


class Settings(Shape):
    """The plain settings; null leaves one to SmartAdvocate or to the deployment."""

    name: str
    sync_mode: SyncMode = Field(description="Which cases come over.")
    nightly_sync: bool
    immediate: bool = Field(description="Whether messages go out as soon as they come in.")
    time_zone: str = Field(examples=["America/New_York"])
    country: str = Field(examples=["US"])
    search_rows_complete: bool
    page_size: int
    concurrency: int
    requests_per_second: float | None
    two_way: bool
    shared_note_type: str
    inbound_note_type: str | None
    outbound_note_type: str | None
    document_category: str
    keep_text_days: int | None

    @classmethod
    def of(cls, firm: CoreFirm) -> Self:
        """Return the firm's."""
        return cls(**plain_data(firm))


class SettingsChange(Asked):
    """Settings to be changed; those that are left out stay as they are, null sets one back to its default."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"example": {"nightly_sync": False}}
    )

    name: _Name | None = None
    sync_mode: SyncMode | None = None
    nightly_sync: bool | None = None
    immediate: bool | None = None
    time_zone: str | None = Field(None, max_length=100)
    country: str | None = Field(None, max_length=2)
    search_rows_complete: bool | None = None
    page_size: int | None = None
    concurrency: int | None = None
    requests_per_second: float | None = Field(None, ge=0, le=100)
    two_way: bool | None = None
    shared_note_type: str | None = Field(None, max_length=200)
    inbound_note_type: str | None = Field(None, max_length=200)
    outbound_note_type: str | None = Field(None, max_length=200)
    document_category: str | None = Field(None, max_length=200)
    keep_text_days: int | None = None


def settings_from(change: SettingsChange) -> dict[str, Any]:
    """Return the changes as the core takes them. Raises ConfigurationError."""
    given = change.model_dump(mode="json", include=change.model_fields_set)
    unsettable = [name for name, value in given.items() if value is None and not SETTINGS[name].unset]
    if unsettable:
        raise ConfigurationError(
            f"{unsettable[0]}: it takes {SETTINGS[unsettable[0]].takes}", reason=Reason.MALFORMED
        )
    return read_settings({name: _text(name, value) for name, value in given.items()})


def _text(name: str, value: object) -> str:
    if value is None:
        return SETTINGS[name].unset
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
