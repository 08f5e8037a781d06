"""The results of a run open in a spreadsheet, harmlessly."""

import csv
import io

import pytest

from core.case import Outcome, SkipReason
from core.results import csv_lines, report_lines
from core.run import CaseResult


def rows(*results: CaseResult) -> list[dict[str, str]]:
    text = "".join(csv_lines(results))
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


def test_a_row_says_what_became_of_the_case() -> None:
    updated = CaseResult("1", Outcome.UPDATED, "24-1", changed=("stage", "case_date"), client="Ruth Okafor")
    [row] = rows(updated)
    assert row == {
        "case number": "24-1",
        "client": "Ruth Okafor",
        "result": "updated",
        "reason": "",
        "changed fields": "stage, case date",
        "integration id": "1",
    }


def test_a_skipped_case_has_its_reason_in_words() -> None:
    why = SkipReason.STAGE_UNMAPPED
    [row] = rows(CaseResult("1", Outcome.SKIPPED, "24-1", why, detail="Auto / Waiting"))
    assert row["reason"] == "stage unmapped in its practice area: Auto / Waiting"


def test_a_case_that_keeps_its_stage_says_so() -> None:
    [row] = rows(CaseResult("1", Outcome.UNCHANGED, "24-1", detail="Auto / Waiting"))
    assert row["reason"] == "keeps what it had, nothing matches: Auto / Waiting"


@pytest.mark.parametrize(
    "before", ["", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u200b", "\u202e", "\ufeff"]
)
@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"])
def test_no_cell_begins_as_a_formula_does(before: str, sign: str) -> None:
    evil = f"{before}{sign}cmd|' /C calc'!A0"
    skip = CaseResult(evil, Outcome.SKIPPED, evil, SkipReason.STAGE_UNMAPPED, detail=evil, client=evil)
    [row] = rows(skip)
    cells = [row["case number"], row["client"], row["integration id"]]
    assert cells == [f"'{evil}"] * 3
    assert row["reason"].startswith("stage unmapped")
    report = "".join(report_lines({"listed": [{"readable_id": evil, "in_words": evil}]}))
    [cells] = list(csv.reader(io.StringIO(report)))[1:]
    assert [cells[0], cells[2]] == [f"'{evil}"] * 2


def test_names_are_never_formulas_and_survive_quotes_and_line_breaks() -> None:
    evil = '=HYPERLINK("http://x";"y")'
    [formula, plus, plain] = rows(
        CaseResult("1", Outcome.CREATED, client=evil),
        CaseResult("2", Outcome.CREATED, client="+1 202"),
        CaseResult("3", Outcome.CREATED, client='O"Neil,\nTom'),
    )
    assert formula["client"] == f"'{evil}"
    assert plus["client"] == "'+1 202"
    assert plain["client"] == 'O"Neil,\nTom'
