"""From a SmartAdvocate case to a Case Status case, by the firm's field mapping, or the reason why not."""

from collections.abc import Callable
from dataclasses import dataclass

from core.case import Case, Client, Plaintiff, SkipReason, SourceCase, StaffMember
from core.firm import FieldMapping, Firm
from core.stage import PracticeArea

# number, country (ISO 3166 alpha-2) -> E.164, or None where the number is not valid
PhoneNormaliser = Callable[[str, str], str | None]


@dataclass(frozen=True, slots=True)
class Mapped:
    """Exactly one of `case` and `skip` is set. `unmatched` names what kept its old value, if anything."""

    case: Case | None
    skip: SkipReason | None = None
    unmatched: tuple[SkipReason, ...] = ()


def map_case(source: SourceCase, firm: Firm, known: Case | None, normalise_phone: PhoneNormaliser) -> Mapped:
    """Apply the firm's mapping to a complete case.

    `known` is the case as it is stored, or None for a new one. A known case keeps its client, and keeps
    its practice area and stage where SmartAdvocate's names match nothing (design, section 8).
    """
    if not source.case_number:
        return Mapped(None, SkipReason.NO_READABLE_ID)
    area = firm.practice_areas.area(source.case_type)
    stage = area.stage(source.status) if area else None
    unmatched = _unmatched(firm, area, stage is not None)
    if known is None and unmatched:
        return Mapped(None, unmatched[0])
    lead = lead_attorney(source, firm.mapping)
    if lead is None and known is None:
        return Mapped(None, SkipReason.NO_LEAD_ATTORNEY)
    client = known.client if known else _client(source, firm, normalise_phone)
    if isinstance(client, SkipReason):
        return Mapped(None, client)
    closed = firm.closed.is_closed(source.status, source.closed_at)
    keep_stage = known is not None and stage is None
    keep_area = known is not None and (area is None or keep_stage)
    assert lead is not None or known is not None  # noqa: S101 - told apart above; for the type checker
    return Mapped(
        Case(
            integration_id=source.integration_id,
            readable_id=source.case_number,
            practice_area=known.practice_area if known and keep_area else (area.name if area else None),
            stage=known.stage if known and keep_stage else (stage.name if stage else None),
            lead_attorney=lead or known.lead_attorney,  # type: ignore[union-attr]
            attorneys=_others(source, firm.mapping.attorney_roles, lead),
            paralegals=_others(source, firm.mapping.paralegal_roles, None),
            description=source.name or "",
            case_date=source.incident_date,
            closed=closed,
            client=client,
            modified_at=source.modified_at,
        ),
        unmatched=unmatched,
    )


def lead_attorney(source: SourceCase, mapping: FieldMapping) -> StaffMember | None:
    """Return the first staff member in the firm's top attorney role that anybody holds."""
    for role in mapping.lead_attorney_roles:
        for member in source.staff:
            if member.role == role:
                return member
    return None


def main_plaintiff(source: SourceCase) -> Plaintiff | None:
    """Return the plaintiff marked primary, else the first."""
    return next((p for p in source.plaintiffs if p.is_primary), next(iter(source.plaintiffs), None))


def _unmatched(firm: Firm, area: PracticeArea | None, stage_found: bool) -> tuple[SkipReason, ...]:
    if area is None:
        return (SkipReason.PRACTICE_AREA_UNMAPPED,) if firm.mapping.practice_area_required else ()
    return (SkipReason.STAGE_UNMAPPED,) if firm.mapping.stage_required and not stage_found else ()


def _client(source: SourceCase, firm: Firm, normalise_phone: PhoneNormaliser) -> Client | SkipReason:
    plaintiff = main_plaintiff(source)
    if plaintiff is None:
        return SkipReason.NO_CLIENT
    if not plaintiff.last_name or not (plaintiff.first_name or plaintiff.is_company):
        return SkipReason.NO_CLIENT_NAME
    phone = _phone(plaintiff, firm, normalise_phone)
    if phone is None:
        return SkipReason.NO_VALID_PHONE
    # "a company gives its name and no last name" (Case Status sheet, section 4)
    first, last = (
        (plaintiff.last_name, "") if plaintiff.is_company else (plaintiff.first_name, plaintiff.last_name)
    )
    return Client(first, last, phone, plaintiff.email)


def _phone(plaintiff: Plaintiff, firm: Firm, normalise_phone: PhoneNormaliser) -> str | None:
    """First valid number by label order; numbers without a known label come last, as they stand."""
    order = {label: place for place, label in enumerate(firm.mapping.phone_labels)}
    ranked = sorted(plaintiff.phones, key=lambda phone: order.get(phone.label.strip().lower(), len(order)))
    return next((e164 for phone in ranked if (e164 := normalise_phone(phone.number, firm.country))), None)


def _others(source: SourceCase, roles: tuple[str, ...], lead: StaffMember | None) -> tuple[StaffMember, ...]:
    ranked = [
        member for role in roles for member in source.staff if member.role == role and member is not lead
    ]
    return tuple(dict.fromkeys(ranked))
