"""Rows of cases as SmartAdvocate sends them."""

from typing import Any

from adapters.smartadvocate.profile import read_profile
from adapters.smartadvocate.wire_cases import read_case
from core.case import SourceCase

PROFILE = read_profile("north", {})


def a_contact(**changes: Any) -> dict[str, Any]:
    return {
        "contactId": 1500912,
        "contactCtg": 1,
        "firstName": "Delphine",
        "lastName": "Moreau",
        "name": None,
        "ssnNo": "900-12-3456",
        "einNo": "12-3456789",
        "dateOfBirth": "1975-04-09T00:00:00Z",
        "phones": [
            {"phoneID": 1, "name": "Home", "phoneNumber": "(202) 555-0143", "primary": True},
            {"phoneID": 2, "name": "Cell", "phoneNumber": "2025550144", "primary": False},
        ],
        "emails": [{"emailID": 3, "name": "delphine@client.test", "primary": True}],
        **changes,
    }


def a_plaintiff(**changes: Any) -> dict[str, Any]:
    return {
        "id": 610233,
        "name": "Moreau, Delphine",
        "role": "(P)-Plaintiff",
        "contactID": 1500912,
        "primary": True,
        "primaryContact": True,
        "contact": a_contact(),
        **changes,
    }


def a_row(**changes: Any) -> dict[str, Any]:
    return {
        "caseID": 300417,
        "caseNumber": "2400017",
        "caseTypeID": 1210,
        "caseType": "Auto Accident",
        "caseStatus": "Treatment",
        "caseStatusFrom": "2024-02-12T15:20:00Z",
        "caseName": "Moreau v. Acme",
        "incident": {"incidentDate": "2023-12-24T00:00:00Z", "incidentFacts": "x"},
        "caseStaff": [
            {
                "uniqueContactId": 9,
                "firstName": "Ruth",
                "lastName": "Okafor",
                "email": "r@f.test",
                "role": "Attorney",
            },
            {"uniqueContactId": 8, "firstName": "Tom", "lastName": "Reed", "email": "", "role": "Paralegal"},
        ],
        "defendant": [{"id": 4, "name": "Acme"}],
        "plaintiffs": [a_plaintiff()],
        "secondStatuses": [{"statusID": 902, "statusName": "Do not dial"}],
        "createdDate": "2023-01-09T14:31:07.663Z",
        "modifiedDate": "2024-08-14T19:02:41.41Z",
        **changes,
    }


def read(**changes: Any) -> SourceCase:
    case = read_case(a_row(**changes), PROFILE)
    assert isinstance(case, SourceCase)
    return case
