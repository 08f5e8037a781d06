"""What leaves somebody out: faults that axe-core finds and those it does not, and what is refused."""

from collections.abc import Callable, Iterable
from importlib.resources import files
from typing import Final, Literal

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.beyond_axe import LOOKS
from tests.browser.conftest import LONGEST_MS

Look = tuple[int, Literal["light", "dark"]]  # width in pixels, scheme
_OFTEN: Final[tuple[Look, ...]] = ((1280, "light"), (360, "dark"))
_SELDOM: Final[tuple[Look, ...]] = ((1280, "dark"), (360, "light"))
# What another width or scheme of a page can change.
_BY_LOOK: Final = ["color-contrast", "target-size", "scrollable-region-focusable", "link-in-text-block"]
# The size of targets is not among what it looks at by itself.
_RUN: Final = """rules => axe.run({
  resultTypes: ["violations"],
  ...(rules.runOnly ? {} : {rules: {"target-size": {enabled: true}}}),
  ...rules,
})"""


def complaints(
    browser: Browser,
    addresses: Iterable[str],
    config: pytest.Config,
    enter: Callable[[Page], None] = lambda _: None,
) -> list[str]:
    """Open each address after `enter`; return what is wrong with them.

    Each is looked at by axe-core in one of two ways, in turn, and is tried for its width in both; then in one
    of the ways of `beyond_axe`, in turn. With --long everything is looked at in all of them.
    """
    axe = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    context = browser.new_context()
    context.set_default_timeout(LONGEST_MS)
    page, found = context.new_page(), []
    enter(page)
    page.on("console", lambda said: found.append(said.text) if said.type == "error" else None)
    is_long = config.getoption("--long")
    for place, address in enumerate(addresses):
        rules: dict[str, object] = {}
        first = _OFTEN[place % 2]
        others = [look for look in (*_OFTEN, *(_SELDOM if is_long else ())) if look != first]
        for width, scheme in (first, *others):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=scheme)
            if not rules:
                page.goto(address)
                page.evaluate(axe)
            at = f"{address} ({width} px, {scheme})"
            if not rules or is_long:
                told = page.evaluate(_RUN, rules)
                found += [f"{at}: {v['id']}: {v['nodes'][0]['html'][:200]}" for v in told["violations"]]
            if page.evaluate("document.documentElement.scrollWidth") > width:
                found.append(f"{at} is wider than the screen")
            rules = {"runOnly": _BY_LOOK}
        for look in LOOKS if is_long else LOOKS[place % len(LOOKS) :][:1]:
            found += [f"{address}: {fault}" for fault in look(page)]
    context.close()
    return found
