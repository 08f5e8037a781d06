"""What the command line shows of a firm: everything that is set, in words or as data."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any

from adapters.cli.counted import counted
from core.event import EventKind
from core.firm import Firm
from core.firm_settings import SETTINGS
from core.queries.show_connection import Standing


def row_of(firm: Firm, now: datetime) -> dict[str, Any]:
    """Return a firm's line of a list; `now` in UTC."""
    return {
        "firm_id": firm.firm_id,
        "name": firm.name,
        "connection": firm.connection,
        "sync_mode": firm.sync_mode,
        "nightly_sync": firm.nightly_sync,
        "time_zone": firm.time_zone,
        "smartadvocate": firm.base_url,
        "paused_until": firm.paused_until if firm.is_paused(now) else None,
        "first_synced_at": firm.first_synced_at,
    }


def firm_data(firm: Firm, standing: Standing, next_night: datetime, now: datetime) -> dict[str, Any]:
    """Return everything that is set for the firm, JSON-ready."""
    return {
        **row_of(firm, now),
        "next_nightly_run": next_night if firm.nightly_sync else None,
        "pause": str(firm.pause(now) or "") or None,
        **{name: getattr(firm, name) for name in SETTINGS},
        "account": standing.account,
        "connection_lost": standing.why,
        "connection_lost_since": standing.since,
        "waiting": standing.waiting,
        "settings_version": firm.settings_version,
        "field_mapping": firm.mapping.to_data(),
        "practice_areas": firm.practice_areas.to_data(),
        "closing": asdict(firm.closed),
        "profile": dict(firm.profile),
    }


def firm_facts(firm: Firm, standing: Standing, next_night: datetime, now: datetime) -> dict[str, Any]:
    """Return what is set for the firm, and where it stands, for people."""
    messages, documents = (
        standing.waiting[kind] for kind in (EventKind.MESSAGE_SENT, EventKind.DOCUMENT_UPLOADED)
    )
    rule = firm.closed
    by_status = f"the status {' or '.join(rule.status_names)}" if rule.status_names else None
    by_date = "a closing date that has come" if rule.closed_date_means_closed else None
    by_stage = f"the stage {' or '.join(rule.stage_names)}" if rule.stage_names else None
    own = [name for name, of in firm.mapping.rules().items() if of != type(firm.mapping)().rules()[name]]
    return {
        "firm": firm.firm_id,
        "connection": firm.connection,
        "account": standing.account,
        "SmartAdvocate": firm.base_url,
        "lost because": standing.why,
        "lost since": standing.since,
        "waiting": f"{counted(messages, 'message')}, {counted(documents, 'document')}",
        "paused": str(firm.pause(now) or "") or None,
        "first import": firm.first_synced_at or "not yet",
        "nightly run": f"at {next_night:%H:%M} UTC" if firm.nightly_sync else "off",
        **{name: "default" if getattr(firm, name) is None else getattr(firm, name) for name in SETTINGS},
        "field mapping": f"its own for {', '.join(own)}" if own else "as by default",
        "closed means": " or ".join(filter(None, (by_date, by_stage, by_status))) or "nothing",
        "profile": f"its own for {', '.join(sorted(firm.profile))}" if firm.profile else "as by default",
        "settings version": firm.settings_version,
    }


def areas_in_lines(firm: Firm) -> Iterator[str]:
    """Yield two lines for each practice area: its name and its stages, with the names that match them."""
    if not firm.practice_areas.areas:
        yield "none: every new case is skipped"
    for area in firm.practice_areas.areas:
        stages = ", ".join(_named(stage.name, stage.mappings) for stage in area.stages)
        yield _named(area.name, area.mappings)
        yield f"    {stages}"


def _named(name: str, mappings: tuple[str, ...]) -> str:
    return f"{name} (also {' or '.join(mappings)})" if mappings else name
