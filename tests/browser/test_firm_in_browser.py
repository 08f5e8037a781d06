"""A firm's pages in a real browser: live parts, the keyboard alone, and nobody left out."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Browser, Page, expect

from core.actor import SYSTEM
from core.firm_view import CaseFilter
from tests.browser.conftest import LONGEST_MS, Shown
from tests.browser.fair import complaints
from tests.browser.firm import CASE, SIX_A
from tests.browser.undisturbed import disturbed

expect.set_options(timeout=LONGEST_MS)

PAGES = (
    "",
    "/problems",
    "/problems/cases?reason=no_lead_attorney",
    "/mapping",
    "/mapping/stages?area=Auto",
    "/mapping/fields",
    "/mapping/closing",
    f"/mapping/try?case={CASE}",
    "/mapping/history",
    "/cases",
    "/cases?q=nobody",
    f"/cases/{CASE}",
    "/find?q=nguyen",
    "/runs",
    "/runs/RUN",
    "/exception-reports",
    "/exception-reports/DAY",
    "/connection",
    "/verifications",
    "/verifications/RESULT",
    "/notifications",
)


@pytest.mark.timeout(600)  # of a second a page, on a machine that does nothing else
def test_no_page_leaves_anybody_out(browser: Browser, shown: Shown, pytestconfig: pytest.Config) -> None:
    """axe-core finds nothing, nothing is wider than the screen, and the browser refuses nothing."""
    tables = shown.service.store.tables
    numbers = {"/RUN": f"/{max(tables.runs)}", "/RESULT": f"/{max(tables.probe_results)}"}
    numbers["/DAY"] = f"/{max(day for _, day in tables.exception_reports)}"
    paths = (re.sub("/RUN|/RESULT|/DAY", lambda found: numbers[found[0]], path) for path in PAGES)
    assert not complaints(browser, (shown.url + path for path in paths), pytestconfig)


def test_no_page_refreshes_away_what_somebody_is_at(page: Page, shown: Shown) -> None:
    found, tried = disturbed(
        page, (shown.url + path for path in PAGES if not path.endswith(("RUN", "DAY", "RESULT")))
    )
    assert not found
    assert tried >= 4


def test_a_stage_is_chosen_in_the_problems_and_its_cases_arrive_while_one_looks(
    page: Page, shown: Shown
) -> None:
    page.goto(f"{shown.url}/problems")
    name = "LIT 6B – Mediation"
    card = page.locator("section[data-card]", has_text=name)
    missing = int(re.findall(r"\d+", card.locator("[data-count]").inner_text())[0])
    before = shown.service.desk.case_list.count(SYSTEM, "north", CaseFilter())
    card.get_by_label("Stage").select_option("Litigation")
    card.get_by_role("button").click()
    expect(page.get_by_role("heading", name=f"Status “{name}” means “Litigation” in Auto?")).to_be_visible()
    page.get_by_role("button", name=f"Save, and sync {missing} cases").click()
    expect(page.get_by_text(f"{missing} cases sync now")).to_be_visible()
    expect(card).to_be_visible()
    shown.service.work()
    expect(page.get_by_text(f"Mended: Status “{name}” has no stage in Auto")).to_be_visible()
    after = shown.service.desk.case_list.count(SYSTEM, "north", CaseFilter())
    assert after == before + missing


def tab_to(page: Page, wanted: str) -> None:
    """Press Tab until the focus is at what is wanted, and see that one sees it."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", wanted):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", "one sees where one is"
            return
    raise AssertionError(f"Tab never comes to {wanted}")


def test_statuses_are_given_a_stage_by_the_keyboard_alone(page: Page, shown: Shown) -> None:
    page.goto(f"{shown.url}/mapping")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # skip to the content
    assert page.evaluate("document.activeElement.id") == "main"
    tab_to(page, "main .cards a")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Give statuses a stage")).to_be_visible()
    tab_to(page, "[data-tools] input")
    page.keyboard.type("lit 6a")
    expect(page.locator("[data-box]:visible")).to_have_count(1)
    tab_to(page, f"input[name=name][value='{SIX_A}']")
    page.keyboard.press("Space")
    expect(page.locator("[data-told]")).to_contain_text("1 of")
    tab_to(page, "form:has([data-boxes]) select[name=stage]")
    page.keyboard.type("Lit")
    tab_to(page, "form:has([data-boxes]) button:not([type])")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=f"Let “{SIX_A}” mean “Litigation” in Auto?")).to_be_visible()
    tab_to(page, "button[name=sure]")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved as version")).to_be_visible()
    [auto] = shown.service.store.tables.firms["north"].practice_areas.areas
    assert SIX_A in auto.stages[2].mappings


def test_refreshing_leaves_alone_what_somebody_is_at_and_can_be_paused(page: Page, shown: Shown) -> None:
    page.clock.install()
    page.goto(f"{shown.url}/problems")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "hx-request" in request.headers else None)
    choice = page.locator("section[data-card]", has_text="Demand sent").get_by_label("Stage")
    choice.select_option("Treatment")
    with page.expect_response(lambda answer: "hx-request" in answer.request.headers):
        page.clock.run_for(5_100)
    expect(choice).to_have_value("Treatment")
    page.get_by_role("button", name="Pause refreshing").click()
    expect(page.get_by_role("button", name="Refreshing is paused")).to_be_visible()
    asked.clear()
    page.clock.run_for(60_000)
    page.reload()
    page.clock.run_for(60_000)
    assert not asked, "a pause holds for the pages that follow"


def test_refreshing_disturbs_no_typing_no_ticked_box_and_no_open_question(page: Page, shown: Shown) -> None:
    page.clock.install()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "hx-request" in request.headers else None)

    def refreshed() -> None:
        with page.expect_response(lambda answer: "hx-request" in answer.request.headers):
            page.clock.run_for(5_100)

    page.goto(f"{shown.url}/cases")
    page.get_by_text("Which cases come over, and when").click()
    page.get_by_label("Individually").check()
    page.get_by_label("Sync each night").uncheck()
    box = page.get_by_label("Case number, id or client")
    box.press_sequentially("okaf")
    refreshed()
    box.press_sequentially("or")
    expect(box).to_have_value("okafor")
    expect(box).to_be_focused()
    expect(page.get_by_label("Individually")).to_be_checked()
    expect(page.get_by_label("Sync each night")).not_to_be_checked()

    page.get_by_role("button", name="Sync now").click()
    question = page.get_by_role("heading", name="Sync cases now?")
    expect(question).to_be_visible()
    asked.clear()
    page.clock.run_for(60_000)
    expect(question).to_be_visible()
    assert not asked, "a question stands still"


# In the middle of what has the focus, or a little below its upper edge: what is seen there?
_SEEN = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect();
  if (at === document.body) return null;
  const x = Math.min(Math.max(box.left + Math.min(box.width, 20) / 2, 0), innerWidth - 1);
  const top = document.elementFromPoint(x, box.top + Math.min(box.height, 20) / 2);
  const seen = Boolean(top) && (at.contains(top) || top.contains(at));
  return {what: at.outerHTML.slice(0, 120), seen, y: box.top + scrollY, in_head: Boolean(at.closest(".top"))};
}"""


@pytest.mark.parametrize("width", [1280, 320])
def test_what_has_the_focus_is_never_covered_and_the_head_is_gone_through_as_it_is_seen(
    page: Page, shown: Shown, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 640})
    page.goto(f"{shown.url}/cases")
    expect(page.get_by_label("Case number, id or client")).to_be_visible()
    expect(page.get_by_label("Practice area")).to_be_visible()
    page.keyboard.press("Tab")
    head, last = [], None
    for _ in range(60):
        page.keyboard.press("Tab")
        now = page.evaluate(_SEEN)
        if now is None or now == last:
            break
        assert now["seen"], now["what"]
        if now["in_head"]:
            head.append(now["y"])
        last = now
    assert len(head) >= 4
    assert all(below >= above - 30 for above, below in pairwise(head)), "row by row"


def test_the_focus_goes_to_what_is_wrong_and_the_page_says_why(browser: Browser, shown: Shown) -> None:
    page = browser.new_page()  # of its own: Chromium complains of each answer 400
    page.goto(f"{shown.url}/notifications")
    address = page.get_by_label("E-mail address")
    address.evaluate("field => { field.form.noValidate = true; }")
    address.fill("nobody")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("E-mail address")).to_be_focused()
    expect(page.get_by_label("E-mail address")).to_have_accessible_description(re.compile("e-mail address"))
    page.close()
