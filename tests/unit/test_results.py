"""The results of a run open in a spreadsheet, harmlessly."""

import csv
import io

from core.case import Outcome, SkipReason
from core.results import csv_lines
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
