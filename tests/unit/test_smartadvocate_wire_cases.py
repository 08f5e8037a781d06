"""Case rows to cases."""

import json
from datetime import UTC, date, datetime
from typing import Any

import pytest

from adapters.smartadvocate.profile import read_profile
from adapters.smartadvocate.wire_cases import MAX_PLAINTIFFS, read_case
from core.case import Phone, Plaintiff, SourceCase, StaffMember, UnreadableCase
from core.field_mapping import Asked
from tests.unit.case_rows import PROFILE, a_contact, a_plaintiff, a_row, read

NO_DATES: list[Any] = [
    *("0001-01-01T00:00:00", "1753-01-01T00:00:00", "1899-12-30T00:00:00", "1900-01-01T00:00:00"),
    *("1900-01-01", "1900-01-01T08:30:00", "1899-12-31T19:00:00-05:00", "1900-01-01T00:00:00+02:00"),
    *("1904-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "1970-01-01", "1970-01-01T00:00:00-08:00"),
    *("1969-12-31T16:00:00-08:00", "1969-12-31T23:59:59Z", "1970-01-01T01:00:00+01:00"),
    *("2079-06-06T00:00:00", "2079-06-06T23:59:00Z", "2079-06-05T16:00:00-08:00", "2099-12-31T00:00:00"),
    *("9999-12-31T23:59:59", "9999-12-31", "9999-12-31T23:59:59.9999999-12:00", "3000-01-01T00:00:00Z"),
    *("", " ", None, "null", 0, -62135596800, {}, [], True, "2024-13-45", "soon"),
]


def unreadable(row: Any) -> UnreadableCase:
    case = read_case(row, PROFILE)
    assert isinstance(case, UnreadableCase)
    return case


def test_a_row_of_the_api_sheet_is_read_in_full() -> None:
    assert read() == SourceCase(
        integration_id="300417",
        case_number="2400017",
        case_type="Auto Accident",
        status="Treatment",
        name="Moreau v. Acme",
        incident_date=date(2023, 12, 24),
        modified_at=datetime(2024, 8, 14, 19, 2, 41, 410000, UTC),
        created_at=datetime(2023, 1, 9, 14, 31, 7, 663000, UTC),
        closed_at=None,
        staff=(
            StaffMember("Ruth", "Okafor", "r@f.test", "Attorney"),
            StaffMember("Tom", "Reed", None, "Paralegal"),
        ),
        plaintiffs=(
            Plaintiff(
                "Delphine",
                "Moreau",
                False,
                True,
                (Phone("Home", "(202) 555-0143"), Phone("Cell", "2025550144")),
                "delphine@client.test",
            ),
        ),
        complete=True,
    )


def test_field_names_are_read_in_any_letter_case() -> None:
    def upper(value: Any) -> Any:
        if isinstance(value, dict):
            return {key.upper(): upper(inner) for key, inner in value.items()}
        return [upper(inner) for inner in value] if isinstance(value, list) else value

    assert read_case(upper(a_row()), PROFILE) == read()


def test_numbers_and_ids_may_swap_their_types() -> None:
    assert read(caseID="300417", caseNumber=2400017) == read()


def test_removed_plaintiffs_do_not_exist() -> None:
    removed = a_plaintiff(name="Gone, Away", markedAsRemoved=True)
    assert read(plaintiffs=[removed, a_plaintiff()]) == read()
    assert read(plaintiffs=[removed]).plaintiffs == ()


def test_a_company_has_its_name_where_a_person_has_a_last_name() -> None:
    contact = a_contact(contactCtg=2, firstName="", lastName="", name="Quill Bakery, LLC")
    plaintiff = read(plaintiffs=[a_plaintiff(name="Quill Bakery, LLC", contact=contact)]).plaintiffs[0]
    assert (plaintiff.first_name, plaintiff.last_name, plaintiff.is_company) == (
        "",
        "Quill Bakery, LLC",
        True,
    )


def test_without_contact_the_name_is_last_comma_first_and_the_row_is_a_summary() -> None:
    plaintiff = a_plaintiff()
    del plaintiff["contact"]
    case = read(plaintiffs=[plaintiff])
    assert case.plaintiffs == (Plaintiff("Delphine", "Moreau", False, True),)
    assert not case.complete


def test_a_row_without_plaintiffs_is_a_summary_and_one_with_none_left_is_not() -> None:
    row = a_row()
    del row["plaintiffs"]
    summary = read_case(row, PROFILE)
    assert isinstance(summary, SourceCase)
    assert not summary.complete
    assert read(plaintiffs=[]).complete


YES: list[Any] = [True, 1, 1.0, -1, "true", "TRUE", " True ", "1", "-1", "Y", "yes", "T"]
NO: list[Any] = [False, None, 0, "", "false", "0", "N", "no", "null", 2, "maybe", [1], {}]


@pytest.mark.parametrize(
    ("said", "is_yes"), [*((said, True) for said in YES), *((said, False) for said in NO)]
)
def test_yes_and_no_are_read_as_any_program_writes_them(said: Any, is_yes: bool) -> None:
    case = read(plaintiffs=[a_plaintiff(markedAsRemoved=said), a_plaintiff(primary=False)])
    assert len(case.plaintiffs) == (1 if is_yes else 2)
    second = a_plaintiff(primary=said, primaryContact=False)
    case = read(plaintiffs=[a_plaintiff(primary=False, primaryContact=False), second])
    assert [person.is_primary for person in case.plaintiffs] == [False, is_yes]


def test_where_nobody_is_primary_the_primary_contact_is() -> None:
    first, second = (a_plaintiff(primary=False, primaryContact=mark) for mark in (False, True))
    assert [p.is_primary for p in read(plaintiffs=[first, second]).plaintiffs] == [False, True]


@pytest.mark.parametrize(
    ("entry", "address"),
    [
        ({"name": "a@b.test"}, "a@b.test"),
        ({"email": "a@b.test", "name": "Work"}, "a@b.test"),
        ({"emailAddress": " a@b.test ", "name": "Work"}, "a@b.test"),
        ({"name": "Work"}, None),
        ({"name": "not an @ address"}, None),
        ({"name": "a" * 300 + "@b.test"}, None),
    ],
)
def test_an_email_address_is_found_where_it_can_be(entry: dict[str, Any], address: str | None) -> None:
    contact = a_contact(emails=[entry])
    assert read(plaintiffs=[a_plaintiff(contact=contact)]).plaintiffs[0].email == address


def test_of_several_email_addresses_the_primary_one_counts() -> None:
    contact = a_contact(emails=[{"name": "old@b.test"}, {"name": "new@b.test", "primary": True}])
    assert read(plaintiffs=[a_plaintiff(contact=contact)]).plaintiffs[0].email == "new@b.test"


@pytest.mark.parametrize("name", ["caseClosedDate", "closedDate"])
def test_a_closed_date_is_read_under_each_name_it_may_have(name: str) -> None:
    assert read(**{name: "2024-09-01T10:00:00Z"}).closed_at == datetime(2024, 9, 1, 10, tzinfo=UTC)


def test_the_first_closed_date_field_that_holds_a_date_counts() -> None:
    case = read(caseClosedDate="1900-01-01T00:00:00", ClosingDate="2024-09-01T10:00:00Z", closedDate=None)
    assert case.closed_at == datetime(2024, 9, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize("value", NO_DATES)
def test_what_stands_for_no_date_is_neither_a_closing_nor_a_case_date(value: Any) -> None:
    case = read(caseClosedDate=value, incident={"incidentDate": value}, createdDate=value)
    assert (case.closed_at, case.incident_date, case.created_at) == (None, None, None)


def test_a_case_that_was_never_changed_has_the_time_of_its_creation() -> None:
    case = read(modifiedDate="1900-01-01T00:00:00", createdDate="2024-01-02T03:04:05Z")
    assert case.modified_at == datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize("name", ["caseStage", "CaseStage", "caseStageName", "stageName", "stage"])
def test_smartadvocates_own_stage_is_read_under_each_name_it_may_have(name: str) -> None:
    assert read(**{name: "Closed"}).source_stage == "Closed"
    assert read(**{name: {"id": 3}}).source_stage is None


def test_the_profile_can_name_the_stage() -> None:
    profile = read_profile("north", {"stage_field": "phaseOfCase"})
    case = read_case({**a_row(), "phaseOfCase": "Closed", "caseStage": "Open"}, profile)
    assert isinstance(case, SourceCase)
    assert case.source_stage == "Closed"


def test_the_profile_can_name_the_closed_date() -> None:
    profile = read_profile("north", {"closed_date_field": "resolvedOn"})
    case = read_case(a_row(resolvedOn="2024-09-01T10:00:00Z"), profile)
    assert isinstance(case, SourceCase)
    assert case.closed_at == datetime(2024, 9, 1, 10, tzinfo=UTC)


def test_second_statuses_are_not_the_status() -> None:
    assert read(secondStatuses=[{"statusName": "Closed"}]).status == "Treatment"


def test_a_case_that_was_never_edited_counts_as_modified_when_created() -> None:
    assert read(modifiedDate=None).modified_at == datetime(2023, 1, 9, 14, 31, 7, 663000, UTC)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ("text", "object"),
        (a_row(caseID=None), "caseID"),
        (a_row(caseID="secret-value"), "caseID"),
        (a_row(modifiedDate="secret-value", createdDate=None), "modifiedDate"),
        (a_row(plaintiffs="secret-value"), "plaintiffs"),
    ],
)
def test_a_row_that_cannot_be_understood_names_the_field_and_not_its_value(row: Any, field: str) -> None:
    problem = unreadable(row).problem
    assert field in problem
    assert "secret-value" not in problem


def test_an_unreadable_row_keeps_what_is_known_of_it() -> None:
    row = unreadable(a_row(plaintiffs="x"))
    assert (row.integration_id, row.modified_at) == ("300417", datetime(2024, 8, 14, 19, 2, 41, 410000, UTC))


@pytest.mark.parametrize(
    "changes",
    [
        {"incident": "x"},
        {"incident": {"incidentDate": "0001-01-01T00:00:00"}},
        {"incident": {"incidentDate": 7}},
    ],
)
def test_an_absurd_part_is_left_out_and_the_rest_stays(changes: dict[str, Any]) -> None:
    case = read(**changes)
    assert case.incident_date is None
    assert case.plaintiffs == read().plaintiffs


def test_staff_and_contacts_of_the_wrong_type_are_left_out() -> None:
    assert read(caseStaff={"a": 1}).staff == ()
    assert read(caseStaff=[None, 7, {"role": ["x"], "firstName": {}}]).staff == (
        StaffMember("", "", None, ""),
    )
    contact = a_contact(
        phones=["x", {"phoneNumber": None}, {"name": 5, "phoneNumber": 2025550143}], emails={}
    )
    assert read(plaintiffs=[None, a_plaintiff(contact=contact)]).plaintiffs[0].phones == (
        Phone("5", "2025550143"),
    )


def test_ten_thousand_plaintiffs_are_cut_and_the_primary_one_stays() -> None:
    crowd = [a_plaintiff(primary=False, primaryContact=False)] * 10_000
    case = read(plaintiffs=[*crowd, a_plaintiff(name="Last, One", contact=a_contact(lastName="One"))])
    assert len(case.plaintiffs) == MAX_PLAINTIFFS
    assert [p.last_name for p in case.plaintiffs if p.is_primary] == ["One"]


def test_five_megabytes_of_text_become_a_name_that_can_be_stored() -> None:
    case = read(caseName="x" * 5_000_000, caseStatus="y" * 5_000_000)
    assert case.name is not None
    assert len(case.name) == 1000
    assert len(case.status or "") == 200


def test_social_security_numbers_and_birth_dates_do_not_get_past_the_edge() -> None:
    from dataclasses import asdict

    kept = json.dumps(asdict(read()), default=str)
    assert "900-12-3456" not in kept
    assert "12-3456789" not in kept
    assert "1975" not in kept


def test_what_a_mapping_asks_for_comes_by_path_and_nothing_else_does() -> None:
    asked = Asked(
        ("caseGroup", "INCIDENT.State", "incident", "caseOpenedDate", "plaintiffs"), "caseOpenedDate"
    )
    row = {
        **a_row(),
        "caseGroup": "Injury",
        "incident": {"state": "Ohio"},
        "caseOpenedDate": "2024-04-30T17:00:00-07:00",
    }
    case = read_case(row, PROFILE, asked)
    assert isinstance(case, SourceCase)
    assert dict(case.values) == {
        "caseGroup": "Injury",
        "INCIDENT.State": "Ohio",
        "caseOpenedDate": "2024-05-01",
    }
    plain = read_case(row, PROFILE)
    assert isinstance(plain, SourceCase)
    assert (dict(plain.values), plain.tracks) == ({}, ())


def test_of_several_rows_of_a_track_the_latest_counts() -> None:
    entries = [
        {"statusTypeName": "Litigation", "statusName": "Filed", "fromDate": "2024-01-02T00:00:00Z"},
        {"statusTypeName": "Litigation", "statusName": "Trial", "fromDate": "2024-03-02T00:00:00-08:00"},
        {"statusTypeName": "Litigation", "statusName": "Old", "fromDate": "2023-03-02T00:00:00Z"},
        {"statusTypeName": "Dialer", "statusName": "Do not dial"},
        {"statusName": "of no track"},
        "no object",
    ]
    case = read_case({**a_row(), "secondStatuses": entries}, PROFILE, Asked(tracks=True))
    assert isinstance(case, SourceCase)
    assert case.tracks == (("Litigation", "Trial"), ("Dialer", "Do not dial"))
    odd = read_case({**a_row(), "secondStatuses": "none"}, PROFILE, Asked(tracks=True))
    assert isinstance(odd, SourceCase)
    assert odd.tracks == ()
