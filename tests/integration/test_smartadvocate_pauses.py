"""A 429 holds back the whole firm, whichever call met it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from adapters.http.client import HttpClient, open_http_client
from adapters.smartadvocate.auth import PasswordLogIn
from adapters.smartadvocate.caller import Caller
from adapters.smartadvocate.client import SmartAdvocate
from core.credentials import PasswordCredentials
from core.document import DocumentDraft
from core.errors import RateLimitedError, TransientError
from core.firm import Firm
from core.message import NoteDraft
from core.pause import DEFAULT_PAUSE, LONGEST_PAUSE, granted
from core.ports.admission import Admission
from core.usecases.keep_tokens import StoredTokens
from tests.fakes.clock import FakeClock
from tests.fakes.connections import FakeConnections
from tests.integration.smartadvocate_raw_server import LOG_IN_PATH, RawServer, Received, Reply
from tests.loopback import bare_tls, loopback

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
NOTE = NoteDraft("Case Status Message", "hello", NOON, "CS-1")
DOCUMENT = DocumentDraft("a.pdf", "application/pdf", "a letter CS-2", NOON, 2, "CS-2")


@contextmanager
def two_bytes() -> Iterator[Iterator[bytes]]:
    yield iter([b"ok"])


CALLS: dict[str, Callable[[SmartAdvocate, Firm], object]] = {
    "search": lambda client, firm: client.search_cases(firm, NOON - timedelta(days=30), NOON, 0),
    "case": lambda client, firm: client.case_by_id(firm, "300417"),
    "number": lambda client, firm: client.case_by_number(firm, "2400017"),
    "notes": lambda client, firm: client.notes(firm, "300417"),
    "insert": lambda client, firm: client.insert_note(firm, "300417", NOTE),
    "upload": lambda client, firm: client.upload_document(firm, "300417", DOCUMENT, two_bytes),
    "note type": lambda client, firm: client.note_type(firm, "Case", case="300417"),
    "category": lambda client, firm: client.document_category(firm, "Case Status"),
    "statuses": lambda client, firm: client.case_statuses(firm),
}


class Held(Admission):
    """Writes down who was held back; `out_of_reach` stands for a store that is."""

    def __init__(self) -> None:
        self.pauses: list[tuple[str, timedelta]] = []
        self.out_of_reach = False

    def wait(self, firm: Firm, *, not_after: datetime | None = None) -> None: ...

    def hold(self, firm_id: str, pause: timedelta | None, call: str = "") -> timedelta:
        self.pauses.append((firm_id, granted(pause, LONGEST_PAUSE)))
        if self.out_of_reach:
            raise TransientError("the store is out of reach")
        return granted(pause, LONGEST_PAUSE)

    def shorten(self, firm_id: str, asked: timedelta, call: str) -> timedelta:
        return min(asked, LONGEST_PAUSE)

    def spoke(self, firm_id: str) -> None: ...


class Bench:
    """A server that answers `busy` to one kind of request, and a firm that logs in there."""

    def __init__(self, http: HttpClient) -> None:
        self.server = RawServer(self._answer)
        self.held = Held()
        self.busy_at_log_in = False
        self.expired = False
        self.busy = Reply(429)
        connections = FakeConnections(FakeClock())
        connections.put("north", self.server.base_url, PasswordCredentials("user", "password"))
        tokens = StoredTokens(connections, {PasswordCredentials: PasswordLogIn(http, FakeClock())})
        self.client = SmartAdvocate(Caller(http, tokens, FakeClock(), admission=self.held))
        self.firm = Firm("north", "North", base_url=self.server.base_url)

    def _answer(self, request: Received) -> Reply:
        if request.target == LOG_IN_PATH:
            return self.busy if self.busy_at_log_in else Reply(body={"token": "t1"})
        return Reply(401) if self.expired else self.busy


@pytest.fixture(scope="module")
def http() -> Iterator[HttpClient]:
    with open_http_client(loopback(), tls=bare_tls()) as client:
        yield client


@pytest.fixture
def bench(http: HttpClient) -> Iterator[Bench]:
    made = Bench(http)
    with made.server:
        yield made


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(("value", "pause"), [("7", timedelta(seconds=7)), ("", DEFAULT_PAUSE)])
def test_a_429_holds_the_firm_as_long_as_it_says_or_for_the_default(
    bench: Bench, call: Callable[[SmartAdvocate, Firm], object], value: str, pause: timedelta
) -> None:
    bench.busy = Reply(429, headers={"Retry-After": value} if value else {})
    with pytest.raises(RateLimitedError) as caught:
        call(bench.client, bench.firm)
    assert caught.value.retry_after == pause
    assert bench.held.pauses == [("north", pause)]


def test_a_429_to_a_log_in_holds_the_firm_too(bench: Bench) -> None:
    bench.busy_at_log_in = True
    with pytest.raises(RateLimitedError):
        bench.client.case_by_id(bench.firm, "300417")
    assert bench.held.pauses == [("north", DEFAULT_PAUSE)]


def test_a_429_to_the_renewal_of_a_token_that_was_refused_holds_the_firm_too(bench: Bench) -> None:
    with pytest.raises(RateLimitedError):
        bench.client.case_by_id(bench.firm, "300417")  # now there is a token
    bench.held.pauses.clear()
    bench.busy_at_log_in = bench.expired = True
    with pytest.raises(RateLimitedError):
        bench.client.case_by_id(bench.firm, "300417")
    assert bench.held.pauses == [("north", DEFAULT_PAUSE)]


def test_what_the_server_answered_counts_although_the_store_is_out_of_reach(bench: Bench) -> None:
    bench.held.out_of_reach = True
    with pytest.raises(RateLimitedError):
        bench.client.case_by_id(bench.firm, "300417")
