"""Telephone numbers."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.smartadvocate.phones import normalise_phone
from core.errors import ConfigurationError


@pytest.mark.parametrize(
    "written",
    [
        "2025550143",
        "(202) 555-0143",
        "(202)555-0143",
        "202-555-0143",
        "202.555.0143",
        "+1 202 555 0143",
        "+12025550143",
        "1-202-555-0143",
        "  202 555 0143 ",
        "(202) 555-0143 x12",
        "Cell: 202 555 0143",
    ],
)
def test_any_spelling_becomes_e_164(written: str) -> None:
    assert normalise_phone(written, "US") == "+12025550143"


@pytest.mark.parametrize(
    "written",
    ["", "n/a", "555-0142", "12345", "000-000-0000", "5550100199", "1112223333", "2" * 5000, "+", "\x00"],
)
def test_what_cannot_be_dialled_is_none(written: str) -> None:
    assert normalise_phone(written, "US") is None


def test_the_country_matters_for_numbers_without_country_code_only() -> None:
    assert normalise_phone("020 7946 0958", "GB") == "+442079460958"
    assert normalise_phone("+44 20 7946 0958", "US") == "+442079460958"
    assert normalise_phone("+1 202 555 0143", "GB") == "+12025550143"
    assert normalise_phone("2025550143", "GB") is None
    assert normalise_phone("416-555-0143", "US") == "+14165550143"


def test_an_unknown_country_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigurationError, match="'USA'"):
        normalise_phone("2025550143", "USA")


spelled = st.from_regex(r"\A(\+?1[ .-]?)?\(?[0-9]{3}\)?[ .-]?[0-9]{3}[ .-]?[0-9]{4}\Z")


@given(spelled, st.sampled_from(["US", "CA", "GB", "DE", "BS", "MX"]))
def test_the_quick_way_says_exactly_what_the_library_says(written: str, country: str) -> None:
    try:
        parsed = phonenumbers.parse(written, country)
        expected = (
            phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
            if phonenumbers.is_valid_number(parsed)
            else None
        )
    except phonenumbers.NumberParseException:
        expected = None
    assert normalise_phone(written, country) == expected
