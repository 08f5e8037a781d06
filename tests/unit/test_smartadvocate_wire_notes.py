"""Notes in and out."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.smartadvocate.profile import read_profile
from adapters.smartadvocate.wire import load_list
from adapters.smartadvocate.wire_notes import inserted_id, read_notes, write_note
from core.message import Note, NoteDraft, find_by_mark
from core.shared_note import problem_of

PROFILE = read_profile("north", {})
DRAFT = NoteDraft(
    "Case Status Message", "Hi<br>Reference: CS-1", datetime(2026, 1, 2, 3, 4, 5, 678000, UTC), "CS-1"
)


def test_a_note_is_sent_unshared_and_with_its_time_in_utc() -> None:
    assert write_note(DRAFT) == {
        "subject": "Case Status Message",
        "noteText": "Hi<br>Reference: CS-1",
        "noteDate": "2026-01-02T03:04:05.678Z",
        "priority": "Normal",
        "isSharedinCP": False,
        "isSharedWithAll": False,
    }


def test_a_note_type_is_sent_where_the_draft_has_one() -> None:
    assert write_note(replace(DRAFT, type_id="57"))["noteTypeID"] == 57


def test_a_row_is_read_with_type_author_and_time() -> None:
    row = {
        "noteID": 2100456, "noteTypeID": 57, "noteTypeName": "Plaintiff", "noteText": "Please call&nbsp;me",
        "uniqueContactName": "Okafor, Ruth", "userID": 388, "noteDate": "2024-05-16T17:44:00Z",
        "createdDate": "2024-05-16T10:44:31.2-07:00", "subject": "", "isSharedinCP": True,
    }  # fmt: skip
    [note] = read_notes([row], PROFILE)
    assert note == Note(
        "2100456",
        "Please call&nbsp;me",
        type_id="57",
        type_name="Plaintiff",
        is_shared=True,
        author="Okafor, Ruth",
        author_id="388",
        written_at=datetime(2024, 5, 16, 17, 44, 31, 200000, UTC),
    )


@pytest.mark.parametrize("said", [None, False, 0, "false", " False ", "", "0", "N"])
def test_what_says_no_is_no_shared_note(said: Any) -> None:
    [note] = read_notes([{"noteID": 1, "noteText": "x", "isSharedinCP": said}], PROFILE)
    assert (note.is_shared, note.problem, note.written_at) == (False, None, None)


@pytest.mark.parametrize("said", ["true", 1, "yes", "maybe", 2, 0.5, [], {}, "x" * 5000])
def test_a_tick_that_is_neither_true_nor_false_is_told_of_and_never_believed(said: Any) -> None:
    [note] = read_notes([{"noteID": 1, "noteText": "x", "isSharedinCP": said}], PROFILE)
    assert (note.is_shared, note.problem) == (True, "isSharedinCP is neither true nor false")
    assert problem_of(note) is not None


@pytest.mark.parametrize(
    "answer", [{"noteID": 21, "subject": ""}, {"noteId": "21"}, 21, "21", [{"noteID": 21}]]
)
def test_every_answer_that_holds_an_id_is_understood(answer: Any) -> None:
    assert inserted_id(answer) == "21"


@pytest.mark.parametrize("answer", [None, {}, {"noteID": None}, {"noteID": 0}, 0, True, "done", [], [1, 2]])
def test_an_answer_without_an_id_is_none(answer: Any) -> None:
    assert inserted_id(answer) is None


def test_a_mark_is_found_in_html_and_in_plain_text() -> None:
    rows = [
        {"noteID": 1, "noteText": "Please call&nbsp;me <strong>today</strong>"},
        {"noteID": 2, "noteText": "<p>Hi</p><p>Reference: CS-1</p>"},
    ]
    found = find_by_mark(read_notes(rows, PROFILE), "CS-1")
    assert found is not None
    assert found.note_id == "2"


def test_a_note_without_id_still_counts_as_there() -> None:
    assert find_by_mark(read_notes([{"noteText": "CS-1"}, None, {"noteID": 4}], PROFILE), "CS-1") is not None


@pytest.mark.parametrize(
    ("content", "text", "readable"),
    [
        ("", "", True),
        (12345, "12345", True),
        (4.0, "4", True),
        (True, "", False),
        (1.5, "", False),
        ({"html": "<p>x</p>"}, "", False),
        (["x"], "", False),
        ([], "", False),
    ],
)
def test_a_text_that_is_none_is_said_to_be(content: Any, text: str, readable: bool) -> None:
    [note] = read_notes([{"noteID": 1, "noteText": content, "isSharedinCP": True}], PROFILE)
    assert note.text == text
    assert (note.problem is None) == readable


@pytest.mark.parametrize(
    ("row", "known", "shared", "kind"),
    [
        ('"noteID":7,"noteText":"<a href="x">","isSharedinCP":true,"noteTypeName":"Case"', "7", True, "Case"),
        ('"noteID":7,"isSharedinCP":false,"noteText":"a "b" c"', "7", False, ""),
        ('"NoteId": "7", "ISSHAREDINCP": null, "noteText": "\\u12"', "7", False, ""),
        ('"noteID": 7, "isSharedinCP": "true", "noteText": "\\x"', "7", True, ""),
        ('"noteID": 7, "noteText": tru', "7", True, ""),
        ('"noteID": 7.5, "isSharedinCP": true, "noteText": "\\x"', "", True, ""),
        ('"noteText": "\\x", "isSharedinCP":true', "", True, ""),
    ],
)  # fmt: skip
def test_of_a_row_that_cannot_be_parsed_is_told_what_can_be(
    row: str, known: str, shared: bool, kind: str
) -> None:
    answer = f'[{{"noteID": 6, "noteText": "a"}}, {{{row}, "createdDate": "2026-01-02T03:04:05Z"}}]'
    good, broken = read_notes(load_list(answer.encode()), PROFILE)
    assert (good.note_id, good.problem) == ("6", None)
    assert (broken.note_id, broken.is_shared, broken.type_name) == (known, shared, kind)
    assert broken.written_at == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert broken.problem is not None
    assert "href" not in broken.problem
