"""What refreshes by itself, while somebody is at something else on the same page."""

from collections.abc import Iterable
from typing import Final

from playwright.sync_api import Page

# Everything is opened, typed into and ticked, but for what stands in a part that refreshes: nothing may.
_AT_WORK: Final = """() => {
  const outside = [...document.querySelectorAll("main details")].filter((one) => !one.closest("[data-live]"));
  for (const one of outside) one.open = true;
  const fields = document.querySelectorAll("main :is(input:not([type=hidden]), select, textarea)");
  const mine = [...fields, ...outside];
  const is_box = (one) => /checkbox|radio/.test(one.type);
  const of = (one) => one.tagName === "DETAILS" ? one.open : is_box(one) ? one.checked : one.value;
  for (const one of fields) {
    if (is_box(one)) one.checked = !one.checked;
    else if (one.tagName === "SELECT") one.selectedIndex = one.options.length - 1;
    else one.value = one.type === "datetime-local" ? "2026-01-01T10:00" : "typed";
  }
  for (const one of mine) one.kept = of(one);
  window.disturbed = () =>
    mine.filter((one) => !one.isConnected || of(one) !== one.kept).map((one) => one.outerHTML);
}"""


def refreshed(page: Page) -> None:
    """Let the page's time go on until a part of it was asked for anew."""
    with page.expect_response(lambda answer: "hx-request" in answer.request.headers):
        page.clock.run_for(15_100)  # milliseconds: as long as the slowest part takes


def disturbed(page: Page, addresses: Iterable[str]) -> tuple[list[str], int]:
    """Open those that refresh, do something on them, let them refresh.

    Return what has changed under somebody's hands, and how many pages were tried.
    """
    found, tried = [], 0
    page.clock.install()
    for address in addresses:
        if "data-live" not in page.context.request.get(address).text():
            continue
        page.goto(address)
        page.evaluate(_AT_WORK)
        refreshed(page)
        found += [f"{address}: {what[:160]}" for what in page.evaluate("window.disturbed()")]
        tried += 1
    return found, tried
