"""What a person pastes from the browser leads to one case, or says clearly why not."""

import pytest

from adapters.smartadvocate.case_url import case_id_from
from core.errors import ConfigurationError

BASE = "https://sa.firm.test/CaseSyncAPI/"


@pytest.mark.parametrize(
    "pasted",
    [
        "300417",
        " 300417 ",
        "0300417",
        "\u200e300417\u200f",
        "３００４１７",
        "https://sa.firm.test/Case.aspx?caseID=300417",
        "https://sa.firm.test/Case.aspx?CASE_ID=300417&tab=2",
        "https://sa.firm.test/Case.aspx?id=300417",
        "https://sa.firm.test/Case.aspx?caseid=300417&id=9",
        "https://sa.firm.test/case/300417/notes",
        "https://sa.firm.test/2/case/300417",
        "https://SA.FIRM.TEST/case/300417",
        "sa.firm.test/case/300417",
        "https://sa.firm.test/RedirectApp/rd.aspx?returnurl=%2FCase.aspx%3FcaseID%3D300417",
        "https://sa.firm.test/rd.aspx?ReturnUrl=https%3A%2F%2Fsa.firm.test%2Fcase%2F300417",
        "https://sa.firm.test/Case.aspx?caseID=300417&caseID=300417",
        "https://sa.firm.test/rd.aspx?returnurl=http://[&caseID=300417",
    ],
)
def test_the_id_is_found(pasted: str) -> None:
    assert case_id_from(pasted, BASE) == "300417"


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        ("", "neither a case's id"),
        ("24-17", "neither a case's id"),
        ("-5", "neither a case's id"),
        ("0", "neither a case's id"),
        ("Moreau", "neither a case's id"),
        (
            "https://other.test/Case.aspx?caseID=300417",
            "leads to other.test, but the firm's SmartAdvocate is",
        ),
        ("https://sa.firm.test.evil.test/case/1", "leads to sa.firm.test.evil.test"),
        ("https://sa.firm.test/Case.aspx?caseID=1&caseID=2", "holds several ids (1, 2)"),
        ("https://sa.firm.test/c.aspx?caseID=1&returnurl=%2FCase.aspx%3FcaseID%3D2", "several ids (1, 2)"),
        ("https://sa.firm.test/Case.aspx?number=5", "holds no case id"),
        ("https://sa.firm.test/", "holds no case id"),
        ("ftp://sa.firm.test/case/1", "is no web address"),
        ("https://[oops/case/1", "is no URL"),
        ("https://sa.firm.test/rd.aspx?returnurl=http://[", "holds no case id"),
    ],
)
def test_what_leads_nowhere_says_why(pasted: str, words: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        case_id_from(pasted, BASE)
    assert words in str(caught.value)


def test_a_firm_without_an_address_knows_no_url() -> None:
    assert case_id_from("300417", None) == "300417"
    with pytest.raises(ConfigurationError, match="not set yet"):
        case_id_from("https://sa.firm.test/case/300417", None)
