"""Pages of operators and managers, and those of signing in: nobody is left out, on a seeded installation."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.fair import complaints
from tests.browser.installation import Installation, installed
from tests.browser.seeded import STRANGERS_PAGES, other_pages, seed

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
