"""What every request passes before a page or a route sees it (`adapters.web.middleware`)."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from starlette.testclient import TestClient

from adapters.web.buckets import Buckets, Rate
from adapters.web.errors.answers import Answers
from adapters.web.middleware.client_address import address_of, networks
from adapters.web.middleware.guard import Guard, add_guard
from adapters.web.middleware.heads import Heads
from adapters.web.middleware.rate_limit import RateLimits
from adapters.web.pages.shell.shell import Shell
from core.actor import Actor
from core.errors import ConfigurationError
from tests.fakes.service import FakeService

ORIGIN = "https://casebridge.test"
OWN = {"Sec-Fetch-Site": "same-origin"}


def no_one(_: Request) -> Actor:
    raise AssertionError("what stands before pages asks nobody")


def client(guard: Guard | None = None, address: str = "192.0.2.7", *, secure: bool = True) -> TestClient:
    app = FastAPI()
    app.state.done = 0

    @app.api_route("/page", methods=["GET", "POST", "PUT", "PATCH", "DELETE"])
    async def page(request: Request) -> dict[str, Any]:
        body = await request.body()
        app.state.done += 1
        return {"address": address_of(request.scope), "bytes": len(body)}

    @app.api_route("/v1/thing", methods=["GET", "POST"])
    async def thing(request: Request) -> Response:
        good = request.headers.get("authorization", "").startswith("Bearer good")
        return Response(status_code=200 if good else 401)

    @app.post("/sign-in/link")
    async def sign_in() -> Response:
        return Response(status_code=204)

    shell = Shell(FakeService().desk, no_one, secure=secure)
    add_guard(app, guard or Guard(ORIGIN), Answers(shell.error), secure=secure)
    return TestClient(app, base_url=ORIGIN, client=(address, 4711))


# --- HEAD


@pytest.mark.parametrize(("path", "status"), [("/page", 200), ("/v1/thing", 401), ("/nowhere", 404)])
def test_head_is_answered_as_get_is_without_the_content(path: str, status: int) -> None:
    asked = client()
    of_get, of_head = asked.get(path), asked.head(path)
    assert (of_head.status_code, of_head.content) == (of_get.status_code, b"") == (status, b"")
    assert dict(of_head.headers) == dict(of_get.headers)


def test_the_head_of_a_stream_ends_it() -> None:
    app = FastAPI()

    async def without_end() -> AsyncIterator[bytes]:
        while True:
            yield b"data: 1\n\n"
            await asyncio.sleep(0.01)

    @app.get("/changes")
    async def changes() -> Response:
        return StreamingResponse(without_end(), media_type="text/event-stream")

    app.add_middleware(Heads)
    answer = TestClient(app).head("/changes")
    assert (answer.status_code, answer.headers["content-type"], answer.content) == (
        200,
        "text/event-stream; charset=utf-8",
        b"",
    )


def test_head_does_nothing_that_get_does_not() -> None:
    assert client().head("/sign-in/link").status_code == 405


# --- other sites


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN},
        {"Sec-Fetch-Site": "cross-site", "Cookie": "casebridge=secret"},
        {"Origin": "https://evil.test"},
        {"Origin": "https://casebridge.test.evil.test"},
        {"Origin": "http://casebridge.test"},
        {"Origin": "null"},
        {"Cookie": "casebridge=secret"},
        {"Cookie": "casebridge=secret", "Authorization": "Bearer good"},
        {"Cookie": "casebridge=secret", "Authorization": "Bearer good", "Origin": "https://evil.test"},
    ],
)
def test_nothing_is_done_that_another_site_made_a_browser_send(
    method: str, headers: Mapping[str, str]
) -> None:
    http = client()
    answer = http.request(method, "/page", headers=headers)
    assert answer.status_code == 403
    assert http.app.state.done == 0  # type: ignore[attr-defined]  # Starlette's state
    assert answer.headers["content-type"] == "application/problem+json"
    assert "another site" in answer.json()["title"]


@pytest.mark.parametrize(
    "headers",
    [
        OWN,
        {"Sec-Fetch-Site": "none"},
        {**OWN, "Origin": "null", "Cookie": "casebridge=secret"},
        {"Origin": ORIGIN, "Cookie": "casebridge=secret"},
        {"Origin": "HTTPS://CASEBRIDGE.TEST"},
        {},
        {"Authorization": "Bearer good"},
        {"Authorization": "Bearer good", "Origin": "https://evil.test"},
    ],
)
def test_our_own_pages_and_programs_are_let_through(headers: Mapping[str, str]) -> None:
    assert client().post("/page", headers=headers).status_code == 200


def test_looking_is_free_to_links_of_other_sites() -> None:
    http = client()
    for method in ("GET", "HEAD", "OPTIONS"):
        headers = {"Sec-Fetch-Site": "cross-site", "Cookie": "casebridge=secret"}
        assert http.request(method, "/page", headers=headers).status_code != 403


def test_a_page_that_is_reached_under_another_name_is_its_own_site_there() -> None:
    headers = {"Host": "internal.test:8443", "Origin": "https://internal.test:8443", "Cookie": "a=b"}
    assert client().post("/page", headers=headers).status_code == 200


def test_people_are_told_on_a_page_and_without_a_word_of_the_requests() -> None:
    answer = client().post("/page?<b>x</b>", headers={"Origin": "https://evil.test", "Accept": "text/html"})
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<h1>This was asked for by another site</h1>" in answer.text
    assert "evil" not in answer.text
    assert "<b>" not in answer.text


# --- headers


@pytest.mark.parametrize("secure", [True, False])
def test_every_answer_says_what_browsers_may_do_with_it(*, secure: bool) -> None:
    http = client(secure=secure)
    for answer in (http.get("/page"), http.get("/nowhere"), http.post("/page", headers={"Origin": "null"})):
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert answer.headers["cross-origin-opener-policy"] == "same-origin"
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert "camera=()" in answer.headers["permissions-policy"]
        assert answer.headers["cache-control"] == "no-store"
        assert ("strict-transport-security" in answer.headers) is secure


# --- bodies


def test_a_body_is_not_read_beyond_the_limit_whatever_it_says_of_itself() -> None:
    http = client()
    assert http.post("/page", content=b"x" * 2**21, headers=OWN).json()["bytes"] == 2**21
    assert http.post("/page", content=b"x" * (2**21 + 1), headers=OWN).status_code == 413
    sent = 0

    def pieces() -> Any:
        nonlocal sent
        for _ in range(100):
            sent += 1
            yield b"x" * 2**17

    answer = http.post("/page", content=pieces(), headers=OWN)
    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"
    assert http.app.state.done == 1  # type: ignore[attr-defined]  # Starlette's state


# --- addresses


@pytest.mark.parametrize(
    ("address", "forwarded", "meant"),
    [
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["198.51.100.1", "203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", ["203.0.113.9:51234"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["198.51.100.1, nonsense, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["[2001:db8:1:2::5]:443"], "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("192.0.2.7", ["203.0.113.9"], "192.0.2.7"),
    ],
)
def test_only_a_trusted_proxy_is_believed_and_only_the_last_stranger_it_names(
    address: str, forwarded: Sequence[str], meant: str
) -> None:
    http = client(Guard(ORIGIN, networks(["10.0.0.0/8"])), address)
    headers = [("X-Forwarded-For", value) for value in forwarded]
    assert http.get("/page", headers=headers).json()["address"] == meant


def test_without_proxies_nobody_is_believed() -> None:
    headers = {"X-Forwarded-For": "203.0.113.9"}
    assert client(address="127.0.0.1").get("/page", headers=headers).json()["address"] == "127.0.0.1"


@pytest.mark.parametrize("text", ["proxy.test", "10.0.0.1/8", "10.0.0.0/33"])
def test_a_proxy_that_is_no_network_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="CASEBRIDGE_TRUSTED_PROXIES"):
        networks([text])


# --- how often


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_empties_at_once_and_fills_with_time() -> None:
    clock = Clock()
    buckets = Buckets(Rate(2.0, 4), clock)
    assert [buckets.take("a") for _ in range(5)] == [0, 0, 0, 0, 0.5]
    assert buckets.take("b") == 0
    clock.now += 0.5
    assert buckets.wait("a") == 0
    assert [buckets.take("a") for _ in range(2)] == [0, 0.5]
    clock.now += 3600
    assert [buckets.take("a") for _ in range(5)] == [0, 0, 0, 0, 0.5]


def test_buckets_of_many_are_bounded_and_the_oldest_goes_first() -> None:
    buckets = Buckets(Rate(1.0, 1), Clock(), most=3)
    for name in ("a", "b", "c", "d"):
        buckets.take(name)
    assert len(buckets) == 3
    assert buckets.wait("d") > 0
    assert buckets.wait("a") == 0


SLOW = RateLimits(key=Rate(0.001, 3), address=Rate(0.001, 5), refused=Rate(0.001, 2), sign_in=Rate(0.1, 2))


def test_a_key_that_asks_too_often_is_told_when_to_come_back_and_others_are_not() -> None:
    http = client(Guard(ORIGIN, rates=SLOW))
    one, other = {"Authorization": "Bearer good 1"}, {"Authorization": "Bearer good 2"}
    assert [http.get("/v1/thing", headers=one).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert http.get("/v1/thing", headers=other).status_code == 200
    answer = http.get("/v1/thing", headers=one)
    assert int(answer.headers["retry-after"]) > 0
    assert answer.json()["reason"] == "too_many_requests"
    assert http.get("/page").status_code == 200


def test_an_address_that_shows_no_good_key_is_slowed_down_whatever_it_tries() -> None:
    http = client(Guard(ORIGIN, rates=SLOW))
    tried = [
        http.get("/v1/thing", headers={"Authorization": f"Bearer guess {number}"}) for number in range(4)
    ]
    assert [answer.status_code for answer in tried] == [401, 401, 429, 429]


def test_an_address_has_a_limit_over_all_its_keys() -> None:
    http = client(Guard(ORIGIN, rates=SLOW))
    tried = [http.get("/v1/thing", headers={"Authorization": f"Bearer good {n}"}) for n in range(7)]
    assert [answer.status_code for answer in tried] == [200] * 5 + [429] * 2


def test_tries_to_sign_in_are_counted_by_the_address_that_a_trusted_proxy_names() -> None:
    http = client(Guard(ORIGIN, networks(["10.0.0.1"]), SLOW), "10.0.0.1")

    def try_from(address: str) -> int:
        return http.post("/sign-in/link", headers={**OWN, "X-Forwarded-For": address}).status_code

    assert [try_from("203.0.113.9") for _ in range(3)] == [204, 204, 429]
    assert try_from("203.0.113.10") == 204
    spoofed = [try_from(f"198.51.100.{number}, 203.0.113.9") for number in range(2)]
    assert spoofed == [429, 429]


# --- what no address is


@pytest.mark.parametrize("path", ["/page", "/v1/thing"])
@pytest.mark.parametrize(
    "place", ["/a%00b", "?q=a%00b", "?q=%1B%5B31m", "?%7f=1", "/%0a", "?q=a&firm_id=%0B"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_with_a_control_character_is_refused_before_anything_reads_it(
    path: str, place: str, method: str
) -> None:
    http = client()
    answer = http.request(method, path + place, headers=OWN)
    assert answer.status_code == 400
    assert "control character" in answer.text
    assert http.app.state.done == 0  # type: ignore[attr-defined]  # the test's own


def test_what_was_pasted_over_several_lines_is_looked_for() -> None:
    assert client().get("/page?q=Ann%0D%0A%09Baker", headers=OWN).status_code == 200
