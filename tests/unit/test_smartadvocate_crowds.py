"""A row with a crowd in it, and rows that say a field twice."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from adapters.smartadvocate import answer_json, wire
from adapters.smartadvocate.profile import read_profile
from adapters.smartadvocate.wire_cases import read_case
from core.case import SourceCase

PROFILE = read_profile("north", {"zone": "America/New_York"})


@pytest.mark.parametrize("spelled", [str, str.upper])
def test_of_a_crowd_the_first_come_over_and_who_is_primary_wherever_that_stands(
    monkeypatch: pytest.MonkeyPatch,
    spelled: Callable[[str], str],
) -> None:
    monkeypatch.setattr(answer_json, "AT_ONCE_VALUES", 2_000)
    crowd: list[dict[str, Any]] = [
        {"name": f"N{n}, Ada", "primary": False, "contact": {"phones": [{"phoneNumber": "1"}] * 4}}
        for n in range(300)
    ]
    crowd[200]["primary"] = True
    row = {"caseID": 7, "caseNumber": "1", "modifiedDate": "2024-05-01T10:00:00Z", "plaintiffs": crowd}
    body = json.dumps(row)
    for name in ("caseID", "caseNumber", "modifiedDate", "plaintiffs", "name", "primary"):
        body = body.replace(f'"{name}"', f'"{spelled(name)}"')
    for read in (wire.load(body.encode()), *wire.load_list(f"[{body}]".encode())):
        assert isinstance(
            next(value for value in read.values() if not isinstance(value, int | str)), wire.Rows
        )
        case = read_case(read, PROFILE)
        assert isinstance(case, SourceCase)
        assert [p.last_name for p in case.plaintiffs] == ["N200", *(f"N{n}" for n in range(99))]
        assert [p.is_primary for p in case.plaintiffs] == [True] + [False] * 99


@pytest.mark.parametrize("field", ["caseID", "CaseID", "CASEID"])
def test_of_two_spellings_of_a_field_the_right_one_counts(field: str) -> None:
    row = {field: 5, "caseNumber": "1", "modifiedDate": "2024-05-01T10:00:00Z"} | {"caseID": 7}
    assert read_case(row, PROFILE).integration_id == "7"
