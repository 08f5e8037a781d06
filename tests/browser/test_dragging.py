"""Stages are dragged to another place in a real browser, beside the buttons that do the same."""

from playwright.sync_api import Browser, Page

from tests.browser.conftest import LONGEST_MS, Shown


def order(page: Page) -> list[str]:
    return page.locator("[data-stage] h3").all_inner_texts()


def test_a_stage_is_dragged_to_another_place_and_stays_there(browser: Browser, shown: Shown) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 1600})
    context.set_default_timeout(LONGEST_MS)
    page, errors = context.new_page(), list[str]()
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    page.goto(f"{shown.url}/mapping")
    with page.expect_navigation():  # to its end: half of a page has half of the stages
        page.locator("ul.cards h2 a").first.click()
    first, second, *rest = order(page)
    handles = page.locator("[data-handle]")
    with page.expect_navigation():
        handles.nth(0).drag_to(page.locator("[data-stage]").nth(1), target_position={"x": 40, "y": 60})
    assert order(page) == [second, first, *rest]
    page.reload()
    assert order(page) == [second, first, *rest]
    # Let go where it was: nothing is sent.
    handles.nth(0).drag_to(handles.nth(0))
    assert order(page) == [second, first, *rest]
    assert not errors
    context.close()
