"""A firm as a row: what queries ask for has columns, the rest is one JSON document."""

from typing import Any

from adapters.postgres.store.session import Row
from core.closing import ClosedRule
from core.field_mapping import FieldMapping
from core.firm import ConnectionState, Firm, SyncMode
from core.stage import PracticeAreas

_MESSAGE_SETTINGS = (
    "inbound_note_type",
    "outbound_note_type",
    "two_way",
    "shared_note_type",
    "keep_text_days",
)


def settings_of(firm: Firm) -> dict[str, Any]:
    """Return the document: everything of the firm that has no column of its own."""
    return {
        "time_zone": firm.time_zone,
        "country": firm.country,
        "search_rows_complete": firm.search_rows_complete,
        "page_size": firm.page_size,
        **{name: getattr(firm, name) for name in _MESSAGE_SETTINGS},
        "concurrency": firm.concurrency,
        "requests_per_second": firm.requests_per_second,
        "document_category": firm.document_category,
        "practice_areas": firm.practice_areas.to_data(),
        "field_mapping": firm.mapping.to_data(),
        "settings_version": firm.settings_version,
        "closed": firm.closed.to_data(),
        "profile": dict(firm.profile),
    }


def firm_from_row(row: Row) -> Firm:
    """Read a row with the columns in the order of the queries in `firms.py`.

    Settings that an older release did not know take their defaults.
    """
    firm_id, name, base_url, connection, sync_mode, nightly_sync, immediate, settings, *times = row
    paused_until, first_synced_at, pause_asked, pause_call, pause_by, pause_why = times
    plain = {
        key: settings[key]
        for key in (
            "time_zone",
            "country",
            "search_rows_complete",
            "page_size",
            "concurrency",
            "requests_per_second",
            "document_category",
            "profile",
            "settings_version",
        )
        if key in settings
    }
    plain |= {key: settings[key] for key in _MESSAGE_SETTINGS if key in settings}
    return Firm(
        firm_id=firm_id,
        name=name,
        base_url=base_url,
        connection=ConnectionState(connection),
        sync_mode=SyncMode(sync_mode),
        nightly_sync=nightly_sync,
        immediate=immediate,
        practice_areas=PracticeAreas.from_data(settings.get("practice_areas", ())),
        mapping=FieldMapping.from_data(settings.get("field_mapping", {})),
        closed=ClosedRule(**_with_tuples(settings.get("closed", {}))),
        paused_until=paused_until,
        pause_asked=pause_asked,
        pause_call=pause_call or "",
        pause_by=pause_by or "",
        pause_why=pause_why or "",
        first_synced_at=first_synced_at,
        **plain,
    )


def _with_tuples(data: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
