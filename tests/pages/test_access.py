"""Signing in and out, one's own sessions and API keys, as browsers meet them; over fakes."""

import re
from collections import deque
from datetime import timedelta
from functools import cache
from typing import cast
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from adapters.web.api.keys import ApiKeys
from adapters.web.app import create_app
from adapters.web.auth.begun_sign_in import own_path
from adapters.web.buckets import Rate
from adapters.web.middleware.guard import Guard
from adapters.web.middleware.rate_limit import RateLimits
from adapters.web.pages.access.agents import agent_words
from core.actor import ALL_FIRMS, SYSTEM, Actor, Power, Reach, Role
from core.audit import AuditAction
from core.desk import Desk
from core.person import Identity, Person
from core.sign_in_errors import SignInUnavailableError
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService
from tests.pages.site import text_of
from tests.standing import Standing, forget_clients

ORIGIN = "https://casebridge.test"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:150.0) Gecko/20100101 Firefox/150.0"
NORTH = frozenset({"north"})


def guard(sign_in: Rate) -> Guard:
    return Guard(ORIGIN, rates=RateLimits(sign_in=sign_in), provider="Acme")


class House:
    """One service, and browsers on it. One at a time."""

    def __init__(self) -> None:
        self.service = FakeService()
        for firm_id in ("north", "south"):
            self.service.add_firm(SYSTEM, a_firm(firm_id))
        self.desk = self.service.desk
        self.keys = ApiKeys([], self.desk.identify_program, lambda: self.service.clock.now().timestamp())
        self.app = application_of(self)

    def browser(self, agent: str = FIREFOX) -> TestClient:
        headers = {"accept": "text/html", "sec-fetch-site": "same-origin", "user-agent": agent}
        return TestClient(self.app, base_url=ORIGIN, headers=headers, follow_redirects=False)

    def link(
        self, name: str = "ada", role: Role = Role.IMPLEMENTATION_MANAGER, firms: Reach = ALL_FIRMS
    ) -> str:
        return urlsplit(self.desk.sign_in.new_link(SYSTEM, Person(name, role, firms))).path

    def signed_in(
        self, name: str = "ada", role: Role = Role.IMPLEMENTATION_MANAGER, firms: Reach = ALL_FIRMS
    ) -> TestClient:
        browser = self.browser()
        assert browser.post(self.link(name, role, firms)).status_code == 303
        return browser

    def audited(self) -> list[str]:
        with self.service.units_of_work(SYSTEM) as uow:
            return [entry.action for entry in uow.audit.list(ALL_FIRMS)]


@cache
def _houses() -> deque[House]:
    """The house behind the application."""
    return deque(maxlen=1)


@cache
def _application() -> FastAPI:
    desk, keys = Standing(lambda: _houses()[0].desk), Standing(lambda: _houses()[0].keys)
    return create_app(cast("Desk", desk), cast("ApiKeys", keys), {}, secure=True, guard=guard(Rate(100.0, 8)))


def application_of(house: House) -> FastAPI:
    """The application, where nobody asked before, and this house behind it."""
    _houses().append(house)
    app = _application()
    forget_clients(app)
    return app


@pytest.fixture
def house() -> House:
    return House()


def cookie_of(answer: httpx2.Response, name: str = "__Host-casebridge") -> str:
    [found] = [line for line in answer.headers.get_list("set-cookie") if line.startswith(f"{name}=")]
    return str(found)


# --- by link


def test_a_link_is_used_up_by_its_button_alone_and_signs_in(house: House) -> None:
    browser, link = house.browser(), house.link()
    for _ in range(3):
        assert "good once" in text_of(browser.get(link).text)
    answer = browser.post(link)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = cookie_of(answer).lower()
    for part in ("; secure", "; httponly", "; samesite=lax", "; path=/"):
        assert part in cookie
    assert "domain=" not in cookie
    assert "ada" in text_of(browser.get("/account").text)
    again = house.browser().post(link)
    assert again.status_code == 403
    assert "A new link is needed" in again.text
    assert house.audited()[0] == AuditAction.SIGNED_IN


def test_a_link_is_too_old_after_half_an_hour_and_an_invented_one_is_none(house: House) -> None:
    link = house.link()
    house.service.clock.advance(timedelta(minutes=31))
    for path in (link, "/sign-in/invented", "/connect/invented"):
        assert house.browser().post(path).status_code == 403


def test_signing_in_gives_another_secret_and_ends_the_earlier_session(house: House) -> None:
    browser = house.signed_in()
    before = browser.cookies["__Host-casebridge"]
    browser.post(house.link("ada"))
    assert browser.cookies["__Host-casebridge"] != before
    assert house.desk.keep_session.find(before, is_asked_for=True) is None


def test_a_firms_link_signs_its_visitor_in_for_that_firm_and_an_hour(house: House) -> None:
    firm = house.desk.firms.get(SYSTEM, "north")
    link = urlsplit(house.desk.connect_by_consent.new_link(SYSTEM, firm)).path
    browser = house.browser()
    assert browser.post(link).headers["location"] == "/firms/north/connection"
    account = text_of(browser.get("/account").text)
    assert "administrator of the firm" in account
    assert "north" in account
    assert browser.get("/api-keys").status_code == 403
    house.service.clock.advance(timedelta(minutes=61))
    assert browser.get("/account").status_code == 303


# --- strangers


def test_a_stranger_is_led_to_the_sign_in_and_from_there_back(house: House) -> None:
    house.service.identity_provider.people["code"] = mona()
    browser = house.browser()
    answer = browser.get("/account?x=1")
    assert answer.headers["location"] == "/sign-in?next=%2Faccount%3Fx%3D1"
    came = provider_round(browser, answer.headers["location"])
    assert came.headers["location"] == "/account?x=1"
    assert browser.get("/sign-in?next=/account").headers["location"] == "/account"


def test_a_stranger_changes_nothing_and_a_part_of_a_page_lets_the_whole_page_go(house: House) -> None:
    browser = house.browser()
    for path in (
        "/account/sign-out-everywhere",
        "/account/sessions/1/end",
        "/api-keys",
        "/api-keys/1/revoke",
    ):
        assert browser.post(path).headers["location"] == "/sign-in"
    part = browser.get("/account", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/sign-in?next=%2Faccount")


@pytest.mark.parametrize(
    "evil",
    ["https://evil.test/", "//evil.test", "/\\evil.test", "\\/evil.test", "javascript:alert(1)", "/a b",
     "/\x01", "/sign-out", "/sign-in", "evil", "", "/" + "x" * 600, "/é"],
)  # fmt: skip
def test_nobody_is_led_elsewhere_after_signing_in(evil: str) -> None:
    assert own_path(evil) == "/"
    assert own_path("/firms/north/cases?after=1") == "/firms/north/cases?after=1"


def test_a_session_that_ended_is_told_so_and_the_browser_forgets_it(house: House) -> None:
    browser = house.signed_in()
    house.service.clock.advance(timedelta(minutes=61))
    answer = browser.get("/account")
    assert answer.headers["location"] == "/sign-in?said=over&next=%2Faccount"
    assert "max-age=0" in cookie_of(answer).lower()
    assert "Your session has ended" in text_of(browser.get(answer.headers["location"]).text)


# --- how long


def test_what_reads_itself_anew_keeps_no_session_alive_and_a_person_does(house: House) -> None:
    used, left = house.signed_in(), house.signed_in("tom")
    for _ in range(3):
        house.service.clock.advance(timedelta(minutes=25))
        assert used.get("/account").status_code == 200
        left.get("/account", headers={"HX-Request": "true"})
        left.get("/firms/north/connection", headers={"Sec-Fetch-Dest": "iframe"})
    assert used.get("/account").status_code == 200
    assert left.get("/account").status_code == 303


def test_no_session_outlives_its_whole_time(house: House) -> None:
    browser = house.signed_in()
    for _ in range(13):
        house.service.clock.advance(timedelta(minutes=55))
        browser.get("/account")
    assert browser.get("/account").status_code == 200
    house.service.clock.advance(timedelta(minutes=10))
    assert browser.get("/account").status_code == 303


# --- one's own sessions


def test_own_sessions_are_listed_by_browser_and_one_is_ended(house: House) -> None:
    here, there, other = house.signed_in(), house.signed_in(), house.signed_in("tom")
    page = here.get("/account").text
    assert text_of(page).count("Firefox on Windows") == 4, "two sessions, each once more for its button"
    assert page.count('class="status good"') == 1, "this one is said to be it"
    session_ids = re.findall(r"/account/sessions/(\d+)/end", page)
    mine, its = session_ids[1], session_ids[0]
    other.post(f"/account/sessions/{its}/end")
    assert there.get("/account").status_code == 200, "nobody ends another person's"
    assert here.post(f"/account/sessions/{its}/end").headers["location"] == "/account"
    assert there.get("/account").status_code == 303
    assert here.post(f"/account/sessions/{mine}/end").headers["location"] == "/sign-in?said=out"
    assert here.get("/account").status_code == 303
    assert other.get("/account").status_code == 200


def test_sign_out_everywhere_ends_all_sessions_and_links_of_one_person(house: House) -> None:
    here, there, other, unused = house.signed_in(), house.signed_in(), house.signed_in("tom"), house.link()
    asked = here.post("/account/sign-out-everywhere")
    assert "This ends 2 sessions" in text_of(asked.text)
    assert there.get("/account").status_code == 200, "it was only asked"
    answer = here.post("/account/sign-out-everywhere", data={"sure": "yes"})
    assert answer.headers["location"] == "/sign-in?said=everywhere"
    assert "signed out everywhere" in text_of(here.get(answer.headers["location"]).text)
    assert [b.get("/account").status_code for b in (here, there, other)] == [303, 303, 200]
    assert house.browser().post(unused).status_code == 403
    assert house.audited()[0] == AuditAction.SIGNED_OUT


def test_signing_out_ends_the_session_and_not_only_the_cookie(house: House) -> None:
    browser = house.signed_in()
    secret = browser.cookies["__Host-casebridge"]
    assert browser.post("/sign-out").headers["location"] == "/sign-in?said=out"
    assert house.desk.keep_session.find(secret, is_asked_for=True) is None


def test_another_site_signs_nobody_out_or_in(house: House) -> None:
    browser, link = house.signed_in(), house.link()
    for path in ("/sign-out", "/account/sign-out-everywhere", link, "/sign-in"):
        answer = browser.post(path, headers={"sec-fetch-site": "cross-site"})
        assert answer.status_code == 403
    assert browser.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605 Version/18 Safari/605",
            "Safari on Mac",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537 Chrome/140 Safari/537 Edg/140", "Edge on Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18 like Mac OS X) CriOS/140 Safari/604", "Chrome on iPhone"),
        ("curl/8", "A browser"),
        ("<script>", "A browser"),
    ],
)
def test_a_browser_is_told_in_words(agent: str, words: str) -> None:
    assert agent_words(agent) == words


# --- at the provider


def mona(**changes: object) -> Identity:
    values: dict[str, object] = {"subject": "u-1", "email": "Mona@casestatus.test",
                                 "roles": ("implementation-manager",), "firms": ("*",)}  # fmt: skip
    return Identity(**{**values, **changes})  # type: ignore[arg-type]  # fields by name


def provider_round(
    browser: TestClient, begin_at: str = "/sign-in", code: str = "code", state: str | None = None
) -> httpx2.Response:
    page = browser.get(begin_at)
    [token] = re.findall(r'name="token" value="([0-9a-f]{64})"', page.text)
    left = browser.post("/sign-in", data={"token": token})
    [began] = parse_qs(urlsplit(left.headers["location"]).query)["state"]
    came: httpx2.Response = browser.get(f"/sign-in/callback?state={state or began}&code={code}")
    return came


def test_who_the_provider_says_is_signed_in_with_the_role_and_firms_of_its_claims(house: House) -> None:
    house.service.identity_provider.people["code"] = mona()
    browser = house.browser()
    assert "Sign in with Acme" in text_of(browser.get("/sign-in").text)
    assert provider_round(browser).headers["location"] == "/"
    account = text_of(browser.get("/account").text)
    assert "mona@casestatus.test" in account
    assert "implementation manager" in account


def test_who_has_no_role_by_claims_has_the_one_on_the_list_by_subject_or_verified_email(house: House) -> None:
    people = house.service.identity_provider.people
    people["code"] = mona(roles=(), firms=())
    refused = provider_round(house.browser())
    assert refused.headers["location"] == "/sign-in?said=person_unknown"
    for name in ("mona@casestatus.test", "u-1"):
        house.desk.manage_people.add(SYSTEM, Person(name, Role.FIRM_ADMIN, NORTH))
        browser = house.browser()
        assert provider_round(browser).headers["location"] == "/"
        assert "administrator of the firm" in text_of(browser.get("/account").text)
        house.desk.manage_people.remove(SYSTEM, name)
        assert browser.get("/account").status_code == 303, "who is removed is signed out"
    people["code"] = mona(subject="u-2", email="", roles=("unknown",), firms=("north",))
    assert provider_round(house.browser()).headers["location"] == "/sign-in?said=person_unknown"


def test_the_way_back_is_good_in_the_browser_that_went_and_once(house: House) -> None:
    house.service.identity_provider.people["code"] = mona()
    one, other = house.browser(), house.browser()
    [token] = re.findall(r'name="token" value="([0-9a-f]{64})"', one.get("/sign-in").text)
    left = one.post("/sign-in", data={"token": token})
    query = urlsplit(left.headers["location"]).query
    state = parse_qs(query)["state"][0]
    other.get("/sign-in")
    back = f"/sign-in/callback?state={state}&code=code"
    assert other.get(back).headers["location"] == "/sign-in?said=sign_in_state"
    assert house.browser().get(back).headers["location"] == "/sign-in?said=sign_in_state"
    assert one.get(back).headers["location"] == "/"
    assert one.get(back).headers["location"] == "/sign-in?said=sign_in_state"
    assert (
        provider_round(house.browser(), state="0" * 64).headers["location"] == "/sign-in?said=sign_in_state"
    )


def test_the_button_needs_the_token_of_its_own_page(house: House) -> None:
    browser = house.browser()
    [token] = re.findall(r'name="token" value="([0-9a-f]{64})"', house.browser().get("/sign-in").text)
    browser.get("/sign-in")
    for form in ({}, {"token": "0" * 64}, {"token": token}, {"token": "x" * 10_000}):
        assert browser.post("/sign-in", data=form).headers["location"] == "/sign-in?said=form"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("error=access_denied&error_description=<b>x</b>", "sign_in_denied"),
        ("error=server_error", "sign_in_failed"),
        ("error=<script>", "sign_in_failed"),
        ("code=", "sign_in_failed"),
        ("", "sign_in_failed"),
        ("code=unknown", "sign_in_failed"),
    ],
)
def test_a_refusal_is_told_in_our_words(house: House, query: str, said: str) -> None:
    browser = house.browser()
    [token] = re.findall(r'name="token" value="([0-9a-f]{64})"', browser.get("/sign-in").text)
    location = browser.post("/sign-in", data={"token": token}).headers["location"]
    [state] = parse_qs(urlsplit(location).query)["state"]
    answer = browser.get(f"/sign-in/callback?state={state}&{query}")
    assert answer.headers["location"] == f"/sign-in?said={said}"
    page = browser.get(answer.headers["location"])
    assert "<b>x</b>" not in page.text
    assert browser.get("/account").status_code == 303


def test_a_provider_that_is_away_is_told_and_the_page_is_there_all_the_same(house: House) -> None:
    def away(*_: str) -> str:
        raise SignInUnavailableError("it is away")

    house.service.identity_provider.authorize_url = away  # type: ignore[method-assign,assignment]  # replaced for this one test
    page = house.browser().get("/sign-in")
    assert page.status_code == 200
    assert "does not answer as it should" in text_of(page.text)


def test_one_person_signs_in_only_so_often(house: House) -> None:
    house.service.identity_provider.people["code"] = mona()
    said = [provider_round(house.browser()).headers["location"] for _ in range(4)]
    assert said == ["/"] * 4
    slow = House()
    slow.service.identity_provider.people["code"] = mona()
    slow.app = create_app(slow.desk, slow.keys, {}, secure=True, guard=guard(Rate(0.001, 2)))
    provider_round(slow.browser())
    answer = slow.browser().post("/sign-in", data={})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 1


def test_however_many_processes_answer_an_address_has_its_tries_once() -> None:
    slow = House()
    few = guard(Rate(0.001, 4))
    apps = [create_app(slow.desk, slow.keys, {}, secure=True, guard=few) for _ in range(2)]
    said = []
    for turn in range(6):
        slow.app = apps[turn % 2]
        said.append(slow.browser().post("/sign-in/invented").status_code)
    assert said == [403] * 4 + [429] * 2


# --- API keys


def test_a_key_is_made_shown_once_used_rotated_and_revoked(house: House) -> None:
    browser = house.signed_in()
    form = {"name": "portal", "scope": ["events", "look"], "firms": "north south", "days": "90"}
    page = browser.post("/api-keys", data=form)
    [secret] = set(re.findall(r"casebridge_[\w-]+secret", page.text))
    assert page.headers["cache-control"] == "no-store"
    listed = browser.get("/api-keys").text
    assert secret not in listed
    assert "north, south" in text_of(listed)
    actor = house.keys.actor_of(secret)
    assert actor == Actor("portal", Role.SERVICE, frozenset({"north", "south"}),
                          frozenset({Power.SEND_EVENTS, Power.LOOK}))  # fmt: skip
    [key_id] = set(re.findall(r"/api-keys/(\d+)/rotate", listed))
    assert "a good key" not in listed
    again = browser.post("/api-keys", data=form)
    assert again.status_code == 400
    assert "there is a key of the name" in text_of(again.text)
    assert 'value="north south"' in again.text, "what was typed is still there"
    rotated = browser.post(f"/api-keys/{key_id}/rotate", data={"hours": "1"})
    [new] = set(re.findall(r"casebridge_[\w-]+secret", rotated.text))
    assert house.keys.actor_of(new) == house.keys.actor_of(secret) == actor
    house.service.clock.advance(timedelta(minutes=61))
    browser = house.signed_in()
    assert house.keys.actor_of(secret) is None
    [new_id] = set(re.findall(r"/api-keys/(\d+)/revoke", browser.get("/api-keys").text))
    assert "cannot be undone" in text_of(browser.get(f"/api-keys/{new_id}/revoke").text)
    assert browser.post(f"/api-keys/{new_id}/revoke").status_code == 303
    house.service.clock.advance(timedelta(seconds=4))
    assert house.keys.actor_of(new) is None
    told = [action for action in house.audited() if action.startswith("api-key")]
    assert told == ["api-key-revoked"] * 2 + ["api-key-rotated"] * 2 + ["api-key-added"] * 2, (
        "each firm's log"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""}, {"firms": ""}, {"firms": "nowhere"}, {"scope": []}, {"scope": ["invented"]},
        {"days": "soon"}, {"days": "-5"}, {"days": "9" * 5_000},
    ],
)  # fmt: skip
def test_a_key_that_cannot_be_is_said_and_nothing_is_made(house: House, changes: dict[str, object]) -> None:
    browser = house.signed_in()
    form = {"name": "portal", "scope": ["look"], "firms": "north", "days": "90", **changes}
    answer = browser.post("/api-keys", data=form)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert house.desk.access.api_keys(SYSTEM, None, 5, with_over=True).rows == []


def test_many_keys_come_by_pages_and_are_found_by_name_or_firm(house: House) -> None:
    for number in range(53):
        house.desk.manage_api_keys.add(SYSTEM, f"program {number}", frozenset({Power.LOOK}), NORTH)
    last = house.desk.manage_api_keys.add(SYSTEM, "the gate", frozenset({Power.LOOK}), frozenset({"south"}))
    house.desk.manage_api_keys.revoke(SYSTEM, last.key.key_id)
    browser = house.signed_in()
    page = browser.get("/api-keys").text
    assert page.count('">Rotate<') == 50
    assert "the gate" not in page
    [following] = re.findall(r'href="(/api-keys[^"]*)" rel="next"', page)
    assert browser.get(following.replace("&amp;", "&")).text.count('">Rotate<') == 3
    every = browser.get("/api-keys?all=1").text
    assert "the gate" in every
    [following] = re.findall(r'href="(/api-keys[^"]*)" rel="next"', every)
    assert browser.get(following.replace("&amp;", "&")).text.count('">Rotate<') == 4
    assert browser.get("/api-keys?q=PROGRAM+52").text.count('">Rotate<') == 1
    assert "the gate" in browser.get("/api-keys?q=south&all=1").text
    assert "No keys match" in browser.get("/api-keys?q=south").text


@pytest.mark.parametrize("role", [Role.FIRM_ADMIN, Role.OPERATOR])
def test_keys_are_for_managers(house: House, role: Role) -> None:
    made = house.desk.manage_api_keys.add(SYSTEM, "portal", frozenset({Power.LOOK}), NORTH)
    browser = house.signed_in("eve", role, NORTH)
    for path in ("/api-keys", f"/api-keys/{made.key.key_id}/revoke"):
        assert browser.get(path).status_code == 403
        assert browser.post(path, data={"name": "x", "firms": "north", "scope": "look"}).status_code == 403
    assert house.keys.actor_of(made.secret) is not None


def test_a_manager_of_some_firms_hands_out_and_sees_keys_of_those_alone(house: House) -> None:
    all_firms = house.desk.manage_api_keys.add(SYSTEM, "everything", frozenset({Power.LOOK}), ALL_FIRMS)
    browser = house.signed_in("mona", Role.IMPLEMENTATION_MANAGER, NORTH)
    assert "everything" not in browser.get("/api-keys").text
    assert browser.get(f"/api-keys/{all_firms.key.key_id}/revoke").status_code == 404
    assert browser.post(f"/api-keys/{all_firms.key.key_id}/revoke").status_code == 404
    for firms in ("*", "south", "north south"):
        answer = browser.post("/api-keys", data={"name": "x", "firms": firms, "scope": "look"})
        assert answer.status_code == 403, firms
    assert browser.post("/api-keys", data={"name": "x", "firms": "north", "scope": "look"}).status_code == 200
