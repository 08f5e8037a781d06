"""`make screenshots`: every page at two widths and in both schemes, into docs/screenshots/, as WebP.

The installation is a seeded one beside the sandbox. The pictures are of the whole page, up to a height.
"""

import base64
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from playwright.sync_api import Browser, Page, sync_playwright

from adapters.embedded.postgres import EmbeddedPostgres
from adapters.postgres.store.access import prepare_role
from adapters.postgres.store.migrate import migrate
from adapters.system.logs import configure_logs
from tests.browser.installation import Installation, installed
from tests.browser.seeded import STRANGERS_PAGES, firm_pages, other_pages, seed
from tests.servers.browsers import CHROMIUM_ARGUMENTS, found_chromium

FOLDER: Final = Path(__file__).parents[2] / "docs" / "screenshots"
WIDTHS: Final[Mapping[str, int]] = {"wide": 1280, "narrow": 360}
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
HIGHEST: Final = 1400  # pixels
NOT_TAKEN: Final = {"processes"}  # it names the machine
QUALITY: Final = 50  # percent


def main() -> int:
    """Take them all anew, or only those whose names are given."""
    only = set(sys.argv[1:])
    FOLDER.mkdir(exist_ok=True)
    configure_logs("ERROR", "console")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # the embedded server has an account of its own
        with EmbeddedPostgres(Path(folder)) as postgres:
            migrate(postgres.url)
            prepare_role(postgres.url)
            with installed(postgres.url) as here, sync_playwright() as playwright:
                question = seed(here)
                browser = playwright.chromium.launch(
                    executable_path=found_chromium(print), args=CHROMIUM_ARGUMENTS
                )
                _take_all(browser, here, question, only)
                browser.close()
    return 0


def _take_all(browser: Browser, here: Installation, question: int, only: set[str]) -> None:
    for shape, width in WIDTHS.items():
        for scheme in SCHEMES:
            for link, pages in (
                (None, STRANGERS_PAGES),
                (here.sign_in_link(), firm_pages(here)),
                (here.manager_link(), other_pages(here, question)),
            ):
                context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
                page = context.new_page()
                if link is not None:
                    page.goto(link)
                    page.get_by_role("button", name="Continue").click()
                for name, path in pages.items():
                    if name not in NOT_TAKEN and (not only or name in only):
                        page.goto(here.url + path)
                        page.wait_for_load_state("networkidle")
                        picture = _picture(page, width)
                        (FOLDER / f"{name}-{shape}-{scheme}.webp").write_bytes(picture)
                context.close()


def _picture(page: Page, width: int) -> bytes:
    height = min(page.evaluate("document.documentElement.scrollHeight"), HIGHEST)
    asked: dict[str, Any] = {
        "format": "webp",
        "quality": QUALITY,
        "captureBeyondViewport": True,
        "clip": {"x": 0, "y": 0, "width": width, "height": height, "scale": 1},
    }
    session = page.context.new_cdp_session(page)
    picture = base64.b64decode(session.send("Page.captureScreenshot", asked)["data"])
    session.detach()
    return picture


if __name__ == "__main__":
    sys.exit(main())
