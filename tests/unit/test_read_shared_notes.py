"""Two-way messages: a shared note becomes a message once, and nothing ever echoes."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.actor import SYSTEM
from core.announcement import AnnouncementKind
from core.credentials import PasswordCredentials
from core.errors import CaseNotFoundError, RateLimitedError, TransientError, UnreadableAnswerError
from core.message import NOTE_SUBJECT, Note, reference_mark
from tests.fakes.faults import Before
from tests.fakes.samples import a_firm, a_source_case
from tests.fakes.service import FakeService

CASE = "300417"
MINUTE = timedelta(minutes=1)


class Office:
    """A firm with two-way messages on, and its staff writing notes."""

    def __init__(self, *cases: str, **settings: Any) -> None:
        self.service = FakeService()
        self.service.smartadvocate.note_types = {"Plaintiff": "52", "Case": "51"}
        self.firm = self.service.with_firm(a_firm(**{"two_way": True, **settings}), *(cases or (CASE,)))

    def write(self, note_id: str, text: str = "Please call", *, case: str = CASE, **changes: Any) -> Note:
        note = Note(
            note_id, text, type_name="Plaintiff", is_shared=True, author="Okafor, Ruth", author_id="388",
            written_at=self.service.clock.now(),
        )  # fmt: skip
        note = replace(note, **changes)
        self.service.smartadvocate.write_note("north", case, note)
        return note

    def tick(self, times: int = 1) -> None:
        for _ in range(times):
            self.service.two_minutes_later()

    def said(self) -> list[dict[str, Any]]:
        self.service.announced()
        rows = [row for row in self.service.published if row.kind == AnnouncementKind.MESSAGE_WRITTEN]
        return [json.loads(row.body)["data"] for row in rows]

    def notes_said(self) -> list[str]:
        return [data["note_id"] for data in self.said()]


def begun(*cases: str, **settings: Any) -> Office:
    office = Office(*cases, **settings)
    office.tick()
    return office


def test_a_shared_note_becomes_a_message_once_with_its_author_and_without_html() -> None:
    office = begun()
    office.write("7", "Please call&nbsp;me <strong>today</strong>")
    at = office.service.clock.now()
    office.tick(3)
    [data] = office.said()
    assert data == {
        "firm_id": "north",
        "case_integration_id": CASE,
        "note_id": "7",
        "author_name": "Okafor, Ruth",
        "author_id": "388",
        "text": "Please call me today",
        "is_cut": False,
        "written_at": at.isoformat(),
    }


def test_it_is_off_until_a_firm_switches_it_on() -> None:
    office = begun(two_way=False)
    office.write("7")
    office.tick(3)
    assert office.said() == []
    assert office.service.smartadvocate.calls["notes"] == 0


@pytest.mark.parametrize("changes", [{"is_shared": False}, {"type_name": "Case"}, {"type_name": "plaintiff"}])
def test_other_notes_are_not_messages(changes: dict[str, Any]) -> None:
    office = begun()
    office.write("7", **changes)
    office.tick(2)
    assert office.said() == []


def test_the_type_of_shared_notes_is_the_firms_to_name() -> None:
    office = begun(shared_note_type="To client")
    office.write("7")
    office.write("8", type_name="To client")
    office.tick()
    assert office.notes_said() == ["8"]


def test_a_type_that_is_not_there_is_an_issue_until_it_is() -> None:
    office = begun(shared_note_type="To client")
    [issue] = office.service.store.tables.issues.values()
    assert (issue.kind, issue.key) == ("note_type_unknown", "shared_note_type")
    office.service.smartadvocate.note_types["To client"] = "60"
    office.tick()
    assert office.service.store.tables.issues == {}


def test_notes_from_before_it_was_switched_on_are_never_sent() -> None:
    office = Office(two_way=False)
    office.write("1")
    office.tick()
    office.service.add_firm(SYSTEM, replace(office.firm, two_way=True))
    office.tick(3)
    office.write("1", "changed since")
    office.tick()
    assert office.said() == []
    office.write("2")
    office.tick()
    assert office.notes_said() == ["2"]


def test_a_note_written_between_switching_on_and_the_first_look_at_its_case_is_sent() -> None:
    office = Office()
    office.service.smartadvocate.faults.add("notes", Before(UnreadableAnswerError("nonsense")))
    office.tick()  # the firm has begun, the case could not be read
    office.write("1", written_at=office.service.clock.now() - timedelta(days=30))
    office.service.clock.advance(timedelta(seconds=1))
    office.write("2")
    office.tick()
    assert office.notes_said() == ["2"]


def test_a_case_imported_later_starts_from_its_import() -> None:
    office = begun()
    office.write("1", case="300999")
    office.service.smartadvocate.put_case("north", a_source_case("300999"))
    office.service.start_sync(SYSTEM, office.firm)
    office.service.work()
    office.tick()
    assert office.said() == []
    office.write("2", case="300999")
    office.tick()
    assert office.notes_said() == ["2"]


def test_a_note_that_is_shared_later_counts_when_it_is_first_seen_shared() -> None:
    office = begun()
    note = office.write("7", is_shared=False)
    office.tick(2)
    assert office.said() == []
    office.write("7", is_shared=True, written_at=note.written_at)
    office.tick(2)
    assert office.notes_said() == ["7"]


@pytest.mark.parametrize(
    "later",
    [
        lambda office: office.write("7", "other words"),
        lambda office: office.service.smartadvocate.delete_note("north", CASE, "7"),
        lambda office: (office.write("7", is_shared=False), office.tick(), office.write("7", "again")),
        lambda office: (
            office.service.smartadvocate.delete_note("north", CASE, "7"), office.tick(), office.write("7")
        ),
    ],
    ids=["edited", "deleted", "unshared and shared again", "deleted and restored"],
)  # fmt: skip
def test_what_happens_to_a_note_later_repeats_nothing(later: Callable[[Office], object]) -> None:
    office = begun()
    office.write("7")
    office.tick()
    later(office)
    office.tick(3)
    assert office.notes_said() == ["7"]


def test_our_own_note_is_no_message_even_if_staff_share_it_under_the_clients_type() -> None:
    office = begun()
    office.service.send("m-1")
    office.service.work()
    [ours] = office.service.smartadvocate.notes(office.firm, CASE)
    shared = replace(ours, is_shared=True, type_name="Plaintiff")
    office.service.smartadvocate.write_note("north", CASE, shared)
    office.tick(2)
    assert office.said() == []
    # Recognised by its id alone, whatever staff made of subject and text.
    office.service.smartadvocate.write_note("north", CASE, replace(shared, subject="", text="changed"))
    office.tick(2)
    assert office.said() == []


def test_our_own_note_is_recognised_by_subject_and_mark_before_its_id_is_stored() -> None:
    office = begun()
    mark = "Reference: CS-" + "0a" * 12
    office.write("7", f"Inbound…<br>{mark}", subject=NOTE_SUBJECT)
    office.write("8", "no mark", subject=NOTE_SUBJECT)
    office.write("9", f"Re: your note {mark}")
    office.tick()
    assert office.notes_said() == ["8", "9"]


def test_a_note_by_the_service_account_is_a_message_like_any_other() -> None:
    office = begun()
    office.write("7", author="Service, Sync")
    office.tick()
    assert office.notes_said() == ["7"]


def test_a_note_without_text_waits_for_some() -> None:
    office = begun()
    office.write("7", "<p> </p>")
    office.tick(2)
    assert office.said() == []
    office.write("7", "<p>Now</p>")
    office.tick()
    assert [data["text"] for data in office.said()] == ["Now"]


def test_long_text_is_cut_between_characters_and_says_so() -> None:
    office = begun()
    office.write("7", "é" * 40_000)
    office.tick()
    [data] = office.said()
    assert data["is_cut"]
    assert data["text"] == "é" * 32_768


def test_several_notes_come_in_the_order_they_were_written() -> None:
    office = begun()
    now = office.service.clock.now()
    for note_id, minutes in (("a", 3), ("b", 1), ("c", 2)):
        office.write(note_id, written_at=now + minutes * MINUTE)
    office.tick()
    assert office.notes_said() == ["b", "c", "a"]


def test_closed_cases_are_not_read_and_start_anew_when_they_are_reopened() -> None:
    office = begun()
    office.service.smartadvocate.change_case("north", CASE, closed_at=office.service.clock.now())
    office.service.start_sync(SYSTEM, office.firm)
    office.service.work()
    office.tick()
    office.write("7")
    asked = office.service.smartadvocate.calls["notes"]
    office.tick(3)
    assert office.service.smartadvocate.calls["notes"] == asked
    office.service.smartadvocate.change_case("north", CASE, closed_at=None)
    office.service.start_sync(SYSTEM, office.firm)
    office.service.work()
    office.tick(2)
    assert office.said() == []
    office.write("8")
    office.tick()
    assert office.notes_said() == ["8"]


def test_switched_off_and_on_again_it_starts_from_now() -> None:
    office = begun()
    office.service.add_firm(SYSTEM, replace(office.firm, two_way=False))
    office.tick()
    office.write("7")
    office.tick()
    office.service.add_firm(SYSTEM, office.firm)
    office.tick(3)
    assert office.said() == []
    office.write("8")
    office.tick()
    assert office.notes_said() == ["8"]


def test_while_a_firm_is_disconnected_nothing_is_read_and_afterwards_nothing_is_missing() -> None:
    office = begun()
    office.service.smartadvocate.rejected.add("north")
    office.tick()
    assert "connection-lost" in office.service.announced()
    office.write("7")
    asked = office.service.smartadvocate.calls["notes"]
    office.tick(3)
    assert office.service.smartadvocate.calls["notes"] == asked
    office.service.smartadvocate.rejected.clear()
    office.service.connect(SYSTEM, office.firm, PasswordCredentials("user", "secret"))
    office.tick()
    assert office.notes_said() == ["7"]


def test_a_rate_limit_pauses_the_firm_and_loses_nothing() -> None:
    office = begun()
    office.write("7")
    office.service.smartadvocate.faults.add(
        "notes", Before(RateLimitedError("slow down", retry_after=3 * MINUTE))
    )
    office.tick()
    assert office.service.store.tables.firms["north"].paused_until is not None
    office.tick(2)
    assert office.notes_said() == ["7"]


def test_one_case_that_cannot_be_read_holds_up_no_other() -> None:
    office = begun("300417", "300418", "300419")
    office.service.smartadvocate.hidden.add(("north", "300417"))
    office.service.smartadvocate.faults.add("notes", Before(CaseNotFoundError("gone")))
    for case in ("300418", "300419"):
        office.write(f"n-{case}", case=case)
    office.tick(2)
    assert sorted(office.notes_said()) == ["n-300418", "n-300419"]


def test_a_server_in_trouble_is_an_issue_until_it_is_well_again() -> None:
    office = begun("300417", "300418", "300419")
    for _ in range(3):
        office.service.smartadvocate.faults.add("notes", Before(TransientError("busy")))
    office.tick()
    assert [key[1] for key in office.service.store.tables.issues] == ["shared_notes_unread"]
    office.tick()
    assert office.service.store.tables.issues == {}


def test_without_the_search_every_open_case_still_has_its_turn() -> None:
    cases = [str(300_000 + n) for n in range(250)]
    office = begun(*cases)
    office.service.clock.advance(MINUTE)
    office.service.smartadvocate.faults.add("search_cases", Before(UnreadableAnswerError("no such route")))
    office.write("7", case=cases[-1])
    office.tick(3)
    assert office.notes_said() == ["7"]


def test_an_active_case_is_read_at_every_tick_and_another_in_its_turn() -> None:
    cases = [str(300_000 + n) for n in range(450)]
    office = begun(*cases)
    office.tick(3)  # every case has been read once
    office.service.send("m-1", case_integration_id=cases[225])
    office.service.work()
    for n in range(4):
        office.write(f"n-{n}", case=cases[225])
        office.tick()
        assert office.notes_said()[-1] == f"n-{n}"


def test_a_case_that_smartadvocate_has_changed_goes_first() -> None:
    cases = [str(300_000 + n) for n in range(450)]
    office = begun(*cases)
    office.tick(3)
    for case in (cases[200], cases[350]):
        office.write(f"n-{case}", case=case)
        office.service.smartadvocate.change_case("north", case)
        office.tick()
        assert office.notes_said()[-1] == f"n-{case}"


def test_what_was_announced_but_not_committed_is_announced_once() -> None:
    office = begun()
    office.write("7")
    calls = 0

    def crash(method: str) -> None:
        nonlocal calls
        if method == "notes":
            calls += 1
            if calls == 1:
                office.service.store.failures.append(TransientError("the database went away"))

    office.service.smartadvocate.during = crash
    with pytest.raises(TransientError):
        office.tick()
    assert office.said() == []
    office.service.later(5 * MINUTE)
    office.tick()
    assert office.notes_said() == ["7"]


# --- notes that cannot be read ---


@pytest.mark.parametrize(
    "changes", [{"problem": "it is broken"}, {"problem": "x", "type_name": "", "written_at": None}]
)
def test_a_note_that_cannot_be_read_is_one_issue_until_it_can(changes: dict[str, Any]) -> None:
    office = begun()
    note = office.write("7", "Please call", **changes)
    office.write("8", "Good news")
    office.tick(3)
    assert office.notes_said() == ["8"]
    [issue] = office.service.store.tables.issues.values()
    assert (issue.kind, issue.key) == ("shared_note_unreadable", CASE)
    assert "note 7 " in issue.message
    assert "call" not in issue.message
    office.service.smartadvocate.write_note("north", CASE, replace(note, problem=None, type_name="Plaintiff"))
    office.tick()
    assert office.notes_said() == ["8", "7"]
    assert office.service.store.tables.issues == {}


def test_notes_without_an_id_are_one_issue_and_never_a_message() -> None:
    office = begun()
    office.service.clock.advance(MINUTE)
    office.write("")
    office.write("8", "Good news")
    office.tick(12)
    assert office.notes_said() == ["8"]
    [issue] = office.service.store.tables.issues.values()
    assert f"case {CASE}: note without an id " in issue.message
    office.service.smartadvocate.delete_note("north", CASE, "")
    office.service.clock.advance(timedelta(hours=1))
    office.tick()
    assert office.service.store.tables.issues == {}


@pytest.mark.parametrize(
    "changes",
    [{"is_shared": False}, {"type_name": "Case"}, {"note_id": "", "is_shared": False}],
)
def test_what_was_never_meant_for_the_client_may_be_unreadable(changes: dict[str, Any]) -> None:
    office = begun()
    office.write(**{"note_id": "7", "problem": "the row cannot be parsed"} | changes)
    office.tick(3)
    assert office.service.store.tables.issues == {}


def test_a_note_of_ours_that_cannot_be_read_is_nobodys_trouble() -> None:
    office = begun()
    text = f"Hi<br>Reference: {reference_mark('north', 'm-1')}"
    office.write("", text, subject=NOTE_SUBJECT, type_name="", written_at=None, problem="it is broken")
    office.tick(3)
    assert office.service.store.tables.issues == {}


def test_notes_from_before_and_those_that_were_sent_may_become_unreadable() -> None:
    office = Office()
    old = [office.write(note_id) for note_id in ("5", "")]
    office.service.clock.advance(MINUTE)
    office.tick()
    sent = office.write("7")
    office.tick()
    assert office.notes_said() == ["7"]
    for note in (*old, sent):
        office.service.smartadvocate.write_note("north", CASE, replace(note, problem="it is broken"))
    office.tick(3)
    assert office.notes_said() == ["7"]
    assert office.service.store.tables.issues == {}


def test_a_worker_that_stops_leaves_its_search_for_changed_cases_too() -> None:
    office = begun(CASE, "300418", page_size=1)
    for case_id in (CASE, "300418"):
        office.service.smartadvocate.change_case("north", case_id, status="changed")
    office.service.smartadvocate.calls.clear()
    office.service.stopping = True
    office.tick()
    assert office.service.smartadvocate.calls["search_cases"] == 1
