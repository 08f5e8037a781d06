from datetime import UTC, datetime

import pytest

from tests.sandbox.caller import Caller


def test_an_inserted_note_is_answered_listed_and_reported(firm: Caller) -> None:
    case_id = firm.case_ids()[0]
    types = {row["description"]: row["id"] for row in firm.api.get("case/notes/types").json()}
    row = firm.note(
        case_id, "Hi & bye\n[ref:a]", noteTypeID=types["Call"], noteDate="2026-01-02T03:04:00-05:00"
    ).json()
    assert row["noteTypeName"] == "Call"
    assert row["noteDate"] == "2026-01-02T08:04:00Z"
    assert row["subject"] == "Case Status Message"
    assert row["modifiedDate"] is None
    assert row["isSharedinCP"] is False
    assert firm.api.get(f"case/{case_id}/notes").json()[0] == row
    number = firm.api.get(f"case/{case_id}").json()["caseNumber"]
    assert firm.api.get("case/notes/byCaseNumber", params={"CaseNumber": number}).json()[0] == row
    [noted] = firm.notes_of(case_id)
    assert (noted["noteID"], noted["mark"], noted["subject"]) == (row["noteID"], "[ref:a]", row["subject"])
    age = datetime.now(UTC) - datetime.fromisoformat(noted["receivedAt"])
    assert 0 <= age.total_seconds() < 60


def test_the_author_is_the_tokens_user(firm: Caller) -> None:
    user = firm.log_in().json()["userID"]
    assert firm.note(firm.case_ids()[0]).json()["userID"] == user


def test_the_report_counts_what_came_twice_and_keeps_the_order(firm: Caller) -> None:
    one, two = firm.case_ids()[:2]
    for case_id, mark in ((one, "a"), (one, "b"), (two, "a"), (one, "a"), (one, "a")):
        firm.note(case_id, f"text\n[ref:{mark}]")
    report = firm.report()
    assert (report["notes_written"], report["notes_duplicated"], report["cases_with_notes"]) == (5, 2, 2)
    assert [note["mark"] for note in firm.notes_of(one)] == ["[ref:a]", "[ref:b]", "[ref:a]", "[ref:a]"]
    assert "notes" not in firm.report(notes=0)
    assert set(firm.report(case=two)["notes"][firm.firm]) == {str(two)}


@pytest.mark.parametrize(
    "text",
    [
        "body\n[ref:x]",
        "body\r\n[ref:x]\r\n",
        "<p>body</p><p>[ref:x]</p>",
        "body<br>[ref:x]<br/>",
        "a<br />&#91;ref:x]",
    ],
)
def test_the_mark_is_the_last_line_plain_or_html(firm: Caller, text: str) -> None:
    case_id = firm.case_ids()[0]
    firm.note(case_id, text)
    assert firm.notes_of(case_id)[0]["mark"] == "[ref:x]"


@pytest.mark.parametrize(
    "wrong",
    [
        {"noteText": ""},
        {"noteText": 5},
        {"noteTypeID": 1},
        {"priority": "Urgent"},
        {"noteDate": "x"},
        {"subject": 1},
    ],
)
def test_a_wrong_note_is_refused_and_not_stored(firm: Caller, wrong: dict[str, object]) -> None:
    case_id = firm.case_ids()[0]
    body = {"subject": "s", "noteText": "t", **wrong}
    assert firm.api.post(f"case/{case_id}/notes", json=body).status_code == 400
    assert firm.notes_of(case_id) == []


@pytest.mark.parametrize("shape", ["note_id", "number", "empty"])
def test_the_answer_to_an_insert_has_other_shapes(firm: Caller, shape: str) -> None:
    case_id = firm.case_ids()[0]
    firm.fault("note_answer", shape=shape)
    answer = firm.note(case_id)
    [stored] = firm.notes_of(case_id)
    expected = {"note_id": f'{{"noteID":{stored["noteID"]}}}', "number": str(stored["noteID"]), "empty": ""}
    assert (answer.status_code, answer.text) == (200, expected[shape])


def test_a_note_moves_its_case_only_by_switch(firm: Caller) -> None:
    case_id = firm.rows()[0]["caseID"]
    firm.note(case_id)
    assert firm.rows()[0]["caseID"] == case_id
    firm.fault("note_bumps_case")
    firm.note(case_id)
    assert firm.rows()[-1]["caseID"] == case_id


def test_seeded_notes_mix_html_and_plain_newest_first_and_stay_the_same(firm: Caller) -> None:
    listed = [firm.api.get(f"case/{row['caseID']}/notes").json() for row in firm.rows()]
    notes = [note for case in listed for note in case]
    assert any(note["noteText"].startswith("<html>") for note in notes)
    assert any("<" not in note["noteText"] for note in notes)
    assert any(note["noteTypeName"] == "Plaintiff" and note["isSharedinCP"] for note in notes)
    assert {note["modifiedDate"] is None for note in notes} == {True, False}
    for case in listed:
        dates = [note["createdDate"] for note in case]
        assert dates == sorted(dates, reverse=True)
    assert len({note["noteID"] for note in notes}) == len(notes)
    again = [firm.api.get(f"case/{row['caseID']}/notes").json() for row in firm.rows()]
    assert again == listed


def test_no_notes_by_number_are_an_empty_list_or_by_switch_404(firm: Caller) -> None:
    row = next(row for row in firm.rows() if not firm.api.get(f"case/{row['caseID']}/notes").json())
    query = {"CaseNumber": row["caseNumber"]}
    assert firm.api.get("case/notes/byCaseNumber", params=query).json() == []
    firm.fault("notes_404_when_empty")
    assert firm.api.get("case/notes/byCaseNumber", params=query).status_code == 404
