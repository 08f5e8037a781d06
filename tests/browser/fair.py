"""What leaves somebody out: faults that axe-core finds, what is wider than the screen, what is refused."""

from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import LONGEST_MS

LOOKS = [
    pytest.param(1280, "light", id="wide, light"),
    pytest.param(360, "dark", id="narrow, dark"),
    pytest.param(1280, "dark", id="wide, dark", marks=pytest.mark.long),
    pytest.param(360, "light", id="narrow, light", marks=pytest.mark.long),
]


def complaints(
    browser: Browser,
    addresses: Iterable[str],
    width: int,
    scheme: Any,
    enter: Callable[[Page], None] = lambda _: None,
) -> list[str]:
    """Open each address in a window of `width` pixels, after `enter`; return what is wrong with them."""
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    context.set_default_timeout(LONGEST_MS)
    page, found = context.new_page(), []
    enter(page)
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    for address in addresses:
        page.goto(address)
        page.evaluate(axe)
        told = page.evaluate("axe.run({resultTypes: ['violations']})")
        found += [f"{address}: {v['id']}: {v['nodes'][0]['html'][:200]}" for v in told["violations"]]
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append(f"{address} is wider than {width} px")
    context.close()
    return found
