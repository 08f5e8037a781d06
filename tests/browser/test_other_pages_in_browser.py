"""Pages of operators and managers, and those of signing in: nobody is left out, on a seeded installation."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.fair import complaints
from tests.browser.installation import Installation, installed
from tests.browser.seeded import STRANGERS_PAGES, firm_pages, other_pages, seed
from tests.browser.undisturbed import disturbed, refreshed

if TYPE_CHECKING:
    from tests.servers import PostgresServer

# A page that is not there is an error to the browser's console; Swagger's own page is not ours to mend.
_NOT_TRIED = {"not-found", "api-documentation"}


@pytest.fixture(scope="module")
def here(postgres_server: "PostgresServer", template_url: str) -> Iterator[tuple[Installation, int]]:
    """The installation, and the bulk operation that waits to be confirmed; no test changes it."""
    url = postgres_server.create_database(template=template_url)
    with installed(url, cases=120) as installation:
        yield installation, seed(installation)
    postgres_server.drop_database(url)


@pytest.mark.timeout(600)
def test_no_page_leaves_anybody_out(
    browser: Browser, here: tuple[Installation, int], pytestconfig: pytest.Config
) -> None:
    """axe-core finds nothing, nothing is wider than the screen, and the browser refuses nothing."""
    installation, question = here

    def enter(page: Page) -> None:
        page.goto(installation.manager_link())
        page.get_by_role("button", name="Continue").click()

    strange = [installation.url + path for path in STRANGERS_PAGES.values()]
    strange.append(installation.sign_in_link())
    own = [
        installation.url + path
        for name, path in other_pages(installation, question).items()
        if name not in _NOT_TRIED
    ]
    assert not complaints(browser, strange, pytestconfig)
    assert not complaints(browser, own, pytestconfig, enter)


def test_no_page_refreshes_away_what_somebody_is_at(page: Page, here: tuple[Installation, int]) -> None:
    installation, question = here
    page.goto(installation.manager_link())
    page.get_by_role("button", name="Continue").click()
    pages = {**firm_pages(installation), **other_pages(installation, question)}
    live = [
        installation.url + pages[name]
        for name in ("late", "processes", "bulk", "home", "cases")
        if name in pages
    ]
    found, tried = disturbed(page, live)
    assert not found
    assert tried >= 3


def test_a_session_that_ends_takes_nothing_away_that_was_typed(
    browser: Browser, here: tuple[Installation, int]
) -> None:
    installation, _ = here
    page = browser.new_page()  # of its own: Chromium complains of each answer 401
    page.goto(installation.manager_link())
    page.get_by_role("button", name="Continue").click()
    page.clock.install()
    page.goto(f"{installation.pages}/cases")
    page.get_by_label("Case number, id or client").fill("okafor")
    page.context.clear_cookies()
    refreshed(page)
    expect(page.get_by_text("This page could not be refreshed just now")).to_be_visible()
    expect(page.get_by_label("Case number, id or client")).to_have_value("okafor")
    page.close()
