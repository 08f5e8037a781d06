"""A mapping can be tried on a real case before anything is stored."""

from core.case import SkipReason
from core.field_mapping import FieldMapping
from core.preview import CasePreview, FieldPreview, preview_case
from tests.fakes.samples import NOON, a_firm, a_plaintiff, a_source_case
from tests.fakes.service import normalise_phone


def by_name(preview: CasePreview) -> dict[str, FieldPreview]:
    return {field.field: field for field in preview.fields}


def test_every_field_shows_its_source_and_what_it_becomes() -> None:
    preview = preview_case(a_source_case(), a_firm(), normalise_phone, NOON)
    fields = by_name(preview)
    assert list(fields) == [
        "integration_id",
        "readable_id",
        "practice_area",
        "stage",
        "lead_attorney",
        "attorneys",
        "paralegals",
        "client_first_name",
        "client_last_name",
        "client_phone",
        "client_email",
        "description",
        "case_date",
        "closed",
    ]
    assert fields["stage"].value == "Treating → Treatment"
    assert fields["stage"].source == "SmartAdvocate's caseStatus"
    assert fields["lead_attorney"].value == "Ada Quill (Primary Attorney)"
    assert fields["client_phone"].value == "+12025550143"
    assert fields["closed"].value == "open"
    assert (preview.reason, [f for f in preview.fields if f.problem]) == (None, [])


def test_all_that_is_wrong_shows_at_once_not_only_what_skips_it_first() -> None:
    source = a_source_case(status="Waiting", staff=(), plaintiffs=(a_plaintiff(phones=(), last_name=""),))
    preview = preview_case(source, a_firm(), normalise_phone, NOON)
    assert (preview.reason, preview.detail) == (SkipReason.STAGE_UNMAPPED, "Personal Injury / Waiting")
    wrong = {field.field: field.problem for field in preview.fields if field.problem}
    assert wrong == {
        "stage": SkipReason.STAGE_UNMAPPED,
        "lead_attorney": SkipReason.NO_LEAD_ATTORNEY,
        "client_last_name": SkipReason.NO_CLIENT_NAME,
        "client_phone": SkipReason.NO_VALID_PHONE,
    }


def test_what_is_not_required_is_no_problem() -> None:
    firm = a_firm(mapping=FieldMapping.from_data({"stage": {"required": False}}))
    fields = by_name(preview_case(a_source_case(status="Waiting"), firm, normalise_phone, NOON))
    assert (fields["stage"].value, fields["stage"].problem) == ("Waiting → nothing matches", None)


def test_no_client_data_shows_in_what_is_logged() -> None:
    preview = preview_case(a_source_case(), a_firm(), normalise_phone, NOON)
    assert "Okafor" not in repr(preview)
