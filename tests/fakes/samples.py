"""Sample firms, cases and events for tests. All people are invented."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from core.case import Case, Client, Phone, Plaintiff, SourceCase, StaffMember
from core.event import EventKind, UpstreamEvent, parse_event
from core.firm import ConnectionState, Firm
from core.stage import PracticeArea, PracticeAreas, Stage

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

ATTORNEY = StaffMember("Ada", "Quill", "ada.quill@firm.test", "Primary Attorney")
PARALEGAL = StaffMember("Tom", "Reed", "tom.reed@firm.test", "Paralegal")

AREAS = PracticeAreas(
    (
        PracticeArea(
            "Personal Injury",
            (Stage("Treatment", ("Treating",)), Stage("Demand"), Stage("Settled", ("Closed",))),
            ("Auto Accident",),
        ),
    )
)


def a_firm(firm_id: str = "north", **changes: Any) -> Firm:
    """A connected firm with one practice area."""
    fields: dict[str, Any] = {
        "name": f"Firm {firm_id}",
        "base_url": "https://sa.firm.test/CaseSyncAPI/",
        "connection": ConnectionState.CONNECTED,
        "practice_areas": AREAS,
        "time_zone": "America/New_York",
    }
    return Firm(firm_id, **{**fields, **changes})


def a_plaintiff(**changes: Any) -> Plaintiff:
    """A person with one good cell phone."""
    fields: dict[str, Any] = {
        "first_name": "Ruth",
        "last_name": "Okafor",
        "is_company": False,
        "is_primary": True,
        "phones": (Phone("Cell", "2025550143"),),
        "email": "ruth@client.test",
    }
    return Plaintiff(**{**fields, **changes})


def a_source_case(integration_id: str = "300417", **changes: Any) -> SourceCase:
    """A case as SmartAdvocate tells it, ready to be imported."""
    fields: dict[str, Any] = {
        "case_number": f"24{integration_id}",
        "case_type": "Auto Accident",
        "status": "Treating",
        "name": f"Matter {integration_id}",
        "incident_date": date(2024, 3, 1),
        "modified_at": NOON - timedelta(days=1),
        "staff": (ATTORNEY, PARALEGAL),
        "plaintiffs": (a_plaintiff(),),
    }
    return SourceCase(integration_id, **{**fields, **changes})


def a_case(integration_id: str = "300417", **changes: Any) -> Case:
    """A case as Case Status keeps it."""
    fields: dict[str, Any] = {
        "readable_id": f"24{integration_id}",
        "practice_area": "Personal Injury",
        "stage": "Treatment",
        "lead_attorney": ATTORNEY,
        "attorneys": (StaffMember("Lee", "Moss", None, "Attorney"),),
        "paralegals": (PARALEGAL,),
        "description": f"Matter {integration_id}",
        "case_date": date(2024, 3, 1),
        "closed": False,
        "client": Client("Ruth", "Okafor", "+12025550143", "ruth@client.test"),
        "modified_at": NOON - timedelta(days=1),
    }
    return Case(integration_id, **{**fields, **changes})


def message_data(message_id: str = "m-1", **changes: Any) -> dict[str, Any]:
    """The `data` of a `message-sent` event."""
    fields = {
        "firm_id": "north",
        "case_integration_id": "300417",
        "message_id": message_id,
        "direction": "inbound",
        "sender_name": "Ruth Okafor",
        "sender_role": "client",
        "text": "When is my appointment?",
        "sent_at": "2026-11-02T11:00:00Z",
        "attachments": [],
    }
    return {**fields, **changes}


def document_data(document_id: str = "d-1", **changes: Any) -> dict[str, Any]:
    """The `data` of a `document-uploaded` event."""
    fields = {
        "firm_id": "north",
        "case_integration_id": "300417",
        "document_id": document_id,
        "file_name": "scan.pdf",
        "content_type": "application/pdf",
        "size": 1024,
        "content_url": "https://files.case-status.test/d-1",
        "uploaded_at": "2026-11-02T11:00:00Z",
        "uploaded_by": "Ruth Okafor",
    }
    return {**fields, **changes}


def event_body(data: dict[str, Any], kind: EventKind = EventKind.MESSAGE_SENT, **changes: Any) -> bytes:
    """The CloudEvent around `data`, as it comes over the wire."""
    envelope = {
        "specversion": "1.0",
        "id": f"event-{data.get('message_id', data.get('document_id'))}",
        "source": "case-status",
        "type": kind.value,
        "time": "2026-11-02T11:00:01Z",
        "subject": data.get("case_integration_id"),
        "data": data,
    }
    return json.dumps({**envelope, **changes}).encode()


def a_message(message_id: str = "m-1", **changes: Any) -> UpstreamEvent:
    """A valid message event; `minute` sets `sent_at` to that minute after eleven."""
    if (minute := changes.pop("minute", None)) is not None:
        changes["sent_at"] = f"2026-11-02T11:{minute:02}:00Z"
    return parse_event(event_body(message_data(message_id, **changes)))


def a_document(document_id: str = "d-1", **changes: Any) -> UpstreamEvent:
    """A valid document event."""
    return parse_event(event_body(document_data(document_id, **changes), EventKind.DOCUMENT_UPLOADED))
