"""A firm: one tenant, its SmartAdvocate connection and its settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from core.closing import ClosedRule
from core.document import DEFAULT_CATEGORY
from core.field_mapping import FieldMapping
from core.pause import Pause
from core.stage import PracticeAreas

DEFAULT_CONCURRENCY: Final = 2  # jobs of a firm at once


class ConnectionState(StrEnum):
    """Where the firm's connection to SmartAdvocate stands; deliveries flow only while `connected`."""

    NOT_CONNECTED = "not_connected"
    CONNECTED = "connected"
    RECONNECT_REQUIRED = "reconnect_required"
    DISCONNECTED = "disconnected"


class SyncMode(StrEnum):
    """Import all cases, or update only those that were imported one by one (Walkthrough, 03)."""

    ALL_CASES = "all"
    INDIVIDUALLY = "individually"


@dataclass(frozen=True, slots=True)
class Firm:
    """One law firm. `base_url` is its SmartAdvocate (ends in `/CaseSyncAPI/`), or None before connecting.

    `profile` is the SmartAdvocate profile: overrides of routes, envelope and date style, kept as data so
    that an UNVERIFIED point can be corrected without a release. `concurrency` is how many
    jobs may call SmartAdvocate at once, `requests_per_second` how often all of them together (None or 0: no
    limit); `paused_until` (UTC) is the end of its pause, which may be over, and `pause_asked`, `pause_call`,
    `pause_by` and `pause_why` say of it what `core.pause.Pause` does.
    `first_synced_at` (UTC) is None until a ten-year run has finished. `settings_version` counts the
    changes of mapping, practice areas and closing, so that what failed with older ones is tried again.
    Note types are exact names: of the notes that inbound and outbound messages become (None: the type that
    SmartAdvocate gives by itself), and of shared notes that are messages to the client, read while `two_way`
    is on. Message text is removed `keep_text_days` after delivery; None: as the deployment is set.
    `document_category` names the SmartAdvocate category of uploaded documents.
    """

    firm_id: str
    name: str
    base_url: str | None = None
    connection: ConnectionState = ConnectionState.NOT_CONNECTED
    sync_mode: SyncMode = SyncMode.ALL_CASES
    nightly_sync: bool = True
    immediate: bool = True
    time_zone: str = "UTC"
    country: str = "US"
    search_rows_complete: bool = True
    page_size: int = 200
    inbound_note_type: str | None = None
    outbound_note_type: str | None = None
    two_way: bool = False
    shared_note_type: str = "Plaintiff"
    keep_text_days: int | None = None
    concurrency: int = DEFAULT_CONCURRENCY
    requests_per_second: float | None = 5.0
    document_category: str = DEFAULT_CATEGORY
    practice_areas: PracticeAreas = field(default_factory=PracticeAreas)
    mapping: FieldMapping = field(default_factory=FieldMapping)
    closed: ClosedRule = field(default_factory=ClosedRule)
    settings_version: int = 0
    profile: Mapping[str, Any] = field(default_factory=dict)
    paused_until: datetime | None = None
    pause_asked: timedelta | None = None
    pause_call: str = ""
    pause_by: str = ""
    pause_why: str = ""
    first_synced_at: datetime | None = None

    def pause(self, now: datetime) -> Pause | None:
        """Return the pause in force, None where there is none; `now` in UTC."""
        if self.paused_until is None or self.paused_until <= now:
            return None
        return Pause(self.paused_until, self.pause_asked, self.pause_call, self.pause_by, self.pause_why)

    def is_paused(self, now: datetime) -> bool:
        """Tell whether a pause is in force; `now` in UTC."""
        return self.paused_until is not None and self.paused_until > now

    def may_be_called(self, now: datetime) -> bool:
        """Tell whether its SmartAdvocate may be called: connected, and not paused. `now` in UTC."""
        return self.connection is ConnectionState.CONNECTED and not self.is_paused(now)
