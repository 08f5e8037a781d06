"""Any telephone number."""

import phonenumbers
from hypothesis import given
from hypothesis import strategies as st

from adapters.smartadvocate.phones import normalise_phone


@given(st.text(st.sampled_from("0123456789+-()/ .,x#:;*ext cell fax or\n\u202a１２"), max_size=220))
def test_whatever_stands_in_the_field_can_be_read(written: str) -> None:
    number = normalise_phone(written, "US")
    assert number is None or phonenumbers.is_valid_number(phonenumbers.parse(number, None))


@given(st.text())
def test_any_text_at_all_can_stand_in_the_field(written: str) -> None:
    number = normalise_phone(written, "US")
    assert number is None or number.startswith("+")


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
