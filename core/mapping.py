"""From a SmartAdvocate case to a Case Status case, by the firm's field mapping, or the reason why not."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from core.case import Case, Client, Phone, Plaintiff, SkipReason, SourceCase, StaffMember
from core.field_mapping import CASE_NAME, CASE_NUMBER, CASE_STATUS, CASE_TYPE, INCIDENT_DATE, Rule
from core.field_source import FromPath, FromPhones, FromPlaintiff, FromStaff, FromTrack
from core.firm import Firm
from core.problem import Scoped

# number, country (ISO 3166 alpha-2) -> E.164, or None where the number is not valid
PhoneNormaliser = Callable[[str, str], str | None]

_PREFIX: Final = 3  # digits by which a number is longer where it is dialled from abroad

_STANDARD: Final[dict[str, Callable[[SourceCase], str | None]]] = {
    CASE_NUMBER: lambda case: case.case_number,
    CASE_TYPE: lambda case: case.case_type,
    CASE_STATUS: lambda case: case.status,
    CASE_NAME: lambda case: case.name,
    INCIDENT_DATE: lambda case: case.incident_date.isoformat() if case.incident_date else None,
}


@dataclass(frozen=True, slots=True)
class Mapped(Scoped):
    """A case, a reason why there is none, or both: then `reason` is why the case keeps what it had.

    `scope` and `name` tell what matches nothing, or which required field is missing (`core.problem`). `note`
    is what a person should know of a case that came over: how something was read.
    """

    case: Case | None
    reason: SkipReason | None = None
    scope: str = ""
    name: str = ""
    note: str = ""

    @property
    def skip(self) -> SkipReason | None:
        """Why there is no case."""
        return None if self.case else self.reason


@dataclass(frozen=True, slots=True)
class ReadPhone:
    """A number in E.164, and the field that it was read from."""

    e164: str
    field: Phone

    @property
    def note(self) -> str:
        """How it was read, where its field holds more than the number; else ""."""
        written = self.field.number
        digits = "".join(c for c in written if c.isdecimal())
        plain = not any(c.isalpha() for c in written) and len(digits) <= len(self.e164) + _PREFIX
        return "" if plain else f"of the field {self.field.label or 'phone'!r} {self.e164} was read"


def map_case(
    source: SourceCase, firm: Firm, known: Case | None, normalise_phone: PhoneNormaliser, now: datetime
) -> Mapped:
    """Apply the firm's mapping to a complete case, as it is at `now` (UTC).

    `known` is the case as it is stored, or None for a new one. A known case keeps its client, and keeps
    its practice area and stage where SmartAdvocate's names match nothing (design, section 8).
    """
    mapping = firm.mapping
    readable_id = text_of(source, mapping.readable_id)
    if not readable_id:
        return Mapped(None, SkipReason.NO_READABLE_ID)
    type_name, status = text_of(source, mapping.practice_area), text_of(source, mapping.stage)
    area = firm.practice_areas.area(type_name)
    stage = area.stage(status) if area else None
    kept = Mapped(None)
    if area is None and mapping.practice_area.required:
        kept = Mapped(None, SkipReason.PRACTICE_AREA_UNMAPPED, "", type_name or "")
    elif area is not None and stage is None and mapping.stage.required:
        kept = Mapped(None, SkipReason.STAGE_UNMAPPED, area.name, status or "")
    if known is None and kept.reason:
        return kept
    lead = lead_attorney(source, mapping.lead_attorney)
    if lead is None:
        if known is None:
            return Mapped(None, SkipReason.NO_LEAD_ATTORNEY)
        lead = known.lead_attorney
    found = (known.client, "") if known else client_of(source, firm, normalise_phone)
    if isinstance(found, SkipReason):
        return Mapped(None, found)
    client, note = found
    keep_stage = known is not None and stage is None
    keep_area = known is not None and (area is None or keep_stage)
    case = Case(
        integration_id=source.integration_id,
        readable_id=readable_id,
        practice_area=known.practice_area if known and keep_area else (area.name if area else None),
        stage=known.stage if known and keep_stage else (stage.name if stage else None),
        lead_attorney=lead,
        attorneys=staff_of(source, mapping.attorneys, lead),
        paralegals=staff_of(source, mapping.paralegals, None),
        description=text_of(source, mapping.description) or "",
        case_date=date_of(source, mapping.case_date),
        closed=firm.closed.is_closed(source, now),
        client=client,
        modified_at=source.modified_at,
        closes_at=firm.closed.closes_at(source, now),
    )
    if known is None and (missing := _missing(case, firm)):
        return Mapped(None, SkipReason.REQUIRED_FIELD_MISSING, "", missing)
    return Mapped(case, kept.reason, kept.scope, kept.name, note)


def text_of(source: SourceCase, rule: Rule) -> str | None:
    """Return the text that a path or a track gives, or None."""
    origin = rule.source
    if isinstance(origin, FromPath):
        standard = _STANDARD.get(origin.path)
        return standard(source) if standard else source.values.get(origin.path)
    if isinstance(origin, FromTrack):
        return next((status for track, status in source.tracks if track == origin.track), None)
    return None


def date_of(source: SourceCase, rule: Rule) -> date | None:
    """Return the day that a path gives, or None where there is none or it is no day."""
    if isinstance(rule.source, FromPath) and rule.source.path == INCIDENT_DATE:
        return source.incident_date
    value = text_of(source, rule)
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


def lead_attorney(source: SourceCase, rule: Rule) -> StaffMember | None:
    """Return the first staff member in the firm's top attorney role that anybody holds."""
    return next(iter(_holders(source, rule)), None)


def staff_of(source: SourceCase, rule: Rule, lead: StaffMember | None) -> tuple[StaffMember, ...]:
    """Return the staff in the rule's roles, in the order of the roles, each once, without the lead."""
    return tuple(dict.fromkeys(member for member in _holders(source, rule) if member is not lead))


def main_plaintiff(source: SourceCase) -> Plaintiff | None:
    """Return the plaintiff marked primary, else the first."""
    return next((p for p in source.plaintiffs if p.is_primary), next(iter(source.plaintiffs), None))


def client_of(
    source: SourceCase, firm: Firm, normalise_phone: PhoneNormaliser
) -> tuple[Client, str] | SkipReason:
    """Return the client that a new case has and a note on how the number was read, or why it has none."""
    plaintiff = main_plaintiff(source)
    if plaintiff is None:
        return SkipReason.NO_CLIENT
    if not plaintiff.last_name or not (plaintiff.first_name or plaintiff.is_company):
        return SkipReason.NO_CLIENT_NAME
    phone = phone_of(plaintiff, firm, normalise_phone)
    if phone is None:
        return SkipReason.NO_VALID_PHONE
    first, last = name_of(plaintiff)
    email = plaintiff.email if isinstance(firm.mapping.client_email.source, FromPlaintiff) else None
    return Client(first, last, phone.e164, email), phone.note


def name_of(plaintiff: Plaintiff) -> tuple[str, str]:
    """Return first and last name; a company has no last name (Case Status sheet, section 4)."""
    return (plaintiff.last_name, "") if plaintiff.is_company else (plaintiff.first_name, plaintiff.last_name)


def client_name(source: SourceCase) -> str:
    """Return the main plaintiff's name as a person reads it, "" where there is none."""
    plaintiff = main_plaintiff(source)
    return " ".join(filter(None, name_of(plaintiff))) if plaintiff else ""


def _holders(source: SourceCase, rule: Rule) -> list[StaffMember]:
    roles = rule.source.roles if isinstance(rule.source, FromStaff) else ()
    return [member for role in roles for member in source.staff if member.role == role]


def phone_of(plaintiff: Plaintiff, firm: Firm, normalise_phone: PhoneNormaliser) -> ReadPhone | None:
    """Return the first valid number by label order; other labels come last, as they stand."""
    origin = firm.mapping.client_phone.source
    labels = origin.labels if isinstance(origin, FromPhones) else ()
    order = {label: place for place, label in enumerate(labels)}
    ranked = sorted(plaintiff.phones, key=lambda phone: order.get(phone.label.strip().lower(), len(order)))
    return next(
        (ReadPhone(e164, phone) for phone in ranked if (e164 := normalise_phone(phone.number, firm.country))),
        None,
    )


def _missing(case: Case, firm: Firm) -> str:
    """Name the first field that this firm requires beyond those that every case must have."""
    mapping = firm.mapping
    for name, rule, value in (
        ("attorneys", mapping.attorneys, case.attorneys),
        ("paralegals", mapping.paralegals, case.paralegals),
        ("client_email", mapping.client_email, case.client.email),
        ("description", mapping.description, case.description),
        ("case_date", mapping.case_date, case.case_date),
    ):
        if rule.required and not value:
            return name
    return ""
