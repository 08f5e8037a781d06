"""The connection page as a browser meets it: to SmartAdvocate and back, and all that may be tampered with."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from typing import cast
from urllib.parse import parse_qs, quote, urlsplit

import httpx2
import pytest

from adapters.web.pages.shell.template import in_zone
from adapters.web.server import WebServer
from bootstrap.application import Application
from bootstrap.processes import make_web
from core.actor import SYSTEM
from core.errors import ConfigurationError
from core.firm import ConnectionState
from core.issue import IssueKind
from core.ports.deliveries import NewDelivery
from core.reason import Reason
from sandbox.oauth_options import ERROR_CODES
from tests.fakes.samples import a_message
from tests.integration.oauth_support import FIRM, OAuthBench, csrf_of, oauth_bench
from tests.servers import free_port
from tests.standing import Standing, forget_clients

HERE = f"/firms/{FIRM}/connection"


class Browser:
    """One browser: its cookies, and the pages of one service."""

    def __init__(self, bench: OAuthBench) -> None:
        self.bench = bench
        # As browsers say of a form that is sent from one of our own pages.
        said = {"Sec-Fetch-Site": "same-origin"}
        self.http = httpx2.Client(base_url=bench.url, trust_env=False, verify=False, timeout=30, headers=said)

    def enter(self, firm_id: str = FIRM) -> httpx2.Response:
        """Open a fresh link, and continue."""
        with self.bench.application.store.unit_of_work(SYSTEM) as uow:
            firm = uow.firms.get(firm_id)
        assert firm is not None
        link = self.bench.application.desk.connect_by_consent.new_link(
            self.bench.application.settings.actor(), firm
        )
        assert self.http.get(link).status_code == 200
        return self.http.post(link)

    def start(self) -> str:
        """Press the button; where it leads."""
        answer = self.http.post("/oauth/start", data={"csrf": csrf_of(self.page())})
        assert answer.status_code == 303
        return str(answer.headers["location"])

    def page(self, said: str = "") -> str:
        """The connection page."""
        answer = self.http.get(said or HERE)
        assert answer.status_code == 200
        return str(answer.text).partition("<main")[2]

    def come_back(self, location: str) -> str:
        """Follow SmartAdvocate's redirect to us; where we send the browser then."""
        answer = self.http.get(location)
        assert answer.status_code == 303, answer.text
        target: str = answer.headers["location"]
        assert target.startswith("/firms/")
        assert "/connection?said=" in target
        return target


class Pages:
    """One web server for service after service, which begins with the first."""

    def __init__(self) -> None:
        self.port = free_port()
        self._application: Application | None = None
        self._server: WebServer | None = None

    def show(self, application: Application) -> None:
        """Serve this one, to which nobody came before."""
        self._application = application
        if self._server is None:
            self._server = make_web(cast("Application", Standing(lambda: self._application)))
            self._server.start()
        forget_clients(self._server._app)

    def close(self) -> None:
        """End the server."""
        if self._server is not None:
            self._server.stop()


@pytest.fixture(scope="module")
def pages() -> Iterator[Pages]:
    with closing(Pages()) as pages:
        yield pages


@pytest.fixture
def bench(migrated_database_url: str, pages: Pages) -> Iterator[OAuthBench]:
    with oauth_bench(migrated_database_url, port=pages.port) as bench:
        bench.add_firm("south")
        pages.show(bench.application)
        yield bench


@pytest.fixture
def browser(bench: OAuthBench) -> Iterator[Browser]:
    browser = Browser(bench)
    with browser.http:
        yield browser


def test_from_the_link_over_allow_access_to_connected_with_the_accounts_name(browser: Browser) -> None:
    entered = browser.enter()
    assert entered.headers["location"] == HERE
    cookie = entered.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "Not connected" in browser.page()
    url = browser.start()
    query = parse_qs(urlsplit(url).query)
    assert query["redirect_uri"] == [f"{browser.bench.url}/oauth/callback"]
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["code_challenge"][0]) == 43
    page = browser.page(browser.come_back(browser.bench.allow(url)))
    assert "<strong>Connected.</strong>" in page
    assert "Reconnect" not in page, "it is the first time"
    assert "Cases, messages and documents flow" not in page, "nothing does yet"
    assert "Your practice areas and stages are not set up" in page
    assert "Your cases have not been brought over yet" in page
    assert "firm1 (user " in page
    assert browser.bench.firm.connection is ConnectionState.CONNECTED
    assert browser.bench.token()


def test_pages_run_nothing_of_their_own_cannot_be_framed_and_are_not_kept(browser: Browser) -> None:
    browser.enter()
    answer = browser.http.get(HERE)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert f"form-action 'self' {browser.bench.sandbox.url};" in policy
    assert "frame-ancestors 'none'" in policy
    assert not re.search("<script(?![^>]* src=)", answer.text)
    assert not re.search("<style|style=", answer.text)
    assert answer.headers["cache-control"] == "no-store"
    style = re.findall('rel="stylesheet" href="([^"]+)"', answer.text)
    assert browser.http.get(style[0]).headers["content-type"].startswith("text/css")


def test_a_link_is_good_once_and_not_after_half_an_hour(browser: Browser, bench: OAuthBench) -> None:
    link = bench.application.desk.connect_by_consent.new_link(bench.application.settings.actor(), bench.firm)
    for _ in range(3):
        assert browser.http.get(link).status_code == 200  # looking does not use it up: mail scanners look
    assert browser.http.post(link).status_code == 303
    assert browser.http.post(link).status_code == 403
    late = bench.application.desk.connect_by_consent.new_link(bench.application.settings.actor(), bench.firm)
    bench.sql("update sign_in_links set expires_at = now() - interval '1s'")
    assert browser.http.post(late).status_code == 403
    assert browser.http.post("/connect/never-made").status_code == 403
    rows = bench.sql("select sign_in_links::text from sign_in_links")
    assert all(late.rsplit("/", 1)[1] not in row for (row,) in rows)


def test_times_are_those_of_the_firm(browser: Browser, bench: OAuthBench) -> None:
    browser.enter()
    bench.sql("update firms set settings = settings || jsonb_build_object('time_zone', 'America/New_York')")
    bench.sql("update firms set connection = 'reconnect_required'")
    with bench.application.store.unit_of_work(SYSTEM) as uow:
        uow.issues.open(FIRM, IssueKind.CONNECTION_LOST, "", "refused")
        uow.commit()
    bench.sql("update issues set opened_at = '2026-11-27 03:05:00+00'")
    page = browser.page()
    assert 'title="26 November 2026, 22:05:00"' in page
    assert "Times are those of America/New York" in page
    assert 'datetime="2026-11-27T03:05:00+00:00"' in page
    assert "UTC" not in page


def test_the_page_is_quiet_when_all_is_well(browser: Browser, bench: OAuthBench) -> None:
    browser.enter()
    assert re.search("<button>.*Connect SmartAdvocate</button>", browser.page())
    browser.come_back(bench.allow(browser.start()))
    page = browser.page()
    assert re.search('<button class="quiet">.*Connect with another account</button>', page)
    assert "<button>" not in page


def test_what_waits_is_counted_anew_by_itself_in_a_part_of_the_page(
    browser: Browser, bench: OAuthBench
) -> None:
    browser.enter()
    assert "Nothing waits for delivery" in browser.page()
    assert f'data-live data-hx-get="{HERE}"' in browser.page()
    with bench.application.store.unit_of_work(SYSTEM) as uow:
        uow.deliveries.add([NewDelivery(a_message("m-1", firm_id=FIRM))])
        uow.commit()
    assert "1 message and 0 documents wait" in browser.page()


def test_the_page_says_until_when_it_is_good_and_an_open_one_ends_then(
    browser: Browser, bench: OAuthBench
) -> None:
    browser.enter()
    bench.sql("update sessions set ends_at = '2100-01-02 03:04:00+00'")
    for _ in range(2):
        browser.http.get(HERE, headers={"HX-Request": "true"})
        assert "yours until 2 January 2100, 03:04 (UTC)" in browser.page()
    bench.sql("update sessions set ends_at = now() - interval '1s'")
    over = browser.http.get(HERE, headers={"HX-Request": "true"})
    assert (over.status_code, over.headers["hx-redirect"]) == (
        401,
        f"/sign-in?said=over&next={quote(HERE, '')}",
    )
    assert "your implementation manager" in browser.http.get(over.headers["hx-redirect"]).text


@pytest.mark.parametrize("zone", ["Nowhere/Land", "", "../etc/passwd"])
def test_a_zone_that_is_not_known_here_is_told_in_utc(zone: str) -> None:
    for moment in (datetime(2026, 11, 27, 3, 5, tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        assert "(UTC)" in in_zone(moment, zone)


def test_the_root_says_where_to_go_and_needs_nothing(bench: OAuthBench) -> None:
    with httpx2.Client(base_url=bench.url, trust_env=False, verify=False, timeout=60) as stranger:
        answer = stranger.get("/")
        assert answer.status_code == 200
        assert 'href="/docs"' in answer.text
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        for place in ("/docs", "/readyz", "/metrics"):
            assert stranger.get(place).status_code == 200


def test_without_a_session_nothing_is_shown_or_begun(bench: OAuthBench) -> None:
    with httpx2.Client(base_url=bench.url, trust_env=False, verify=False, timeout=60) as stranger:
        for path in (HERE, "/oauth/callback?state=x&code=y"):
            assert stranger.get(path).headers["location"].startswith("/sign-in?next=")
        answer = stranger.post("/oauth/start", data={"csrf": "0" * 64})
        assert answer.headers["location"] == "/sign-in"


def test_the_button_needs_the_pages_own_token(browser: Browser, bench: OAuthBench) -> None:
    browser.enter()
    for form in ({}, {"csrf": "0" * 64}, {"csrf": "x" * 10_000}):
        answer = browser.http.post("/oauth/start", data=form)
        assert answer.headers["location"] == f"{HERE}?said=form"
    assert not bench.sql("select 1 from connect_states")


@pytest.mark.parametrize("code", ["access_denied", *ERROR_CODES[:5], "made_up", "<script>alert(1)</script>"])
def test_error_answers_are_told_in_words_with_a_way_on(browser: Browser, code: str) -> None:
    browser.enter()
    state = parse_qs(urlsplit(browser.start()).query)["state"][0]
    answer = browser.http.get(
        "/oauth/callback", params={"error": code, "error_description": "<b>x</b>", "state": state}
    )
    page = browser.page(answer.headers["location"])
    assert "Nothing was changed" in page
    assert 'class="done bad"' in page
    assert "<script" not in page
    assert "<b>x</b>" not in page
    assert csrf_of(page)  # and the button is there
    assert browser.bench.firm.connection is ConnectionState.NOT_CONNECTED


def test_denying_access_says_so(browser: Browser) -> None:
    browser.enter()
    page = browser.page(browser.come_back(browser.bench.allow(browser.start(), decision="deny")))
    assert "Access was not allowed in SmartAdvocate" in page


def test_a_state_is_good_once_in_its_session_and_for_ten_minutes(browser: Browser, bench: OAuthBench) -> None:
    browser.enter()
    location = bench.allow(browser.start())
    state = parse_qs(urlsplit(location).query)["state"][0]
    assert browser.come_back(location.replace(state, "tampered" + state)) == f"{HERE}?said=consent_state"
    other = Browser(bench)
    with other.http:
        other.enter("south")
        south = "/firms/south/connection?said=consent_state"
        assert other.come_back(location) == south  # foreign: and used up by that
    assert browser.come_back(location) == f"{HERE}?said=consent_state"
    location = bench.allow(browser.start())
    bench.sql("update connect_states set expires_at = now() - interval '1s'")
    assert browser.come_back(location) == f"{HERE}?said=consent_state"
    location = bench.allow(browser.start())
    assert browser.come_back(location) == f"{HERE}?said=connected"
    assert browser.come_back(location) == f"{HERE}?said=consent_state"  # replayed
    assert bench.firm.connection is ConnectionState.CONNECTED
    assert not bench.grants()[0]["revoked"]
    found = bench.sql("select firm_id from connections")
    assert found == [(FIRM,)]


def test_a_code_that_was_tampered_with_or_used_connects_nobody(browser: Browser, bench: OAuthBench) -> None:
    browser.enter()
    location = bench.allow(browser.start())
    code = parse_qs(urlsplit(location).query)["code"][0]
    assert browser.come_back(location.replace(code, code + "x")) == f"{HERE}?said=consent_invalid_grant"
    first = bench.allow(browser.start())
    assert browser.come_back(first) == f"{HERE}?said=connected"
    used = parse_qs(urlsplit(first).query)["code"][0]
    second = bench.allow(browser.start())
    fresh = parse_qs(urlsplit(second).query)["code"][0]
    assert browser.come_back(second.replace(fresh, used)) == f"{HERE}?said=consent_invalid_grant"


def test_nobody_can_be_sent_elsewhere(browser: Browser, bench: OAuthBench) -> None:
    browser.enter()
    evil = "https://evil.test/"
    for path in (
        f"/oauth/callback?state=x&code=y&next={evil}",
        f"/oauth/callback?state=x&code=y&redirect_uri={evil}",
        f"/oauth/callback?error={evil}",
    ):
        assert browser.http.get(path).headers["location"] == f"{HERE}?said=consent_state"
    answer = browser.http.post(
        f"/oauth/start?redirect_uri={evil}", data={"csrf": csrf_of(browser.page()), "redirect_uri": evil}
    )
    assert answer.headers["location"].startswith(bench.sandbox.url + "/oauth/authorize?")
    assert "evil" not in answer.headers["location"]
    assert "evil" not in browser.page(f"{HERE}?said={evil}")


@pytest.mark.parametrize(
    "fault", ["server_error", "html_200", "malformed_200", "huge_200", "store_then_reset"]
)
def test_trouble_at_the_token_endpoint_is_told_and_the_button_is_there_again(
    browser: Browser, bench: OAuthBench, fault: str
) -> None:
    browser.enter()
    location = bench.allow(browser.start())
    bench.fault(fault)
    assert browser.come_back(location) == f"{HERE}?said={Reason.UNAVAILABLE}"
    assert browser.come_back(bench.allow(browser.start())) == f"{HERE}?said=connected"


def test_an_endpoint_on_a_host_that_is_not_listed_is_refused(migrated_database_url: str) -> None:
    with oauth_bench(
        migrated_database_url,
        smartadvocate_hosts=frozenset({"*.smartadvocate.com"}),
        smartadvocate_oauth_discovery_url="",
        smartadvocate_oauth_authorize_url="https://login.evil.test/authorize",
        smartadvocate_oauth_token_url="https://login.evil.test/token",
    ) as bench:
        with pytest.raises(ConfigurationError, match=r"'login\.evil\.test' is not among those"):
            bench.application.desk.connect_by_consent.new_link(bench.application.settings.actor(), bench.firm)
        with pytest.raises(ConfigurationError, match="is not among those"):
            bench.application.smartadvocate.address("sa.evil.test")


@pytest.mark.parametrize("host", ["10.0.0.8", "169.254.169.254", "[fd00::1]", "localhost"])
def test_a_base_url_in_a_private_network_is_refused(bench: OAuthBench, host: str) -> None:
    with pytest.raises(ConfigurationError, match="private network"):
        bench.application.smartadvocate.address(f"https://{host}/")
