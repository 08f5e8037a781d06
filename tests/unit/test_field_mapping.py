"""A field mapping is checked when it is read: each field has its own sources, some are always required."""

import pytest

from core.errors import ConfigurationError
from core.field_mapping import ALWAYS_REQUIRED, FIELD_NAMES, FieldMapping


def test_the_defaults_are_what_the_sheet_says() -> None:
    data = FieldMapping().to_data()
    assert list(data) == list(FIELD_NAMES)
    assert data["readable_id"] == {"source": {"path": "caseNumber"}, "required": True}
    assert data["stage"] == {"source": {"path": "caseStatus"}, "required": True}
    assert data["client_phone"]["source"]["phone"][:2] == ["mobile", "cell"]
    required = {name for name, rule in data.items() if rule["required"]}
    assert required == ALWAYS_REQUIRED | {"practice_area", "stage"}


def test_fields_left_out_keep_their_defaults() -> None:
    mapping = FieldMapping.from_data({"description": {"source": {"path": "incident.incidentFacts"}}})
    assert mapping.to_data()["description"] == {
        "source": {"path": "incident.incidentFacts"},
        "required": False,
    }
    assert mapping.stage == FieldMapping().stage


@pytest.mark.parametrize(
    ("field", "given_rule", "words"),
    [
        ("colour", {}, "is no field; those are readable_id"),
        ("stage", [], 'a field has {"source"'),
        ("stage", {"sauce": None}, "and nothing else"),
        ("stage", {"required": "yes"}, "required is true or false"),
        ("stage", {"source": {}}, "its source must be null or one of"),
        ("stage", {"source": {"path": "a", "track": "b"}}, "its source must be null or one of"),
        ("stage", {"source": {"guess": "a"}}, "'guess' is no kind of source"),
        ("stage", {"source": {"staff": ["Attorney"]}}, "it comes from path or track, not from staff"),
        ("stage", {"source": {"track": " "}}, "names of 1 to 200 characters"),
        ("stage", {"source": {"track": "x\x00"}}, "nobody can see"),
        ("paralegals", {"source": {"staff": ["x", "y\ud83d"]}}, "nobody can see"),
        ("lead_attorney", {"source": {"path": "attorney"}}, "it comes from staff, not from path"),
        ("lead_attorney", {"source": {"staff": []}}, "a list of 1 to 30 names"),
        ("lead_attorney", {"source": {"staff": ["A", "A"]}}, "names something twice"),
        ("lead_attorney", {"source": {"staff": "Attorney"}}, "a list of 1 to 30 names"),
        ("lead_attorney", {"required": False}, "it is always required"),
        ("client_phone", {"source": None}, "it comes from phone, not from null"),
        ("client_email", {"source": {"plaintiff": "last_name"}}, "takes email, not last_name"),
        ("client_email", {"source": {"plaintiff": "shoe_size"}}, "a plaintiff has first_name"),
        ("description", {"source": None, "required": True}, "it is required and has no source"),
        ("description", {"source": {"path": "plaintiffs.name"}}, "leads into a list; take"),
        ("description", {"source": {"path": "caseStaff"}}, "leads into a list; take"),
        ("description", {"source": {"path": "incident..facts"}}, "one to five names joined by dots"),
        ("description", {"source": {"path": "a.b.c.d.e.f"}}, "one to five names joined by dots"),
        ("description", {"source": {"path": "contact.ssnNo"}}, "never transferred"),
        ("description", {"source": {"path": "contact.dateOfBirth"}}, "never transferred"),
        ("case_date", {"source": {"path": "caseStatus"}}, "is no date"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_with_the_field_and_what_would_do(
    field: str, given_rule: object, words: str
) -> None:
    with pytest.raises(ConfigurationError, match="field mapping: ") as caught:
        FieldMapping.from_data({field: given_rule})
    assert field in str(caught.value)
    assert words in str(caught.value)


def test_a_mapping_is_an_object() -> None:
    with pytest.raises(ConfigurationError, match="an object of fields"):
        FieldMapping.from_data(["stage"])


def test_only_what_goes_beyond_the_standard_fields_is_asked_for() -> None:
    assert FieldMapping().asked.paths == ()
    asked = FieldMapping.from_data(
        {
            "stage": {"source": {"track": "Litigation"}},
            "description": {"source": {"path": "incident.state"}},
            "case_date": {"source": {"path": "caseOpenedDate"}},
        }
    ).asked
    assert (asked.paths, asked.date_path, asked.tracks) == (
        ("incident.state", "caseOpenedDate"),
        "caseOpenedDate",
        True,
    )
