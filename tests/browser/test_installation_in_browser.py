"""What people do from day to day, in a real browser, on a whole installation beside a sandbox."""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import httpx2
import pytest
from playwright.sync_api import Page, expect

from core.actor import SYSTEM
from core.bulk import BulkState
from core.delivery import DeliveryState
from core.delivery_selection import Selection
from core.firm import ConnectionState
from tests.browser.conftest import LONGEST_MS
from tests.browser.installation import NAME, Installation, installed
from tests.servers import eventually

if TYPE_CHECKING:
    from tests.servers import PostgresServer

expect.set_options(timeout=LONGEST_MS)
HELD = 2500  # messages: a few batches


@pytest.fixture(scope="module")
def here(postgres_server: "PostgresServer", template_url: str) -> Iterator[Installation]:
    """The installation; the tests of this module share it, and each brings it to where it begins."""
    url = postgres_server.create_database(template=template_url)
    with installed(url) as installation:
        yield installation
    postgres_server.drop_database(url)


def sign_in(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Continue").click()


def allow_access(page: Page) -> None:
    """Do what SmartAdvocate asks: log in, and allow."""
    page.get_by_label("User name").fill("firm1")
    page.get_by_label("Password").fill("sandbox")
    page.get_by_role("button", name="Allow Access").click()


def test_a_firm_connects_by_allowing_access_at_smartadvocate(here: Installation, page: Page) -> None:
    sign_in(page, here.sign_in_link())
    expect(page.get_by_role("heading", level=1, name=NAME)).to_be_visible()
    page.get_by_role("link", name="Connect SmartAdvocate").click()
    page.get_by_role("button", name="Connect SmartAdvocate").click()
    expect(page.get_by_role("heading", name="SmartAdvocate")).to_be_visible()
    allow_access(page)
    expect(page.locator(".done.good")).to_contain_text("Connected.")
    expect(page.locator("main")).to_contain_text("firm1 (user ")
    assert here.firm.connection is ConnectionState.CONNECTED


def test_cases_are_tried_and_the_result_can_be_printed(here: Installation, page: Page) -> None:
    here.connect()
    good, bad = here.case_ids()[:2], here.case_ids("stage_unmapped")[0]
    sign_in(page, here.sign_in_link())
    page.goto(f"{here.pages}/verifications")
    for place, case_id in enumerate([*good, bad], 1):
        page.get_by_label(f"Case {place}").fill(case_id)
    page.get_by_role("button", name="Try them").click()
    expect(page.get_by_role("heading", level=2, name="integration id")).to_have_count(3)
    expect(page.locator("main")).to_contain_text("Failed")
    page.evaluate("window.print = () => { document.title = 'printed' }")
    page.get_by_role("button", name="Print").click()
    assert page.title() == "printed"
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    expect(page.get_by_role("navigation")).to_have_count(0)
    expect(page.get_by_role("heading", level=2).first).to_be_visible()


def test_cases_come_over_while_one_looks(here: Installation, page: Page) -> None:
    here.connect()
    here.control.put("faults", json={"name": "latency", "ms": 250, "purpose": "search-cases"})
    sign_in(page, here.sign_in_link())
    page.goto(f"{here.pages}/cases")
    page.get_by_role("button", name="Sync now").click()
    expect(page.get_by_role("heading", name="Sync cases now?")).to_be_visible()
    page.get_by_role("button", name="Sync now").click()
    bar, tags = page.get_by_role("progressbar"), page.get_by_role("list", name="Results")
    expect(page.locator("#progress")).to_contain_text(re.compile(r"\d+ cases on \d+ pages?"))
    first = page.locator("#progress").inner_text()
    expect(page.locator("#progress")).not_to_have_text(first)
    assert int(bar.get_attribute("max") or 0) >= int(bar.get_attribute("value") or 0) > 0
    here.control.delete("faults")
    expect(page.locator("#progress")).to_contain_text("Finished")
    wanted = here.control.get("expected").json()["firms"]["firm1"]
    expect(tags).to_contain_text(f"Imported {wanted['importable']}")
    page.goto(here.pages)
    expect(page.get_by_role("region", name="Last result")).to_contain_text(f"Imported {wanted['importable']}")


def test_what_was_not_let_in_any_more_goes_out_once_the_firm_is_connected_anew(
    here: Installation, page: Page
) -> None:
    here.import_cases()
    here.control.post("password", params={"firm": "firm1"}, json={"password": "another"})
    here.control.post("oauth/revoke")
    here.control.post("tokens/expire")
    before = here.report()["notes_written"]
    sign_in(page, here.sign_in_link())
    here.send("held-up", case_id=here.case_ids()[0])
    eventually(lambda: here.firm.connection is ConnectionState.RECONNECT_REQUIRED, 60, "the loss is noticed")
    expect(page.get_by_role("region", name="Connection")).to_contain_text("lost")  # by itself
    page.reload()
    page.get_by_role("link", name="Reconnect SmartAdvocate").click()
    here.control.post("password", params={"firm": "firm1"}, json={"password": "sandbox"})
    page.get_by_role("button", name="Reconnect SmartAdvocate").click()
    allow_access(page)
    expect(page.locator(".done.good")).to_be_visible()
    eventually(lambda: here.report()["notes_written"] == before + 1, 60, "the note that was held up")
    assert here.report()["notes_duplicated"] == 0


def test_a_replay_of_thousands_is_counted_confirmed_watched_and_cancelled(
    here: Installation, page: Page
) -> None:
    here.import_cases()
    here.send(*(f"nowhere-{number}" for number in range(HELD)), case_id="399999")
    held = Selection(states=(DeliveryState.HELD,))
    eventually(lambda: here.desk.deliveries.count(SYSTEM, held, 10_000) == HELD, 60, "messages are held")
    # A batch takes seconds, so that somebody can come in between.
    here.sql(
        "create function slowly() returns trigger language plpgsql as "
        "$$ begin perform pg_sleep(0.004); return new; end $$;"
        "create trigger slowly before update on deliveries for each row execute function slowly()"
    )
    sign_in(page, here.manager_link())
    page.goto(f"{here.url}/deliveries?state=held")
    expect(page.get_by_text("2,500 deliveries match")).to_be_visible()
    page.get_by_role("button", name="Replay what matches…").click()
    expect(page.get_by_role("heading", name="2,500 deliveries?")).to_be_visible()
    page.get_by_label("Why").fill("the case is there now")
    page.get_by_role("button", name="2,500").click()
    expect(page.locator("#standing .tall")).not_to_have_text("0 %")
    page.get_by_role("button", name="Cancel the rest").click()
    expect(page.locator(".done")).to_contain_text("had been done")
    [operation] = here.desk.bulk.all(SYSTEM, 10, None)
    assert operation.state is BulkState.CANCELLED
    assert 0 < operation.done < HELD
    expect(page.locator("#standing")).to_contain_text("Cancelled")
    here.sql("drop trigger slowly on deliveries")


def test_a_key_is_made_shown_once_and_good(here: Installation, page: Page) -> None:
    page.goto(f"{here.url}/sign-in")
    page.get_by_role("button", name="Sign in with your organisation").click()
    page.get_by_role("button", name="mona@casestatus.test").click()
    page.get_by_role("link", name="API keys").click()
    page.get_by_role("textbox", name="Name (required)").fill("portal")
    page.locator("input[name=scope][value=look]").check()
    page.get_by_label("Firms").fill("north")
    page.get_by_role("button", name="Make the key").click()
    key = page.locator(".id code").inner_text()
    good, none = {"Authorization": f"Bearer {key}"}, {"Authorization": f"Bearer {key[:-1]}x"}
    with httpx2.Client(base_url=here.url, trust_env=False, verify=False, timeout=30) as program:
        got = program.get("/v1/firms/north", headers=good)
        assert got.json()["name"] == NAME
        assert program.get("/v1/firms/north", headers=none).status_code == 401
        assert program.post("/v1/firms/north/runs", headers=good, json={}).status_code == 403
    page.goto(f"{here.url}/api-keys")
    expect(page.get_by_role("row", name="portal")).to_be_visible()
    expect(page.get_by_text(key)).to_have_count(0)


def test_signing_out_everywhere_ends_the_other_browser_too(
    here: Installation, new_page: Callable[[], Page]
) -> None:
    office, home = new_page(), new_page()
    for browser in (office, home):
        sign_in(browser, here.sign_in_link("bob@north.test"))
    office.goto(f"{here.url}/account")
    expect(office.get_by_role("row")).to_have_count(3)
    office.get_by_role("button", name="Sign out everywhere").click()
    expect(office.get_by_role("heading", name="Sign out everywhere?")).to_be_visible()
    office.get_by_role("button", name="Sign out everywhere").click()
    expect(office.get_by_text("You are signed out everywhere")).to_be_visible()
    home.goto(here.pages)
    expect(home.get_by_role("heading", name="Sign in")).to_be_visible()
