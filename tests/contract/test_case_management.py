"""What a case management system promises (`core.ports.case_management.CaseManagement`)."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from core.case import SourceCase, UnreadableCase
from core.errors import (
    AnswerLostError,
    CaseNotFoundError,
    ConnectionRejectedError,
    PermissionMissingError,
    RateLimitedError,
    RejectedBySmartAdvocateError,
    TransientError,
)
from core.message import MessageSent, NoteDraft, compose_note, find_by_mark
from core.ports.admission import DEFAULT_PAUSE
from sandbox.options import SandboxOptions
from sandbox.server import SandboxServer
from tests.contract.smartadvocates import CASES, PAGE_SIZE, PAUSE, InMemory, Subject, Trouble, over_http
from tests.fakes.samples import message_data

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
FAR_AHEAD = datetime(2037, 1, 1, tzinfo=UTC)
TICK = timedelta(milliseconds=1)  # as fine as SmartAdvocate tells times


@pytest.fixture(scope="module")
def sandbox_firms() -> Iterator[tuple[SandboxServer, Iterator[int]]]:
    options = SandboxOptions(firms=80, cases=CASES, as_of=datetime(2026, 11, 20, tzinfo=UTC))
    with SandboxServer(options) as server:
        yield server, count(1)


@pytest.fixture(params=["in memory", "over http"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    if request.param == "in memory":
        yield InMemory()
        return
    server, numbers = request.getfixturevalue("sandbox_firms")
    with over_http(server, f"firm{next(numbers)}") as real:
        yield real


def a_draft(message_id: str = "m-1", **changes: object) -> NoteDraft:
    from zoneinfo import ZoneInfo

    return compose_note(MessageSent.from_data(message_data(message_id, **changes)), ZoneInfo("UTC"))


def pages(subject: Subject, since: datetime = LONG_AGO, until: datetime = FAR_AHEAD) -> list[SourceCase]:
    """Read all pages of a quiet server, counting up."""
    rows: list[SourceCase] = []
    for page in range(100):
        found = subject.client.search_cases(subject.firm, since, until, page).rows
        if not found:
            return rows
        assert len(found) <= PAGE_SIZE
        rows += [row for row in found if isinstance(row, SourceCase)]
    raise AssertionError("the pages do not come to an end")


CALLS: dict[str, Callable[[Subject, str, str], object]] = {
    "search_cases": lambda s, _id, _number: s.client.search_cases(s.firm, LONG_AGO, FAR_AHEAD, 0),
    "case_by_id": lambda s, case_id, _number: s.client.case_by_id(s.firm, case_id),
    "case_by_number": lambda s, _id, number: s.client.case_by_number(s.firm, number),
    "notes": lambda s, case_id, _number: s.client.notes(s.firm, case_id),
    "insert_note": lambda s, case_id, _number: s.client.insert_note(s.firm, case_id, a_draft()),
}
each_method = pytest.mark.parametrize("method", list(CALLS))
each_read = pytest.mark.parametrize("method", [name for name in CALLS if name != "insert_note"])


def some_case(subject: Subject) -> tuple[str, str]:
    """Return the id and number of a case."""
    case_id = subject.ids()[3]
    return case_id, subject.client.case_by_id(subject.firm, case_id).case_number


def test_the_pages_of_a_window_hold_every_visible_case_once(subject: Subject) -> None:
    assert sorted(row.integration_id for row in pages(subject)) == sorted(subject.ids())


def test_both_ends_of_a_window_are_inclusive(subject: Subject) -> None:
    times = sorted(row.modified_at for row in pages(subject))
    low, high = times[5], times[20]
    within = [time for time in times if low <= time <= high]
    assert sorted(row.modified_at for row in pages(subject, low, high)) == within
    inside = [time for time in times if low < time < high]
    assert sorted(row.modified_at for row in pages(subject, low + TICK, high - TICK)) == inside


def test_times_are_in_utc(subject: Subject) -> None:
    for row in pages(subject):
        assert row.modified_at.utcoffset() == timedelta()


def test_a_window_without_cases_is_an_empty_page(subject: Subject) -> None:
    assert subject.client.search_cases(subject.firm, LONG_AGO, LONG_AGO, 0).rows == ()


def test_a_page_past_the_end_is_empty(subject: Subject) -> None:
    assert subject.client.search_cases(subject.firm, LONG_AGO, FAR_AHEAD, 50).rows == ()


def test_open_and_closed_cases_come_alike(subject: Subject) -> None:
    case_id = subject.ids()[0]
    subject.close_case(case_id)
    [row] = [row for row in pages(subject) if row.integration_id == case_id]
    assert subject.firm.closed.is_closed(row, datetime.now(UTC))


def test_a_case_that_changes_moves_to_a_later_time(subject: Subject) -> None:
    case_id = subject.ids()[0]
    before = max(row.modified_at for row in pages(subject))
    subject.touch(case_id)
    assert [row.integration_id for row in pages(subject, before + TICK)] == [case_id]


def test_a_row_that_cannot_be_understood_is_told_and_spoils_no_other(subject: Subject) -> None:
    spoiled = subject.spoil()
    rows = [
        row
        for page in range(CASES // PAGE_SIZE + 2)
        for row in subject.client.search_cases(subject.firm, LONG_AGO, FAR_AHEAD, page).rows
    ]
    [told] = [row for row in rows if isinstance(row, UnreadableCase)]
    assert told.integration_id == spoiled
    assert told.problem
    read = {row.integration_id for row in rows if isinstance(row, SourceCase)}
    assert read == set(subject.ids()) - {spoiled}


def test_a_case_is_whole_by_id_and_by_number(subject: Subject) -> None:
    case_id, number = some_case(subject)
    by_id = subject.client.case_by_id(subject.firm, case_id)
    by_number = subject.client.case_by_number(subject.firm, number)
    assert by_id == by_number
    assert by_id.complete
    assert (by_id.integration_id, by_id.case_number) == (case_id, number)


@pytest.mark.parametrize("number", ["24", "%", "2%", "", "no such number"])
def test_only_the_exact_number_finds_a_case(subject: Subject, number: str) -> None:
    with pytest.raises(CaseNotFoundError):
        subject.client.case_by_number(subject.firm, number)


@pytest.mark.parametrize("method", ["case_by_id", "notes", "insert_note"])
@pytest.mark.parametrize("case_id", ["987654321", "../users", "300417/notes", "", "12 3", "abc", "12 OR 1=1"])
def test_an_unknown_case_is_not_found(subject: Subject, method: str, case_id: str) -> None:
    with pytest.raises(CaseNotFoundError, match=subject.firm.firm_id):
        CALLS[method](subject, case_id, "")


@pytest.mark.parametrize("method", ["case_by_id", "case_by_number", "notes", "insert_note"])
def test_a_case_that_the_account_may_not_see_is_not_found(subject: Subject, method: str) -> None:
    case_id, number = some_case(subject)
    subject.hide(case_id)
    with pytest.raises(CaseNotFoundError) as caught:
        CALLS[method](subject, case_id, number)
    assert subject.firm.firm_id in str(caught.value)
    assert case_id not in {row.integration_id for row in pages(subject)}


def test_an_inserted_note_is_among_the_notes_under_the_id_that_was_returned(subject: Subject) -> None:
    case_id, _ = some_case(subject)
    drafts = [a_draft(f"m-{n}", text=f"<b>ünï {n}</b> \U0001f600\n& more") for n in range(3)]
    ids = [subject.client.insert_note(subject.firm, case_id, draft) for draft in drafts]
    assert len(set(ids)) == 3
    notes = subject.client.notes(subject.firm, case_id)
    found = [find_by_mark(notes, draft.mark) for draft in drafts]
    assert [note.note_id if note else None for note in found] == ids
    assert subject.stored(case_id) == [draft.mark for draft in drafts]


def test_a_note_is_on_its_own_case_only(subject: Subject) -> None:
    one, other = subject.ids()[:2]
    subject.client.insert_note(subject.firm, one, a_draft())
    assert find_by_mark(subject.client.notes(subject.firm, other), a_draft().mark) is None


def test_the_same_note_inserted_twice_is_there_twice(subject: Subject) -> None:
    """There is no idempotency key: whoever repeats, doubles."""
    case_id, _ = some_case(subject)
    for _ in range(2):
        subject.client.insert_note(subject.firm, case_id, a_draft())
    assert len(subject.stored(case_id)) == 2


@pytest.mark.parametrize("trouble", [Trouble.LOST_AFTER_STORING, Trouble.EMPTY_AFTER_STORING])
def test_an_insert_whose_answer_is_lost_says_so_and_is_not_repeated(
    subject: Subject, trouble: Trouble
) -> None:
    case_id, _ = some_case(subject)
    subject.trouble("insert_note", trouble)
    with pytest.raises(AnswerLostError):
        subject.client.insert_note(subject.firm, case_id, a_draft())
    assert len(subject.stored(case_id)) == 1
    assert find_by_mark(subject.client.notes(subject.firm, case_id), a_draft().mark) is not None


def test_an_insert_that_meets_a_server_error_is_in_doubt(subject: Subject) -> None:
    case_id, _ = some_case(subject)
    subject.trouble("insert_note", Trouble.UNAVAILABLE)
    with pytest.raises(AnswerLostError):
        subject.client.insert_note(subject.firm, case_id, a_draft())


def test_an_insert_of_refused_content_stores_nothing(subject: Subject) -> None:
    case_id, _ = some_case(subject)
    subject.trouble("insert_note", Trouble.REFUSED_CONTENT)
    with pytest.raises(RejectedBySmartAdvocateError):
        subject.client.insert_note(subject.firm, case_id, a_draft())
    assert subject.stored(case_id) == []


@each_method
def test_a_missing_permission_is_told_and_nothing_is_stored(subject: Subject, method: str) -> None:
    case_id, number = some_case(subject)
    subject.trouble(method, Trouble.FORBIDDEN)
    with pytest.raises(PermissionMissingError):
        CALLS[method](subject, case_id, number)
    assert subject.stored(case_id) == []


@each_method
@pytest.mark.parametrize("named", [True, False])
def test_a_server_that_asks_for_a_pause_is_told_with_its_length_or_the_default(
    subject: Subject, method: str, named: bool
) -> None:
    case_id, number = some_case(subject)
    subject.trouble(method, Trouble.TOO_MANY_REQUESTS if named else Trouble.TOO_MANY_WITHOUT_A_TIME)
    with pytest.raises(RateLimitedError) as caught:
        CALLS[method](subject, case_id, number)
    assert caught.value.retry_after == (PAUSE if named else DEFAULT_PAUSE)
    assert subject.stored(case_id) == []
    CALLS[method](subject, case_id, number)


@each_read
def test_a_busy_server_is_a_transient_error_of_a_read(subject: Subject, method: str) -> None:
    case_id, number = some_case(subject)
    subject.trouble(method, Trouble.UNAVAILABLE)
    with pytest.raises(TransientError) as caught:
        CALLS[method](subject, case_id, number)
    assert not isinstance(caught.value, RateLimitedError)
    CALLS[method](subject, case_id, number)


@each_method
def test_a_refused_log_in_is_told_by_every_method_and_nothing_is_stored(
    subject: Subject, method: str
) -> None:
    case_id, number = some_case(subject)
    subject.reject_log_ins()
    with pytest.raises(ConnectionRejectedError) as caught:
        CALLS[method](subject, case_id, number)
    assert subject.firm.firm_id in str(caught.value)
    assert subject.stored(case_id) == []


def test_errors_hold_nothing_of_the_message(subject: Subject) -> None:
    case_id, _ = some_case(subject)
    draft = a_draft(text="the secret of the matter", sender_name="Ruth Okafor")
    for trouble in (Trouble.LOST_AFTER_STORING, Trouble.REFUSED_CONTENT, Trouble.UNAVAILABLE):
        subject.trouble("insert_note", trouble)
        with pytest.raises((AnswerLostError, RejectedBySmartAdvocateError)) as caught:
            subject.client.insert_note(subject.firm, case_id, draft)
        assert "secret" not in str(caught.value)
        assert "Okafor" not in str(caught.value)


def test_a_note_type_has_the_id_that_the_firm_gave_it(subject: Subject) -> None:
    found = subject.client.note_type(subject.firm, "Plaintiff", case=subject.ids()[0])
    assert found.id == subject.note_type_id("Plaintiff")
    assert "Plaintiff" in found.known


@pytest.mark.parametrize("name", ["plaintiff", "Plaintiff ", "Plain", ""])
def test_a_missing_note_type_comes_with_the_names_that_are_known(subject: Subject, name: str) -> None:
    found = subject.client.note_type(subject.firm, name, case=subject.ids()[0])
    assert found.id is None
    assert {"Plaintiff", "Case", "eMail"} <= set(found.known)


def test_a_rate_limit_on_note_types_is_told(subject: Subject) -> None:
    subject.trouble("note_type", Trouble.TOO_MANY_REQUESTS)
    with pytest.raises(RateLimitedError):
        subject.client.note_type(subject.firm, "Plaintiff", case=subject.ids()[0])


def test_case_statuses_are_names_each_once(subject: Subject) -> None:
    names = list(subject.client.case_statuses(subject.firm))
    assert names
    assert all(names)
    assert len(set(names)) == len(names)
