"""What a firm's mapping makes of one real case, field by field, before anything is stored."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from core.case import SkipReason, SourceCase, StaffMember
from core.field_mapping import Rule
from core.firm import Firm
from core.mapping import (
    PhoneNormaliser,
    date_of,
    lead_attorney,
    main_plaintiff,
    map_case,
    name_of,
    phone_of,
    staff_of,
    text_of,
)


@dataclass(frozen=True, slots=True)
class FieldPreview:
    """One field: where it comes from in words, what it becomes, and what is wrong, if anything."""

    field: str
    source: str
    value: str
    required: bool
    problem: SkipReason | None = None

    def __repr__(self) -> str:
        return f"FieldPreview({self.field!r}, problem={self.problem})"


@dataclass(frozen=True, slots=True)
class CasePreview:
    """All fields of a case, and why it would be skipped, if it would."""

    fields: tuple[FieldPreview, ...]
    reason: SkipReason | None
    detail: str = ""


def preview_case(
    source: SourceCase, firm: Firm, normalise_phone: PhoneNormaliser, now: datetime
) -> CasePreview:
    """Apply the firm's mapping to the case as if it were new. `now` in UTC."""
    mapped = map_case(source, firm, None, normalise_phone, now)
    return CasePreview(tuple(_fields(source, firm, normalise_phone, now)), mapped.skip, mapped.label)


def _fields(
    source: SourceCase, firm: Firm, normalise_phone: PhoneNormaliser, now: datetime
) -> Iterator[FieldPreview]:
    mapping = firm.mapping
    type_name, status = text_of(source, mapping.practice_area), text_of(source, mapping.stage)
    area = firm.practice_areas.area(type_name)
    stage = area.stage(status) if area else None
    lead = lead_attorney(source, mapping.lead_attorney)
    plaintiff = main_plaintiff(source)
    first, last = name_of(plaintiff) if plaintiff else ("", "")
    yield FieldPreview("integration_id", "SmartAdvocate's case id", source.integration_id, required=True)
    yield _field("readable_id", mapping.readable_id, text_of(source, mapping.readable_id))
    yield _field(
        "practice_area",
        mapping.practice_area,
        _matched(type_name, area.name if area else None),
        SkipReason.PRACTICE_AREA_UNMAPPED if area is None else None,
    )
    yield _field(
        "stage",
        mapping.stage,
        _matched(status, stage.name if stage else None),
        SkipReason.STAGE_UNMAPPED if stage is None else None,
    )
    yield _field("lead_attorney", mapping.lead_attorney, _people(lead))
    yield _field("attorneys", mapping.attorneys, _people(*staff_of(source, mapping.attorneys, lead)))
    yield _field("paralegals", mapping.paralegals, _people(*staff_of(source, mapping.paralegals, None)))
    yield _field("client_first_name", mapping.client_first_name, first)
    company = plaintiff is not None and plaintiff.is_company
    yield _field("client_last_name", mapping.client_last_name, last or ("(a company)" if company else ""))
    phone = phone_of(plaintiff, firm, normalise_phone) if plaintiff else None
    number = phone.e164 if phone else None
    yield _field("client_phone", mapping.client_phone, number, None if plaintiff else SkipReason.NO_CLIENT)
    yield _field("client_email", mapping.client_email, plaintiff.email if plaintiff else None)
    yield _field("description", mapping.description, text_of(source, mapping.description))
    day = date_of(source, mapping.case_date)
    yield _field("case_date", mapping.case_date, day.isoformat() if day else None)
    yield FieldPreview("closed", "how the firm says closed", _closing(source, firm, now), required=False)


def _closing(source: SourceCase, firm: Firm, now: datetime) -> str:
    if firm.closed.is_closed(source, now):
        return "closed"
    closes_at = firm.closed.closes_at(source, now)
    return f"open, closes {closes_at:%Y-%m-%d %H:%M} UTC" if closes_at else "open"


_REASONS = {
    "readable_id": SkipReason.NO_READABLE_ID,
    "lead_attorney": SkipReason.NO_LEAD_ATTORNEY,
    "client_first_name": SkipReason.NO_CLIENT_NAME,
    "client_last_name": SkipReason.NO_CLIENT_NAME,
    "client_phone": SkipReason.NO_VALID_PHONE,
}


def _field(name: str, rule: Rule, value: str | None, problem: SkipReason | None = None) -> FieldPreview:
    if not value and rule.required and problem is None:
        problem = _REASONS.get(name, SkipReason.REQUIRED_FIELD_MISSING)
    return FieldPreview(
        name, str(rule.source), value or "", rule.required, problem if rule.required else None
    )


def _matched(name: str | None, matched: str | None) -> str:
    if not name:
        return ""
    return f"{name} → {matched or 'nothing matches'}"


def _people(*members: StaffMember | None) -> str:
    return ", ".join(f"{m.first_name} {m.last_name} ({m.role})".strip() for m in members if m)
