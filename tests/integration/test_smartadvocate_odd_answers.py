"""Answers that the sandbox is too tidy to send."""

import gzip
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest

from adapters.http.client import HttpClient, open_http_client
from adapters.http.limits import Limits
from adapters.smartadvocate.caller import Caller
from adapters.smartadvocate.client import SmartAdvocate
from core.case import SourceCase, UnreadableCase
from core.errors import (
    AnswerLostError,
    CasebridgeError,
    CaseNotFoundError,
    ConfigurationError,
    NeedsPersonError,
    PermissionMissingError,
    RateLimitedError,
    RejectedBySmartAdvocateError,
    TransientError,
    UnreadableAnswerError,
)
from core.firm import Firm
from core.message import NoteDraft, find_by_mark
from core.reason import Reason
from tests.fakes.clock import FakeClock
from tests.fakes.tokens import FakeTokens
from tests.integration.smartadvocate_raw_server import (
    Behaviour,
    Drip,
    Hang,
    Raw,
    RawServer,
    Received,
    Reply,
    free_port,
)
from tests.loopback import bare_tls, loopback

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
PRIVATE = "the settlement offer is forty thousand"
DRAFT = NoteDraft(
    "Case Status Message",
    f"Inbound message<br>From: Ruth Okafor<br><br>{PRIVATE}<br>Reference: CS-0123456789abcdef01234567",
    NOON,
    "CS-0123456789abcdef01234567",
)
ROW = {"caseID": 300417, "caseNumber": "2400017", "modifiedDate": "2024-01-01T00:00:00Z", "plaintiffs": []}


class Odd:
    """A server with one behaviour, and a client for it."""

    def __init__(self, server: RawServer, client: SmartAdvocate) -> None:
        self.server = server
        self.client = client
        self.firm = Firm("north", "North", base_url=server.base_url)

    def insert(self) -> str:
        return self.client.insert_note(self.firm, "300417", DRAFT)

    def by_id(self) -> object:
        return self.client.case_by_id(self.firm, "300417")

    def by_number(self) -> object:
        return self.client.case_by_number(self.firm, "2400017")

    def notes(self) -> object:
        return self.client.notes(self.firm, "300417")

    def search(self) -> object:
        return self.client.search_cases(self.firm, NOON - timedelta(days=30), NOON, 0)


@pytest.fixture(scope="module")
def http() -> Iterator[HttpClient]:
    with open_http_client(loopback(), tls=bare_tls()) as client:
        yield client


@pytest.fixture
def odd(http: HttpClient) -> Iterator[Callable[..., Odd]]:
    """Make a server that answers every request as told."""
    with _servers() as start:

        def make(behaviour: Behaviour | Callable[[Received], Behaviour], limits: Limits | None = None) -> Odd:
            handler = behaviour if callable(behaviour) else lambda _: behaviour
            client = SmartAdvocate(Caller(http, FakeTokens(), FakeClock(), limits=limits or Limits(read=5.0)))
            return Odd(start(handler), client)

        yield make


@contextmanager
def _servers() -> Iterator[Callable[[Callable[[Received], Behaviour]], RawServer]]:
    from contextlib import ExitStack

    with ExitStack() as stack:
        yield lambda handler: stack.enter_context(RawServer(handler))


@pytest.mark.parametrize(
    "more",
    [
        b"\r\n",
        b"and more",
        b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n999999",
        b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 429 Too Many\r\nRetry-After: 600\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
)
def test_what_is_sent_behind_an_answer_is_not_the_answer_to_the_next_request(
    odd: Callable[..., Odd], more: bytes
) -> None:
    def answer(request: Received) -> Behaviour:
        body = json.dumps(ROW if request.verb == "GET" else 777_001).encode()
        return Reply(body=body + more, headers={"Content-Length": str(len(body))})

    bench = odd(answer)
    for _ in range(2):
        assert isinstance(bench.by_id(), SourceCase)
        assert bench.insert() == "777001"
    assert len(bench.server.received) == 4


def test_what_is_sent_is_what_the_api_sheet_describes(odd: Callable[..., Odd]) -> None:
    bench = odd(Reply(body=[]))
    bench.search()
    [request] = bench.server.received
    assert (request.verb, request.target) == ("POST", "/CaseSyncAPI/case/byDatePaged?AddContactInfo=true")
    assert request.headers["authorization"] == "Bearer token-north-1"
    assert request.headers["content-type"] == "application/json"
    assert request.headers["user-agent"].startswith("casebridge/")
    assert "cookie" not in request.headers
    assert request.json == {
        "modifiedFromDateTime": "2026-10-03T12:00:00.000Z",
        "modifiedToDateTime": "2026-11-02T12:00:00.000Z",
        "pageRequest": {
            "currentPage": 0,
            "pageSize": 200,
            "sorts": [
                {"propertyPath": "modifiedDate", "sortDirection": "Ascending"},
                {"propertyPath": "caseID", "sortDirection": "Ascending"},
            ],
        },
    }


def test_a_note_is_sent_as_the_sheets_unverified_body(odd: Callable[..., Odd]) -> None:
    bench = odd(Reply(body={"noteID": 5}))
    assert bench.insert() == "5"
    [request] = bench.server.received
    assert (request.verb, request.target) == ("POST", "/CaseSyncAPI/case/300417/notes")
    assert request.json == {
        "subject": DRAFT.subject,
        "noteText": DRAFT.text,
        "noteDate": "2026-11-02T12:00:00.000Z",
        "priority": "Normal",
        "isSharedinCP": False,
        "isSharedWithAll": False,
    }


def test_lone_surrogates_in_a_note_do_not_stop_it(odd: Callable[..., Odd]) -> None:
    bench = odd(Reply(body={"noteID": 5}))
    draft = NoteDraft("Case Status Message", "hi \ud83d CS-1", NOON, "CS-1")
    assert bench.client.insert_note(bench.firm, "300417", draft) == "5"
    assert bench.server.received[0].json["noteText"] == "hi ? CS-1"


LOST: list[Behaviour] = [
    Reply(200, b""),
    Reply(204, b""),
    Reply(200, "created"),
    Reply(200, {"message": "ok"}),
    Reply(200, "<html>ok</html>"),
    Reply(200, b'{"noteID": 5'),
    Reply(500, "oops"),
    Reply(502, ""),
    Reply(408, ""),
    Reply(303, "", {"Location": "/elsewhere"}),
    Raw(b""),
    Raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"),
    Raw(b"not http at all\r\n\r\n"),
    Raw(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\noops"),
    Hang(),
    Drip(10_000, 0.05),
]


@pytest.mark.parametrize("behaviour", LOST)
def test_a_note_whose_fate_is_unclear_is_lost_and_was_sent_once(
    odd: Callable[..., Odd], behaviour: Behaviour
) -> None:
    bench = odd(behaviour, Limits(read=0.3, connect=0.3, pool=0.3))
    with pytest.raises(AnswerLostError) as caught:
        bench.insert()
    assert len(bench.server.received) == 1
    assert_tells(caught.value)


@pytest.mark.parametrize("behaviour", [b for b in LOST if not isinstance(b, Reply) or b.status >= 400])
def test_the_same_on_a_read_is_transient(odd: Callable[..., Odd], behaviour: Behaviour) -> None:
    bench = odd(behaviour, Limits(read=0.3, connect=0.3, pool=0.3))
    with pytest.raises(TransientError) as caught:
        bench.by_id()
    assert_tells(caught.value)


def assert_tells(error: CasebridgeError) -> None:
    """Firm and case are named; nothing private is."""
    assert "'north'" in str(error)
    assert "300417" in str(error)
    assert PRIVATE not in str(error)
    assert "token-north" not in str(error)
    assert error.__cause__ is None


def test_a_server_that_is_not_there_surely_stored_nothing(http: HttpClient) -> None:
    client = SmartAdvocate(Caller(http, FakeTokens(), FakeClock()))
    firm = Firm("north", "North", base_url=f"http://127.0.0.1:{free_port()}/CaseSyncAPI/")
    with pytest.raises(TransientError, match="nothing was sent") as caught:
        client.insert_note(firm, "300417", DRAFT)
    assert not isinstance(caught.value, AnswerLostError)


@pytest.mark.parametrize("status", [400, 413, 415, 422])
def test_a_refused_note_keeps_the_servers_words_but_never_its_own(
    odd: Callable[..., Odd], status: int
) -> None:
    with pytest.raises(RejectedBySmartAdvocateError, match="noteTypeID is required"):
        odd(Reply(status, {"message": "noteTypeID is required"})).insert()
    for body in (
        PRIVATE,
        {"message": f"bad text: {DRAFT.text}"},
        f"<p>{DRAFT.text}</p>",
        {"detail": PRIVATE[4:25]},
    ):
        with pytest.raises(RejectedBySmartAdvocateError) as caught:
            odd(Reply(status, body)).insert()
        for private in (PRIVATE, "settlement offer", "forty", "Okafor"):
            assert private not in str(caught.value)


def test_what_comes_beyond_an_answer_is_not_the_next_one(odd: Callable[..., Odd]) -> None:
    """A note's answer that comes twice would be the next note's, and every later one be off by one."""

    class Twice(Reply):
        def to_bytes(self) -> bytes:
            return 2 * super().to_bytes()

    answers = iter([Twice(body={"noteID": number}) for number in (1, 2, 3)])
    bench = odd(lambda _: next(answers))
    assert [bench.insert() for _ in range(3)] == ["1", "2", "3"]


def test_a_rate_limit_by_date_counts_from_now(odd: Callable[..., Odd]) -> None:
    bench = odd(Reply(429, "", {"Retry-After": "Mon, 02 Nov 2026 12:00:30 GMT"}))
    with pytest.raises(RateLimitedError) as caught:
        bench.insert()
    assert caught.value.retry_after == timedelta(seconds=30)
    assert len(bench.server.received) == 1


def test_a_redirect_is_not_followed_and_no_token_goes_elsewhere(odd: Callable[..., Odd]) -> None:
    elsewhere = odd(Reply(body=[]))
    bench = odd(Reply(302, "", {"Location": elsewhere.server.base_url + "case/300417"}))
    with pytest.raises(NeedsPersonError, match="redirect"):
        bench.by_id()
    assert elsewhere.server.received == []


def test_cookies_of_one_firm_are_never_sent_for_another(odd: Callable[..., Odd]) -> None:
    bench = odd(Reply(body=ROW, headers={"Set-Cookie": "session=of-north; Path=/"}))
    bench.by_id()
    bench.by_id()
    assert all("cookie" not in request.headers for request in bench.server.received)


@pytest.mark.parametrize("body", ["", "[]", "5", {"message": "?"}, "<html>log in</html>", [ROW, ROW]])
def test_an_answer_that_is_no_case_is_unreadable(odd: Callable[..., Odd], body: str) -> None:
    with pytest.raises(UnreadableAnswerError):
        odd(Reply(body=body)).by_id()


def test_another_case_than_was_asked_for_is_not_taken(odd: Callable[..., Odd]) -> None:
    with pytest.raises(UnreadableAnswerError, match="another case"):
        odd(Reply(body={**ROW, "caseID": 300418})).by_id()
    with pytest.raises(CaseNotFoundError):
        odd(Reply(body=[{**ROW, "caseNumber": "24000170"}])).by_number()


def test_a_single_object_by_number_is_taken_too(odd: Callable[..., Odd]) -> None:
    assert odd(Reply(body=ROW)).by_number() == odd(Reply(body=[ROW])).by_number()


def test_a_number_that_two_cases_have_is_not_guessed_at(odd: Callable[..., Odd]) -> None:
    with pytest.raises(CaseNotFoundError, match="300417, 300418"):
        odd(Reply(body=[ROW, {**ROW, "caseID": 300418}])).by_number()


def test_a_list_that_is_no_list_is_unreadable_and_never_an_empty_list(odd: Callable[..., Odd]) -> None:
    for body in ({"message": "busy"}, "<html>", "5"):
        with pytest.raises(UnreadableAnswerError):
            odd(Reply(body=body)).notes()
        with pytest.raises(UnreadableAnswerError):
            odd(Reply(body=body)).search()


def test_a_row_that_cannot_be_parsed_is_told_by_its_id_and_costs_no_other(odd: Callable[..., Odd]) -> None:
    broken = b'{"caseID":300418,"caseName":"A "v. B","modifiedDate":"2024-02-01T00:00:00Z"}'
    body = (
        b"[" + b",".join([json.dumps(ROW).encode(), broken, json.dumps({**ROW, "caseID": 5}).encode()]) + b"]"
    )
    bench = odd(Reply(body=body))
    first, unreadable, last = bench.client.search_cases(bench.firm, NOON, NOON, 0).rows
    assert [first.integration_id, last.integration_id] == ["300417", "5"]
    assert isinstance(unreadable, UnreadableCase)
    assert unreadable.integration_id == "300418"
    assert unreadable.modified_at == datetime(2024, 2, 1, tzinfo=UTC)
    assert "cannot be parsed" in unreadable.problem
    assert "v. B" not in unreadable.problem


@pytest.mark.parametrize("character", ["\t", "\n", "\x00", "\x01", "\x0b"])
def test_a_raw_control_character_costs_no_row(odd: Callable[..., Odd], character: str) -> None:
    named = json.dumps({**ROW, "caseName": "A@v. B"}).replace("@", character)
    bench = odd(Reply(body=f"[{named},{json.dumps(ROW)}]"))
    rows = bench.client.search_cases(bench.firm, NOON, NOON, 0).rows
    assert [row.name for row in rows if isinstance(row, SourceCase)] == ["A v. B", None]


def test_the_mark_of_a_note_or_document_in_a_broken_row_is_still_found(odd: Callable[..., Odd]) -> None:
    text = f'"he said "no"<br>Reference: {DRAFT.mark}"'
    bench = odd(Reply(body=f'[{{"noteID":5,"noteText":{text}}},{{"noteID":6,"noteText":"x"}}]'))
    notes = bench.client.notes(bench.firm, "300417")
    assert find_by_mark(notes, DRAFT.mark) is not None
    assert [note.note_id for note in notes] == ["5", "6"]
    bench = odd(Reply(body=f'[{{"documentID":5,"description":{text}}},{{"documentID":6,"description":"x"}}]'))
    documents = bench.client.documents(bench.firm, "300417")
    assert [DRAFT.mark in document.description for document in documents] == [True, False]
    assert [document.document_id for document in documents] == ["", "6"]


@pytest.mark.parametrize("body", ["", "\x00\x00", "null", "\ufeff"])
def test_an_empty_list_of_notes_is_believed_of_two_routes_alone(odd: Callable[..., Odd], body: str) -> None:
    def answer(request: Received) -> Reply:
        if "byCaseNumber" in request.target:
            return Reply(body=[{"noteID": 7, "noteText": "there"}])
        return Reply(body=body) if "notes" in request.target else Reply(body=ROW)

    bench = odd(answer)
    assert [note.note_id for note in bench.client.notes(bench.firm, "300417")] == ["7"]


@pytest.mark.parametrize("status", [201, 202, 203, 206])
def test_an_odd_success_without_a_body_is_no_empty_page(odd: Callable[..., Odd], status: int) -> None:
    with pytest.raises(UnreadableAnswerError, match=str(status)):
        odd(Reply(status, b"")).search()


@pytest.mark.parametrize("status", [200, 204])
def test_an_empty_answer_is_an_empty_page(odd: Callable[..., Odd], status: int) -> None:
    bench = odd(Reply(status, b""))
    assert bench.client.search_cases(bench.firm, NOON, NOON, 0).rows == ()


def test_an_answer_in_a_charset_of_one_byte_is_read_as_it_says(odd: Callable[..., Odd]) -> None:
    row = json.dumps({**ROW, "caseName": "Muñoz v. B"}, ensure_ascii=False).encode("latin-1")
    headers = {"Content-Type": "application/json; charset=ISO-8859-1"}
    case = odd(Reply(body=row, headers=headers)).by_id()
    assert isinstance(case, SourceCase)
    assert case.name == "Muñoz v. B"


ODD_NUMBERS = [
    "100%-59",
    "%",
    "24-1%",
    "a/b",
    "a b",
    "a+b&c=d",
    "a#b?c",
    "50% Müller (東京)",
    "_",
    "[a-z]",
    "'; --",
    "<b>",
    "a\\b",
    "..",
    "%25",
]


@pytest.mark.parametrize("number", ODD_NUMBERS)
def test_a_number_of_any_signs_is_asked_for_and_compared_exactly(
    odd: Callable[..., Odd], number: str
) -> None:
    others = [{**ROW, "caseID": n, "caseNumber": f"{number}{n}"} for n in (1, 2)]
    bench = odd(Reply(body=[*others, {**ROW, "caseNumber": number}]))
    case = bench.client.case_by_number(bench.firm, number)
    assert (case.integration_id, case.case_number) == ("300417", number)
    query = bench.server.received[0].target.partition("?")[2]
    assert dict(parse_qsl(query))["Casenumber"] == number
    with pytest.raises(CaseNotFoundError):
        odd(Reply(body=others)).client.case_by_number(bench.firm, number + "x")


@pytest.mark.parametrize("number", ["", " ", "a" * 101, "a\x00b", "a\nb", "\ud83d"])
def test_a_number_that_cannot_be_asked_for_is_not_sent(odd: Callable[..., Odd], number: str) -> None:
    bench = odd(Reply(body=[ROW]))
    with pytest.raises(CaseNotFoundError, match="1 to 100"):
        bench.client.case_by_number(bench.firm, number)
    assert bench.server.received == []


@pytest.mark.parametrize(
    "reply", [Reply(400), Reply(403), Reply(500), Reply(414), Reply(body="<html>"), Reply(404)]
)
def test_a_case_is_whole_by_id_where_its_number_breaks_the_server(
    odd: Callable[..., Odd], reply: Reply
) -> None:
    row = {key: value for key, value in ROW.items() if key != "plaintiffs"} | {"caseNumber": "100%-59"}

    def answer(request: Received) -> Reply:
        return reply if "Casenumber" in request.target else Reply(body=row)

    bench = odd(answer)
    case = bench.client.case_by_id(bench.firm, "300417")
    assert case.complete
    with pytest.raises(CaseNotFoundError):
        bench.client.case_by_number(bench.firm, "100%-59")


@pytest.mark.parametrize("reply", [Reply(500), Reply(503), Reply(403), Reply(body="<html>")])
def test_trouble_that_is_not_the_numbers_is_told_as_what_it_is(odd: Callable[..., Odd], reply: Reply) -> None:
    with pytest.raises((TransientError, PermissionMissingError)):
        odd(reply).by_number()


def test_notes_that_come_by_a_number_taken_for_a_pattern_are_the_cases_own(odd: Callable[..., Odd]) -> None:
    number = "100%-59"
    notes = [
        {"noteID": 1, "noteText": "ours", "caseNumber": number},
        {"noteID": 2, "noteText": "another's", "caseNumber": "1007-59"},
        {"noteID": 3, "noteText": "who knows"},
    ]

    def answer(request: Received) -> Reply:
        if "byCaseNumber" in request.target:
            return Reply(body=notes)
        return Reply() if "notes" in request.target else Reply(body={**ROW, "caseNumber": number})

    bench = odd(answer)
    assert [note.note_id for note in bench.client.notes(bench.firm, "300417")] == ["1", "3"]


def test_rows_that_cannot_be_read_stand_beside_those_that_can(odd: Callable[..., Odd]) -> None:
    bench = odd(Reply(body=[{"caseID": 1}, ROW, "x"]))
    rows = bench.client.search_cases(bench.firm, NOON, NOON, 0).rows
    assert [isinstance(row, UnreadableCase) for row in rows] == [True, False, True]


def test_a_compressed_answer_is_read(odd: Callable[..., Odd]) -> None:
    packed = gzip.compress(b'{"noteID": 5}')
    assert odd(Reply(body=packed, headers={"Content-Encoding": "gzip"})).insert() == "5"


def test_an_answer_without_end_is_given_up(odd: Callable[..., Odd]) -> None:
    bomb = gzip.compress(b" " * 5_000_000)
    bench = odd(Reply(body=bomb, headers={"Content-Encoding": "gzip"}), Limits(answer_bytes=1_000_000))
    with pytest.raises(UnreadableAnswerError, match="1,000,000 bytes"):
        bench.search()
    with pytest.raises(AnswerLostError):
        bench.insert()


def test_a_dripping_answer_ends_within_the_limits(odd: Callable[..., Odd]) -> None:
    bench = odd(Drip(10_000, 0.05), Limits(read=0.3, connect=0.3, pool=0.3))
    with pytest.raises(TransientError):
        bench.notes()


def test_an_address_without_encryption_is_refused_before_anything_is_sent(http: HttpClient) -> None:
    tokens = FakeTokens()
    client = SmartAdvocate(Caller(http, tokens, FakeClock(), allow_http_hosts=()))
    firm = Firm("north", "North", base_url="http://sa.quill.test/CaseSyncAPI/")
    with pytest.raises(ConfigurationError, match="https"):
        client.insert_note(firm, "300417", DRAFT)
    assert tokens.log_ins == {}


def test_a_host_that_is_not_allowed_gets_nothing_and_is_no_lost_answer(http: HttpClient) -> None:
    client = SmartAdvocate(Caller(http, FakeTokens(), FakeClock()))
    for base_url in (
        "http://sa.quill.test/CaseSyncAPI/",
        "https://10.0.0.1/CaseSyncAPI/",
        "https://[::1]/CaseSyncAPI/",
    ):
        with pytest.raises(NeedsPersonError, match="nothing was sent") as caught:
            client.insert_note(Firm("north", "North", base_url=base_url), "300417", DRAFT)
        assert caught.value.reason is Reason.HOST_NOT_ALLOWED
