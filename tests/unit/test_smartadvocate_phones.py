"""Telephone numbers."""

import pytest

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
        "(202) 555-0143 (cell)",
        "202-555-0143 cell, after 5 pm",
        "202-555-0143 / 917-555-0123",
        "2025550143 9175550123",
        "202-555-0143 or 0144",
        "c: 202-555-0143 h: 917-555-0123",
        "555-0142 / 202-555-0143",
        "none; 202-555-0143",
        "2025550143-9175550123",
        "202-555-0143-917-555-0123",
        "202\u2013555\u20130143\u2014917\u2013555\u20130123",
        "+1 202 555 0143~917 555 0123",
        "SSN 123-45-6789 202-555-0143",
        "202&nbsp;555&nbsp;0143",
        *(f"202{blank}555{blank}0143" for blank in "\u2002\u2003\u2009\u202f\u205f\u3000"),
        *(f"202{sign}555{sign}0143" for sign in "\u200b\u200d\u2060\u200e\ufeff\u00ad"),
        *(f"202{dash}555{dash}0143" for dash in "\u2011\u2212\u2043\ufe63\uff0d"),
        "fax 917-555-0123, cell 202-555-0143",
        "917-555-0123 (do not call) 202-555-0143",
        "917-555-0123 (no llamar) 202-555-0143",
        "llamar al 202-555-0143",
        "202-555-0143 ext. 123",
        "\u202a+1 (202) 555-0143\u202c",
        "202\u2011555\u20110143",
        "１２０２５５５０１４３",
        "tel:+12025550143",
        "(202) 555-0143\n(917) 555-0123",
        "mother's 202-555-0143",
        "202_555_0143",
        "202·555·0143",
        "{202} 555-0143",
        "001 202 555 0143",
        "00 1 202 555 0143",
        "*67 202-555-0143",
        "*82(202) 555-0143",
        "+1 (0) 202 555 0143",
        "DOB 01/02/1980 202-555-0143",
        "updated 2024-01-02: 202-555-0143",
        "202-555-0143 called 1/2/24",
        "917-555-0123 (disc.) / 202-555-0143",
        "do not leave voicemail 202-555-0143",
    ],
)
def test_any_spelling_becomes_e_164(written: str) -> None:
    assert normalise_phone(written, "US") == "+12025550143"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "n/a",
        "555-0142",
        "12345",
        "000-000-0000",
        "5550100199",
        "1112223333",
        "2" * 5000,
        "+",
        "\x00",
        "Do not call 202-555-0143",
        "202-555-0143 (don't text)",
        "202-555-0143 DNC",
        "wrong number 202-555-0143",
        "202-555-0143 disconnected",
        "Fax: 202-555-0143",
        "202-555-0143 out of service",
        "previous 202-555-0143",
        "STOP CALLING 202-555-0143",
        "NO LLAMAR 202-555-0143",
        "202-555-0143 (no le llame)",
        "202-555-0143 número equivocado",
        "202-555-0143, ya no sirve",
        "202-555-0143 DISC",
        "202-555-0143 NIS",
        "202-555-0143 not in svc",
        "202-555-0143 out of order",
        "202-555-0143 does not work",
        "202-555-0143 isn't working",
        "not a working number 202-555-0143",
        "non-working 202-555-0143",
        "number changed 202-555-0143",
        "prev. 202-555-0143",
        "prior # 202-555-0143",
        "expired 202-555-0143",
        "blocked: 202-555-0143",
        "do-not-call 202-555-0143",
        "do_not_call 202-555-0143",
        "can't call 202-555-0143",
        "cannot text 202-555-0143",
        "opted out 202-555-0143",
        "unsubscribed 202-555-0143",
        "202-555-0143 STOP SMS",
        "202-555-0143 not current",
        "deceased 202-555-0143",
        "1+202-555-0143",
        "SSN 900-12-3456",
        "12/25/1980",
        "202-555-01430",
    ],
)
def test_what_cannot_be_dialled_is_none(written: str) -> None:
    assert normalise_phone(written, "US") is None


def test_the_country_matters_for_numbers_without_country_code_only() -> None:
    assert normalise_phone("020 7946 0958", "GB") == "+442079460958"
    assert normalise_phone("+44 20 7946 0958", "US") == "+442079460958"
    assert normalise_phone("+1 202 555 0143", "GB") == "+12025550143"
    assert normalise_phone("2025550143", "GB") is None
    assert normalise_phone("416-555-0143", "US") == "+14165550143"


@pytest.mark.parametrize(
    "written", ["+52 1 55 1234 5678", "+5215512345678", "011 52 1 55 1234 5678 (cell)", "5215512345678"]
)
def test_an_old_cell_phone_of_mexico_is_the_number_it_has_today(written: str) -> None:
    assert normalise_phone(written, "US") == "+525512345678"


@pytest.mark.parametrize("written", ["0044 20 7946 0958", "011 44 20 7946 0958", "+44 (0)20 7946 0958"])
def test_a_number_abroad_is_read_however_it_is_dialled(written: str) -> None:
    assert normalise_phone(written, "US") == "+442079460958"
    assert normalise_phone("+86 138 0013 8000", "US") == "+8613800138000"  # zeros within lead nowhere


def test_an_unknown_country_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigurationError, match="'USA'"):
        normalise_phone("2025550143", "USA")
