"""The frame around every page: who, where to, what was done, and errors in words."""

import base64
import re
from base64 import urlsafe_b64encode

import pytest
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.testclient import TestClient

from adapters.web.errors.answers import Answers
from adapters.web.errors.handlers import add_error_answers
from adapters.web.pages.shell.cursor import from_text
from adapters.web.pages.shell.flash import Done, Tone
from adapters.web.pages.shell.form import MAX_FORM_BYTES, Posted
from adapters.web.pages.shell.shell import Shell
from adapters.web.unexpected import Unexpected
from core.actor import ALL_FIRMS, SYSTEM, Actor, Role
from core.errors import (
    CasebridgeError,
    ConfigurationError,
    NeedsPersonError,
    NotAllowedError,
    TransientError,
    UnexpectedError,
    UnknownThingError,
)
from core.thing import Thing
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService
from tests.pages.site import text_of

SECRET = "what a client wrote"
HTML = {"accept": "text/html,application/xhtml+xml"}


class Pages:
    """A page that shows, one that does something, one that fails, under the shell."""

    def __init__(self) -> None:
        self.service = FakeService()
        for firm_id in ("north", "south"):
            self.service.add_firm(SYSTEM, a_firm(firm_id))
        self.actor: Actor | None = Actor("ada@north.test", Role.FIRM_ADMIN, frozenset({"north"}))
        self.error: Exception = UnknownThingError("there is no run 7", thing=Thing.RUN)
        self.done = Done("Saved")
        app = FastAPI(redirect_slashes=False)
        self.shell = Shell(self.service.desk, self.who, secure=False)
        app.include_router(self.shell.assets.routes())
        add_error_answers(app, Answers(self.shell.error))
        router = self.shell.router()
        router.get("/firms/{firm_id}/problems")(self.page)
        router.post("/firms/{firm_id}/problems")(self.do)
        router.get("/fails")(self.fails)
        app.include_router(router)
        self.app = app
        self.http = TestClient(app, headers=HTML, follow_redirects=False)

    def who(self, _: Request) -> Actor:
        if self.actor is None:
            raise NotAllowedError("a stranger")
        return self.actor

    def page(self, request: Request, firm_id: str) -> Response:
        firm = self.service.desk.firms.get(self.shell.who(request), firm_id)
        return self.shell.page(
            request,
            "shell/error.html",
            firm=firm,
            what="Fine",
            next_step="",
            detail="",
            code=200,
            reference="",
        )

    def do(self, request: Request, firm_id: str, form: Posted) -> Response:
        assert self.shell.who(request)
        return self.shell.to(f"/firms/{firm_id}/problems", Done(form.one("words"), Tone.WAIT))

    def fails(self, request: Request) -> Response:
        self.shell.who(request)
        raise self.error


def test_a_page_says_who_is_signed_in_whose_page_it_is_and_where_one_is() -> None:
    page = Pages().http.get("/firms/north/problems").text
    assert "Signed in as <strong>ada@north.test</strong>" in page
    assert "administrator of the firm" in page
    assert "Firm north" in page
    assert re.search(r'href="/firms/north/problems" aria-current="page"', page)
    assert page.count("<main") == page.count("<h1") == 1
    assert 'href="#main"' in page


def test_a_firms_administrator_is_shown_neither_other_firms_nor_operations() -> None:
    page = Pages().http.get("/firms/north/problems").text
    assert 'href="/firms"' not in page
    assert "/operations" not in page
    assert "/api-keys" not in page
    assert "/firms/north/reset" not in page


def test_a_manager_of_all_firms_is_shown_operations_and_of_a_few_a_switcher() -> None:
    pages = Pages()
    pages.actor = Actor("max", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)
    page = pages.http.get("/firms/north/problems").text
    assert "/operations" in page
    assert 'href="/firms/south"' not in page, "ten thousand firms are looked for, not listed"
    pages.actor = Actor("max", Role.IMPLEMENTATION_MANAGER, frozenset({"north", "south"}))
    page = pages.http.get("/firms/north/problems").text
    assert 'href="/firms/south"' in page
    assert "/operations" in page
    assert "/rejected-events" not in page, "whose they are nobody can tell for certain"


def test_what_was_done_is_said_once_as_text() -> None:
    pages = Pages()
    answer = pages.http.post("/firms/north/problems", data={"words": "<b>17 cases</b>"})
    assert answer.status_code == 303
    assert "httponly" in answer.headers["set-cookie"].lower()
    assert "&lt;b&gt;17 cases" in pages.http.get(answer.headers["location"]).text
    assert "17 cases" not in pages.http.get(answer.headers["location"]).text
    for odd in ("nonsense", urlsafe_b64encode(b"[" * 5_000).decode()):
        pages.http.cookies.set("casebridge-done", odd)
        assert pages.http.get("/firms/north/problems").status_code == 200


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotAllowedError("not yours"), 403),
        (UnknownThingError("there is no run 7", thing=Thing.RUN), 404),
        (TransientError("away"), 503),
        (NeedsPersonError("act"), 409),
        (ConfigurationError("3 stages"), 400),
    ],
)
def test_an_error_of_ours_is_a_page_in_words(error: CasebridgeError, status: int) -> None:
    pages = Pages()
    pages.error = error
    answer = pages.http.get("/fails")
    assert answer.status_code == status
    assert "Go to the first page" in answer.text
    assert "reason" not in text_of(answer.text)


def test_what_is_not_there_is_named_with_the_way_to_those_that_are() -> None:
    pages = Pages()
    pages.error = UnknownThingError("there is no verification 7", thing=Thing.VERIFICATION, firm_id="north")
    told = pages.http.get("/fails").text
    assert "There is no such verification" in told
    assert 'href="/firms/north/verifications"' in told
    pages.error = UnknownThingError("there is no verification 7", thing=Thing.VERIFICATION)
    _, _, content = pages.http.get("/fails").text.partition("<main")
    assert "/verifications" not in content, "whose they would be nobody knows"


def test_what_keeps_us_from_knowing_who_asks_is_a_page_in_words_too() -> None:
    pages = Pages()
    pages.actor = None
    answer = pages.http.get("/fails")
    assert (answer.status_code, "You may not" in answer.text) == (403, True)
    assert "Signed in" not in answer.text


@pytest.mark.parametrize("accept", ["text/html", "*/*"])
@pytest.mark.parametrize("error", [LookupError(SECRET), UnexpectedError("in a use case")])
def test_what_nobody_foresaw_is_a_page_whose_reference_is_in_the_log(error: Exception, accept: str) -> None:
    pages, counted = Pages(), list[BaseException]()
    pages.error = error
    http = TestClient(Unexpected(pages.app, counted.append), headers={"accept": accept})
    with structlog.testing.capture_logs() as logs:
        answer = http.get("/fails")
    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")
    reference = re.search(r"Reference <code>([0-9a-f]{8})</code>", answer.text)
    assert reference is not None
    [entry] = logs
    assert (entry["event"], entry["route"], entry["reference"]) == ("request_failed", "/fails", reference[1])
    assert counted == [error]
    assert SECRET not in answer.text + repr(logs)
    assert "<script>" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_program_is_told_of_it_as_a_problem() -> None:
    pages = Pages()
    pages.error = LookupError(SECRET)
    answer = TestClient(Unexpected(pages.app), headers={"accept": "application/json"}).get("/fails")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["reason"]) == (500, "unexpected_error")
    assert len(answer.json()["reference"]) == 8


def test_what_a_page_cannot_do_is_said_on_a_page() -> None:
    answer = Pages().http.delete("/firms/north/problems", headers={"accept": "*/*"})
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, POST")
    assert "This cannot be done here" in answer.text


DEEP = base64.urlsafe_b64encode(b"[" * 20_000).decode()
DIGITS = base64.urlsafe_b64encode(b"9" * 5_000).decode()


@pytest.mark.parametrize("place", [DEEP, DIGITS, "é", "!", "bnVsbA", "W10", "e30"])
def test_a_place_in_a_list_that_is_none_of_ours_begins_it_anew(place: str) -> None:
    assert from_text(place, str) is None


def test_a_cookie_that_is_none_of_ours_says_nothing() -> None:
    pages = Pages()
    before = text_of(pages.http.get("/firms/north/problems").text)
    for value in (DEEP, "!", "bnVsbA"):
        cookie = {"Cookie": f"casebridge-done={value}"}
        assert text_of(pages.http.get("/firms/north/problems", headers=cookie).text) == before


def test_a_slash_behind_an_address_leads_to_the_page_and_names_no_host() -> None:
    pages = Pages()
    answer = pages.http.get("/firms/north/problems/")
    assert (answer.status_code, answer.headers["location"]) == (307, "/firms/north/problems")
    for address in ("/nowhere/", "http://testserver//evil.test/firms/north/problems/", "/firms//evil.test/"):
        assert pages.http.get(address).status_code == 404, address
    assert pages.http.post("/firms/north/problems/").status_code == 404
    assert pages.http.get("/fails/", headers={"accept": "application/json"}).json()["reason"] == "not_found"


def test_an_address_that_leads_nowhere_is_a_page_for_people_and_data_for_programs() -> None:
    pages = Pages()
    assert "There is no such page" in pages.http.get("/nowhere").text
    answer = pages.http.get("/nowhere", headers={"accept": "application/json"})
    assert (answer.status_code, answer.json()["reason"]) == (404, "not_found")


def test_pages_run_nothing_of_their_own_cannot_be_framed_and_are_not_kept() -> None:
    answer = Pages().http.get("/firms/north/problems")
    policy = answer.headers["content-security-policy"]
    for part in ("default-src 'none'", "script-src 'self';", "style-src 'self';", "frame-ancestors 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert answer.headers["cache-control"] == "no-store"


def test_a_form_is_bounded_and_must_be_one() -> None:
    pages = Pages()
    long = pages.http.post("/firms/north/problems", data={"words": "x" * MAX_FORM_BYTES})
    assert long.status_code == 413
    odd = pages.http.post("/firms/north/problems", content=b"words=%ff%fe")
    assert odd.status_code == 400
    none = pages.http.post("/firms/north/problems", data={"words": ""})
    assert none.status_code == 303
