"""A SmartAdvocate case becomes a Case Status case by the firm's mapping, or says why it cannot."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from core.case import Case, Client, Phone, Plaintiff, SkipReason, SourceCase, StaffMember
from core.closing import ClosedRule
from core.field_mapping import FieldMapping
from core.firm import Firm
from core.mapping import Mapped, main_plaintiff, map_case
from tests.fakes.samples import ATTORNEY, NOON, PARALEGAL, a_case, a_firm, a_plaintiff, a_source_case

OPTIONAL = {"required": False}


def normalise(number: str, country: str) -> str | None:
    """Only numbers of ten digits are valid here."""
    return f"+{country}{number}" if number.isdigit() and len(number) == 10 else None


def mapped(source: SourceCase, firm: Firm | None = None, known: Case | None = None) -> Mapped:
    return map_case(source, firm or a_firm(), known, normalise, NOON)


def case_of(source: SourceCase, firm: Firm | None = None, known: Case | None = None) -> Case:
    result = mapped(source, firm, known)
    assert result.skip is None
    assert result.case is not None
    return result.case


def with_client(**changes: object) -> SourceCase:
    return a_source_case(plaintiffs=(a_plaintiff(**changes),))


def phones(*pairs: tuple[str, str]) -> tuple[Phone, ...]:
    return tuple(Phone(label, number) for label, number in pairs)


def staff(role: str, name: str = "X") -> StaffMember:
    return StaffMember(name, role, f"{name}@firm.test", role)


def test_the_defaults_take_each_field_from_where_the_sheet_says() -> None:
    source = a_source_case()
    case = case_of(source)
    assert (case.integration_id, case.readable_id) == (source.integration_id, source.case_number)
    assert (case.practice_area, case.stage) == ("Personal Injury", "Treatment")
    assert (case.lead_attorney, case.attorneys, case.paralegals) == (ATTORNEY, (), (PARALEGAL,))
    assert (case.description, case.case_date) == (source.name, source.incident_date)
    assert case.client == Client("Ruth", "Okafor", "+US2025550143", "ruth@client.test")
    assert not case.closed
    assert case.modified_at == source.modified_at


def test_what_may_be_missing_is_left_blank() -> None:
    case = case_of(a_source_case(name=None, incident_date=None, plaintiffs=(a_plaintiff(email=None),)))
    assert (case.description, case.case_date, case.client.email) == ("", None, None)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (a_source_case(case_number=""), SkipReason.NO_READABLE_ID),
        (a_source_case(case_type="Tax"), SkipReason.PRACTICE_AREA_UNMAPPED),
        (a_source_case(case_type=None), SkipReason.PRACTICE_AREA_UNMAPPED),
        (a_source_case(case_type="auto accident"), SkipReason.PRACTICE_AREA_UNMAPPED),
        (a_source_case(status="Waiting"), SkipReason.STAGE_UNMAPPED),
        (a_source_case(status=None), SkipReason.STAGE_UNMAPPED),
        (a_source_case(staff=(PARALEGAL,)), SkipReason.NO_LEAD_ATTORNEY),
        (a_source_case(staff=()), SkipReason.NO_LEAD_ATTORNEY),
        (a_source_case(plaintiffs=()), SkipReason.NO_CLIENT),
        (with_client(last_name=""), SkipReason.NO_CLIENT_NAME),
        (with_client(first_name=""), SkipReason.NO_CLIENT_NAME),
        (with_client(is_company=True, first_name="", last_name=""), SkipReason.NO_CLIENT_NAME),
        (with_client(phones=()), SkipReason.NO_VALID_PHONE),
        (with_client(phones=phones(("Cell", "123"))), SkipReason.NO_VALID_PHONE),
    ],
)
def test_a_new_case_that_cannot_be_imported_says_why(source: SourceCase, reason: SkipReason) -> None:
    result = mapped(source)
    assert (result.case, result.skip) == (None, reason)


@pytest.mark.parametrize(
    ("roles", "lead"),
    [
        (["Paralegal", "Managing Attorney", "Attorney"], "Attorney"),
        (["Managing Attorney", "Primary Attorney"], "Primary Attorney"),
        (["Secondary Attorney", "Managing Attorney"], "Managing Attorney"),
    ],
)
def test_the_lead_is_who_holds_the_first_role_that_anybody_holds(roles: list[str], lead: str) -> None:
    assert case_of(a_source_case(staff=tuple(map(staff, roles)))).lead_attorney.role == lead


def test_the_other_attorneys_come_in_the_order_of_their_roles_without_the_lead() -> None:
    people = tuple(
        map(staff, ["Managing Attorney", "Secondary Attorney", "Attorney", "Primary Attorney", "Clerk"])
    )
    case = case_of(a_source_case(staff=people))
    assert case.lead_attorney.role == "Primary Attorney"
    assert [member.role for member in case.attorneys] == [
        "Attorney",
        "Secondary Attorney",
        "Managing Attorney",
    ]


def test_a_second_person_in_the_leading_role_is_another_attorney() -> None:
    people = (staff("Primary Attorney", "A"), staff("Primary Attorney", "B"), staff("Primary Attorney", "B"))
    case = case_of(a_source_case(staff=people))
    assert case.lead_attorney.first_name == "A"
    assert [member.first_name for member in case.attorneys] == ["B"]


def test_roles_are_the_firms_own_words() -> None:
    roles = {"lead_attorney": ["Boss"], "attorneys": ["Boss", "Helper"], "paralegals": ["Clerk"]}
    mapping = {field: {"source": {"staff": names}} for field, names in roles.items()}
    firm = a_firm(mapping=FieldMapping.from_data(mapping))
    people = (staff("Primary Attorney"), staff("Helper"), staff("Boss"), staff("Clerk"), staff("boss"))
    case = case_of(a_source_case(staff=people), firm)
    assert case.lead_attorney.role == "Boss"
    assert [member.role for member in case.attorneys] == ["Helper"]
    assert [member.role for member in case.paralegals] == ["Clerk"]


@pytest.mark.parametrize(
    ("pairs", "taken"),
    [
        ([("Home", "2025550101"), ("Cell", "2025550102")], "2025550102"),
        ([("Office", "2025550101"), ("Phone", "2025550102")], "2025550102"),
        ([("Cell", "2025550101"), ("Mobile", "2025550102")], "2025550102"),
        ([("Cell", "no number"), ("Home", "2025550102")], "2025550102"),
        ([("Fax", "2025550101"), ("Voice", "2025550102")], "2025550102"),
        ([("", "2025550101"), ("Fax", "2025550102")], "2025550101"),
        ([(" CELL ", "2025550101"), ("Home", "2025550102")], "2025550101"),
        ([("Cell", "2025550101"), ("Cell", "2025550102")], "2025550101"),
    ],
)
def test_the_phone_is_the_first_valid_one_by_label(pairs: list[tuple[str, str]], taken: str) -> None:
    assert case_of(with_client(phones=phones(*pairs))).client.phone == f"+US{taken}"


@pytest.mark.parametrize(
    ("pairs", "note"),
    [
        ([("Home", "(202) 555-0101"), ("Cell", "2025550102")], ""),
        ([("Cell", "2025550102 ask for Ann")], "of the field 'Cell' +US2025550102 was read"),
        ([("", "2025550102 or 2025550103")], "of the field 'phone' +US2025550102 was read"),
        # The number also stands alone in a field of a lower rank; and the other way round.
        ([("Home", "2025550102"), ("Cell", "2025550102 work")], "of the field 'Cell' +US2025550102 was read"),
        ([("Home", "2025550102 work"), ("Cell", "2025550102")], ""),
    ],
)
def test_what_was_read_of_a_field_with_more_than_a_number_is_noted_and_each_field_is_read_once(
    pairs: list[tuple[str, str]], note: str
) -> None:
    read: list[str] = []

    def first_ten_digits(number: str, country: str) -> str | None:
        read.append(number)
        return normalise("".join(c for c in number if c.isdigit())[:10], country)

    result = map_case(with_client(phones=phones(*pairs)), a_firm(), None, first_ten_digits, NOON)
    assert result.note == note
    assert len(read) == len(set(read))


def test_the_phone_is_read_in_the_firms_country() -> None:
    assert case_of(a_source_case(), a_firm(country="CA")).client.phone == "+CA2025550143"


def test_a_company_gives_its_name_and_no_last_name() -> None:
    client = case_of(with_client(is_company=True, first_name="", last_name="Acme Inc")).client
    assert (client.first_name, client.last_name) == ("Acme Inc", "")


def test_the_main_plaintiff_is_the_primary_one_or_else_the_first() -> None:
    def party(name: str, *, primary: bool) -> Plaintiff:
        return a_plaintiff(first_name=name, is_primary=primary)

    first, second = party("A", primary=False), party("B", primary=True)
    assert main_plaintiff(a_source_case(plaintiffs=(first, second))) is second
    assert main_plaintiff(a_source_case(plaintiffs=(first, replace(second, is_primary=False)))) is first
    assert main_plaintiff(a_source_case(plaintiffs=())) is None


def test_only_the_main_plaintiff_counts_even_where_another_has_a_phone() -> None:
    """Removed plaintiffs do not come this far; of those that do, nobody is taken for somebody else."""
    main, other = a_plaintiff(phones=()), a_plaintiff(is_primary=False)
    assert mapped(a_source_case(plaintiffs=(main, other))).skip is SkipReason.NO_VALID_PHONE


def test_a_known_case_keeps_its_client_whatever_smartadvocate_says_now() -> None:
    known = a_case(client=Client("Old", "Name", "+12025550111", None))
    assert case_of(a_source_case(), known=known).client == known.client
    assert case_of(a_source_case(plaintiffs=()), known=known).client == known.client
    assert case_of(with_client(phones=()), known=known).client == known.client


def test_a_known_case_takes_over_every_synced_field() -> None:
    known = a_case(
        readable_id="old", stage="Demand", description="old", case_date=None, attorneys=(), closed=True
    )
    source = a_source_case()
    assert case_of(source, known=known) == replace(case_of(source), client=known.client)


def test_a_known_case_whose_area_matches_nothing_keeps_area_and_stage_and_says_so() -> None:
    known = a_case(practice_area="Personal Injury", stage="Demand")
    result = mapped(a_source_case(case_type="Tax", name="new name"), known=known)
    assert result.case is not None
    assert (result.case.practice_area, result.case.stage) == ("Personal Injury", "Demand")
    assert result.case.description == "new name"
    assert (result.reason, result.scope, result.name) == (SkipReason.PRACTICE_AREA_UNMAPPED, "", "Tax")
    assert result.skip is None


def test_a_known_case_whose_stage_matches_nothing_keeps_its_stage_and_says_so() -> None:
    known = a_case(stage="Demand")
    result = mapped(a_source_case(status="Waiting"), known=known)
    assert result.case is not None
    assert (result.case.practice_area, result.case.stage) == ("Personal Injury", "Demand")
    found = (result.reason, result.scope, result.name)
    assert found == (SkipReason.STAGE_UNMAPPED, "Personal Injury", "Waiting")


def test_a_known_case_without_a_lead_keeps_the_one_it_has() -> None:
    assert case_of(a_source_case(staff=()), known=a_case()).lead_attorney == ATTORNEY


def test_a_known_case_still_needs_a_number() -> None:
    assert mapped(a_source_case(case_number=""), known=a_case()).skip is SkipReason.NO_READABLE_ID


def test_where_area_and_stage_are_not_required_a_case_comes_without() -> None:
    firm = a_firm(mapping=FieldMapping.from_data({"practice_area": OPTIONAL, "stage": OPTIONAL}))
    result = mapped(a_source_case(case_type="Tax"), firm)
    assert result.case is not None
    assert (result.case.practice_area, result.case.stage, result.reason) == (None, None, None)
    case = case_of(a_source_case(status="Waiting"), firm)
    assert (case.practice_area, case.stage) == ("Personal Injury", None)


def test_closing_follows_the_firms_rule() -> None:
    closed_at = datetime(2026, 10, 1, tzinfo=UTC)
    assert case_of(a_source_case(closed_at=closed_at)).closed
    assert case_of(a_source_case(status="Closed")).closed
    firm = a_firm(closed=ClosedRule((), closed_date_means_closed=False))
    assert not case_of(a_source_case(status="Closed", closed_at=closed_at), firm).closed
    assert not case_of(a_source_case(), known=a_case(closed=True)).closed


def test_nothing_personal_shows_in_what_is_logged() -> None:
    source = a_source_case()
    for shown in (repr(source), repr(source.plaintiffs), repr(case_of(source).client)):
        assert "Okafor" not in shown
        assert "2025550143" not in shown


def mapping(**fields: object) -> FieldMapping:
    return FieldMapping.from_data(fields)


def test_the_stage_can_come_from_a_secondary_track() -> None:
    firm = a_firm(mapping=mapping(stage={"source": {"track": "Litigation"}}))
    tracks = (("Dialer", "Settled"), ("Litigation", "Demand"))
    assert case_of(a_source_case(tracks=tracks), firm).stage == "Demand"
    result = mapped(a_source_case(tracks=tracks[:1]), firm)
    assert (result.skip, result.name) == (SkipReason.STAGE_UNMAPPED, "")


def test_fields_can_come_from_other_paths_of_the_case() -> None:
    firm = a_firm(
        mapping=mapping(
            practice_area={"source": {"path": "caseGroup"}},
            description={"source": {"path": "incident.state"}},
            case_date={"source": {"path": "caseOpenedDate"}},
        )
    )
    values = {"caseGroup": "Auto Accident", "incident.state": "Ohio", "caseOpenedDate": "2024-05-06"}
    case = case_of(a_source_case(case_type="Tax", values=values), firm)
    assert (case.practice_area, case.description) == ("Personal Injury", "Ohio")
    assert case.case_date == date(2024, 5, 6)


def test_what_is_no_day_leaves_the_case_date_blank() -> None:
    firm = a_firm(mapping=mapping(case_date={"source": {"path": "caseOpenedDate"}}))
    assert case_of(a_source_case(values={"caseOpenedDate": "soon"}), firm).case_date is None


def test_a_new_case_without_a_field_that_this_firm_requires_is_skipped_and_the_field_named() -> None:
    firm = a_firm(mapping=mapping(client_email={"required": True}, description={"required": True}))
    result = mapped(with_client(email=None), firm)
    assert (result.skip, result.name) == (SkipReason.REQUIRED_FIELD_MISSING, "client_email")
    assert case_of(with_client(email=None), firm, known=a_case()).client == a_case().client


def test_a_field_that_comes_from_nothing_stays_blank() -> None:
    nothing = {"source": None}
    firm = a_firm(
        mapping=mapping(client_email=nothing, attorneys=nothing, description=nothing, case_date=nothing)
    )
    case = case_of(a_source_case(), firm)
    assert (case.client.email, case.attorneys, case.description, case.case_date) == (None, (), "", None)
