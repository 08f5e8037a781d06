"""The SmartAdvocate client against the sandbox, over real sockets."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.http.client import HttpClient, open_http_client
from adapters.http.limits import Limits
from adapters.smartadvocate.auth import PasswordLogIn
from adapters.smartadvocate.caller import Caller
from adapters.smartadvocate.client import SmartAdvocate
from core.case import SourceCase
from core.credentials import PasswordCredentials
from core.errors import (
    AnswerLostError,
    CaseNotFoundError,
    ConnectionRejectedError,
    PermissionMissingError,
    RateLimitedError,
)
from core.firm import Firm
from core.message import NoteDraft, find_by_mark
from core.ports.admission import DEFAULT_PAUSE
from core.usecases.keep_tokens import StoredTokens
from sandbox.options import SandboxOptions
from sandbox.server import SandboxServer
from tests.fakes.connections import FakeConnections
from tests.loopback import bare_tls, loopback

LONG_AGO = datetime(2005, 1, 1, tzinfo=UTC)
LATER = datetime(2100, 1, 1, tzinfo=UTC)
CASES = 60


class RealClock:
    """The machine's time."""

    def now(self) -> datetime:
        """Now, in UTC."""
        return datetime.now(UTC)


class Bench:
    """One sandbox, one client, one firm."""

    def __init__(self, sandbox: SandboxServer, http: HttpClient) -> None:
        self.sandbox = sandbox
        self.http = http
        self.connections = FakeConnections(RealClock())
        self.connections.put("north", sandbox.base_url, PasswordCredentials("firm1", "sandbox"))
        self.client = self.new_client()
        self.firm = Firm("north", "North", base_url=sandbox.base_url)

    def new_client(self, limits: Limits | None = None) -> SmartAdvocate:
        tokens = StoredTokens(self.connections, {PasswordCredentials: PasswordLogIn(self.http, RealClock())})
        return SmartAdvocate(Caller(self.http, tokens, RealClock(), limits=limits or Limits()))

    def switch(self, *faults: dict[str, Any]) -> None:
        self.http.put(f"{self.sandbox.url}/_sandbox/faults", json=list(faults)).raise_for_status()

    def report(self) -> dict[str, Any]:
        report: dict[str, Any] = (
            self.http.get(f"{self.sandbox.url}/_sandbox/report").raise_for_status().json()
        )
        return report

    def log_ins(self) -> int:
        return sum(self.report()["requests"].get("log-in", {}).values())

    def truth(self, **query: Any) -> list[dict[str, Any]]:
        found = self.http.get(f"{self.sandbox.url}/_sandbox/cases", params={"limit": 1000, **query})
        rows: list[dict[str, Any]] = found.raise_for_status().json()["cases"]
        return rows

    def change(self, case_id: str, **fields: Any) -> None:
        self.http.post(f"{self.sandbox.url}/_sandbox/cases/{case_id}", json=fields).raise_for_status()

    def all_cases(self, **changes: Any) -> list[SourceCase]:
        firm = Firm("north", "North", base_url=self.sandbox.base_url, page_size=500, **changes)
        rows = self.client.search_cases(firm, LONG_AGO, LATER, 0).rows
        assert all(isinstance(row, SourceCase) for row in rows)
        return [row for row in rows if isinstance(row, SourceCase)]

    def first(self) -> SourceCase:
        return self.all_cases()[0]


@pytest.fixture(scope="module")
def http() -> Iterator[HttpClient]:
    with open_http_client(loopback(), tls=bare_tls()) as client:
        yield client


@pytest.fixture
def bench(http: HttpClient) -> Iterator[Bench]:
    with SandboxServer(SandboxOptions(cases=CASES)) as sandbox:
        yield Bench(sandbox, http)


def a_draft(mark: str = "CS-0123456789abcdef01234567") -> NoteDraft:
    text = f"Inbound message (client to firm)<br>privileged words<br>Reference: {mark}"
    return NoteDraft("Case Status Message", text, datetime(2026, 11, 2, 12, tzinfo=UTC), mark)


def test_the_search_finds_every_visible_case_in_order_of_modification(bench: Bench) -> None:
    cases = bench.all_cases()
    assert sorted(case.integration_id for case in cases) == sorted(
        str(row["caseID"]) for row in bench.truth()
    )
    assert [case.modified_at for case in cases] == sorted(case.modified_at for case in cases)
    assert all(case.complete for case in cases)


def test_pages_count_from_zero_and_the_one_past_the_end_is_empty(bench: Bench) -> None:
    firm = Firm("north", "North", base_url=bench.sandbox.base_url, page_size=CASES // 2)
    pages = [bench.client.search_cases(firm, LONG_AGO, LATER, page).rows for page in range(3)]
    assert [len(rows) for rows in pages] == [CASES // 2, CASES // 2, 0]
    assert list(pages[0] + pages[1]) == bench.all_cases()


def test_both_ends_of_the_window_are_included_even_between_milliseconds(bench: Bench) -> None:
    case = bench.all_cases()[7]
    part = timedelta(microseconds=900)
    for since, until in [
        (case.modified_at, case.modified_at),
        (case.modified_at + part, case.modified_at + part),
    ]:
        ids = [row.integration_id for row in bench.client.search_cases(bench.firm, since, until, 0).rows]
        assert case.integration_id in ids


@pytest.mark.parametrize("style", ["records", "array", "named"])
def test_each_envelope_gives_the_same_cases(bench: Bench, style: str) -> None:
    expected = bench.all_cases()
    bench.switch({"name": "envelope", "style": style})
    assert bench.all_cases() == expected


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Kolkata"])
def test_local_offsets_give_the_same_cases(bench: Bench, zone: str) -> None:
    expected = bench.all_cases()
    bench.switch({"name": "dates", "zone": zone})
    assert bench.all_cases() == expected


def test_a_case_by_id_and_by_number_is_the_case_of_the_search(bench: Bench) -> None:
    for case in bench.all_cases()[::9]:
        assert bench.client.case_by_id(bench.firm, case.integration_id) == case
        assert bench.client.case_by_number(bench.firm, case.case_number) == case


def test_where_contacts_come_by_number_only_a_case_by_id_is_whole_all_the_same(bench: Bench) -> None:
    case = bench.first()
    bench.switch({"name": "contact_info", "when": "never", "purpose": ["case-by-id", "search-cases"]})
    assert bench.client.case_by_id(bench.firm, case.integration_id) == case
    assert not bench.first().complete


def test_summary_rows_say_that_they_are_not_complete(bench: Bench) -> None:
    case = bench.first()
    bench.switch({"name": "summary_rows"})
    summary = bench.first()
    assert not summary.complete
    assert (summary.integration_id, summary.case_number, summary.modified_at) == (
        case.integration_id,
        case.case_number,
        case.modified_at,
    )


def test_a_number_is_not_taken_for_the_beginning_of_another(bench: Bench) -> None:
    number = next(row["caseNumber"] for row in bench.truth() if row["caseNumber"].endswith("-2"))
    assert bench.client.case_by_number(bench.firm, number).case_number == number
    with pytest.raises(CaseNotFoundError):
        bench.client.case_by_number(bench.firm, number[:-1])


@pytest.mark.parametrize("number", ["20%", "%", "2015%25", "2%4"])
def test_a_wildcard_finds_nothing_but_the_case_of_exactly_that_number(bench: Bench, number: str) -> None:
    with pytest.raises(CaseNotFoundError):
        bench.client.case_by_number(bench.firm, number)
    case = bench.first()
    bench.change(case.integration_id, caseNumber=number)
    assert bench.client.case_by_number(bench.firm, number).integration_id == case.integration_id


@pytest.mark.parametrize("number", ["", "  ", "20\n15", "9" * 500])
def test_what_can_be_no_number_never_reaches_the_server(bench: Bench, number: str) -> None:
    with pytest.raises(CaseNotFoundError, match="1 to 100"):
        bench.client.case_by_number(bench.firm, number)
    assert "case-by-number" not in bench.report()["requests"]


@pytest.mark.parametrize(
    "number", ["A&AddContactInfo=false", "a b+c", "x/../y", "{case_number}", "Ünï", "#1?", "100%-59"]
)
def test_any_other_text_is_asked_for_as_it_is(bench: Bench, number: str) -> None:
    case = bench.first()
    bench.change(case.integration_id, caseNumber=number)
    assert bench.client.case_by_number(bench.firm, number).integration_id == case.integration_id


def test_an_inserted_note_is_listed_with_its_id_and_mark(bench: Bench) -> None:
    case = bench.first()
    before = len(bench.client.notes(bench.firm, case.integration_id))
    note_id = bench.client.insert_note(bench.firm, case.integration_id, a_draft())
    notes = bench.client.notes(bench.firm, case.integration_id)
    found = find_by_mark(notes, a_draft().mark)
    assert found is not None
    assert found.note_id == note_id
    assert len(notes) == before + 1
    [written] = bench.report()["notes"]["firm1"][case.integration_id]
    assert written["subject"] == "Case Status Message"


@pytest.mark.parametrize(
    "fault",
    [
        {"name": "note_answer", "shape": "empty"},
        {"name": "empty_200", "purpose": "insert-note"},
        {"name": "store_then_reset", "purpose": "insert-note"},
        {"name": "store_then_hang", "purpose": "insert-note"},
    ],
)
def test_a_note_that_was_stored_without_answer_is_lost_not_failed_and_can_be_found(
    bench: Bench, fault: dict[str, Any]
) -> None:
    case = bench.first()
    bench.switch(fault)
    client = bench.new_client(Limits(read=0.5))
    with pytest.raises(AnswerLostError) as caught:
        client.insert_note(bench.firm, case.integration_id, a_draft())
    assert case.integration_id in str(caught.value)
    bench.switch()
    assert find_by_mark(bench.client.notes(bench.firm, case.integration_id), a_draft().mark) is not None
    assert bench.report()["notes_written"] == 1


@pytest.mark.parametrize("fault", [{"name": "server_error", "status": 500}, {"name": "reset"}])
def test_a_broken_insert_is_sent_once_and_may_have_been_stored(bench: Bench, fault: dict[str, Any]) -> None:
    case = bench.first()
    bench.switch({**fault, "purpose": "insert-note"})
    with pytest.raises(AnswerLostError):
        bench.client.insert_note(bench.firm, case.integration_id, a_draft())
    assert sum(bench.report()["requests"]["insert-note"].values()) == 1


def test_retry_after_is_handed_on_and_a_limited_note_was_not_stored(bench: Bench) -> None:
    case = bench.first()
    bench.switch({"name": "too_many_requests", "retry_after": 17})
    with pytest.raises(RateLimitedError) as caught:
        bench.client.insert_note(bench.firm, case.integration_id, a_draft())
    assert caught.value.retry_after == timedelta(seconds=17)
    bench.switch({"name": "too_many_requests"})
    with pytest.raises(RateLimitedError) as caught:
        bench.client.search_cases(bench.firm, LONG_AGO, LATER, 0)
    assert caught.value.retry_after == DEFAULT_PAUSE
    assert bench.report()["notes_written"] == 0


def test_tokens_that_expire_mid_run_are_renewed_once_and_nothing_is_noticed(bench: Bench) -> None:
    case = bench.first()
    bench.http.post(f"{bench.sandbox.url}/_sandbox/tokens/expire").raise_for_status()
    bench.client.insert_note(bench.firm, case.integration_id, a_draft())
    assert bench.log_ins() == 2
    assert bench.report()["notes_written"] == 1


def test_threads_that_meet_an_expired_token_together_share_one_log_in(bench: Bench) -> None:
    case = bench.first()
    bench.http.post(f"{bench.sandbox.url}/_sandbox/tokens/expire").raise_for_status()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: bench.client.notes(bench.firm, case.integration_id), range(24)))
    assert bench.log_ins() == 2


def test_a_token_refused_twice_means_reconnect(bench: Bench) -> None:
    case = bench.first()
    bench.switch({"name": "unauthorized", "purpose": "insert-note"})
    with pytest.raises(ConnectionRejectedError, match="north"):
        bench.client.insert_note(bench.firm, case.integration_id, a_draft())
    assert bench.report()["requests"]["insert-note"] == {"401": 2}


def test_a_missing_permission_costs_one_log_in_and_not_one_for_every_note(bench: Bench) -> None:
    case = bench.first()
    bench.switch({"name": "forbidden"})
    for _ in range(3):
        with pytest.raises(PermissionMissingError, match="403"):
            bench.client.insert_note(bench.firm, case.integration_id, a_draft())
    assert bench.log_ins() == 2


def test_a_403_that_a_fresh_log_in_cures_goes_unnoticed(bench: Bench) -> None:
    case = bench.first()
    bench.switch({"name": "forbidden", "times": 1})
    bench.client.insert_note(bench.firm, case.integration_id, a_draft())
    assert bench.report()["notes_written"] == 1


@pytest.mark.parametrize("shape", ["message", "problem", "plain", "html", "empty"])
def test_each_shape_of_error_body_is_understood(bench: Bench, shape: str) -> None:
    bench.switch({"name": "error_body", "shape": shape})
    with pytest.raises(CaseNotFoundError) as caught:
        bench.client.case_by_id(bench.firm, "999999")
    assert ("was not found" in str(caught.value)) == (shape != "empty")
    assert "<" not in str(caught.value)


def test_an_empty_200_is_an_empty_list(bench: Bench) -> None:
    bench.switch({"name": "empty_200", "purpose": "search-cases"})
    assert bench.client.search_cases(bench.firm, LONG_AGO, LATER, 0).rows == ()


def test_an_empty_list_of_notes_is_believed_only_when_the_route_by_number_agrees(bench: Bench) -> None:
    case = bench.first()
    note_id = bench.client.insert_note(bench.firm, case.integration_id, a_draft())
    bench.switch({"name": "empty_200", "purpose": "list-notes"})
    found = find_by_mark(bench.client.notes(bench.firm, case.integration_id), a_draft().mark)
    assert found is not None
    assert found.note_id == note_id


def test_a_case_without_notes_has_an_empty_list_also_where_the_server_says_404(bench: Bench) -> None:
    bare = next(case for case in bench.all_cases() if not bench.client.notes(bench.firm, case.integration_id))
    for fault in ({"name": "empty_200", "purpose": "list-notes"}, {"name": "latency", "ms": 0}):
        bench.switch(fault, {"name": "notes_404_when_empty"})
        assert bench.client.notes(bench.firm, bare.integration_id) == []
    with pytest.raises(CaseNotFoundError):
        bench.client.notes(bench.firm, "999999")


def test_a_route_corrected_in_the_profile_is_the_one_that_is_called(bench: Bench) -> None:
    firm = Firm(
        "north",
        "North",
        base_url=bench.sandbox.base_url,
        profile={"routes": {"search_cases": "case/nowhere"}},
    )
    with pytest.raises(Exception, match="search_cases") as caught:
        bench.client.search_cases(firm, LONG_AGO, LATER, 0)
    assert getattr(caught.value, "reason", "") == "route_unknown"


def test_a_raw_row_that_is_no_utf_8_does_not_stop_the_page(bench: Bench) -> None:
    row = b'{"caseID":300999,"caseNumber":"X-1","caseName":"Mu\xf1oz","modifiedDate":"2024-01-01T00:00:00Z"}'
    url = f"{bench.sandbox.url}/_sandbox/cases/300999?modified=2024-01-01T00:00:00Z"
    bench.http.put(url, content=row).raise_for_status()
    cases = bench.all_cases()
    assert len(cases) == CASES + 1
    assert [case.name for case in cases if case.integration_id == "300999"] == ["Mu\ufffdoz"]
