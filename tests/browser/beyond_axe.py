"""What axe-core does not look at: zoom, text spacing, forced colours, paper, and whether focus is seen.

The pages' policy lets no style of ours in; a constructed style sheet is none of theirs.
"""

from collections.abc import Iterator
from typing import Final

from playwright.sync_api import Page

ZOOMED: Final = 320  # CSS pixels: a window of 1280 at 400 % (WCAG 1.4.10)
PAPER: Final = 718  # CSS pixels: A4 with Chromium's margins
# WCAG 1.4.12, more than anybody's own style may ask for.
_SPACED: Final = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important }
    * { word-spacing: .16em !important }
    p { margin-bottom: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""
_AS_BEFORE: Final = "() => { document.adoptedStyleSheets = []; }"
# What is cut: text in a box that hides what is too long, or out of a control's own box.
_CUT: Final = """() => {
  const seen = (at) => at.checkVisibility({visibilityProperty: true}) && at.clientWidth > 2;
  const cut = [];
  for (const at of document.querySelectorAll("body *:not(svg, svg *)")) {
    if (!seen(at) || !at.innerText) continue;
    const style = getComputedStyle(at);
    const hides = [style.overflowX, style.overflowY].some((way) => way === "hidden" || way === "clip");
    const is_control = at.matches("button, .button, .status, .tag, th, summary, label");
    const wide = at.scrollWidth > at.clientWidth + 1, high = at.scrollHeight > at.clientHeight + 1;
    if (at.matches("select, .name")) continue;  // shortened on purpose: the list, or the menu, has all of it
    const bursts = is_control && style.display !== "inline" && wide;
    if ((hides && (wide || high)) || bursts) cut.push(at.outerHTML.slice(0, 160));
  }
  return cut;
}"""
# What lies on something else that can be pressed.
_COVERED: Final = """() => {
  const pressed = "main :is(a[href], button, input:not([type=hidden]), select, summary)";
  const controls = [...document.querySelectorAll(pressed)]
    .filter((at) => at.checkVisibility({visibilityProperty: true}));
  const boxes = controls.map((at) => at.getBoundingClientRect());
  const found = [];
  controls.forEach((one, place) => controls.slice(place + 1).forEach((other, after) => {
    const a = boxes[place], b = boxes[place + 1 + after];
    const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (wide <= 2 || high <= 2 || one.contains(other) || other.contains(one)) return;
    if ([one, other].some((at) => at.closest(".boxes, .scroll"))) return;  // these scroll by themselves
    found.push(`${one.outerHTML.slice(0, 80)} and ${other.outerHTML.slice(0, 80)}`);
  }));
  return found;
}"""
# Where Tab comes to: in the order of the page, and seen.
_UNSEEN_FOCUS: Final = """() => {
  const found = [];
  const reached = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";
  for (const at of document.querySelectorAll(reached)) {
    if (at.tabIndex > 0) found.push(`out of order: ${at.outerHTML.slice(0, 120)}`);
    if (at.tabIndex < 0 || at.disabled || !at.checkVisibility({visibilityProperty: true})) continue;
    at.focus({focusVisible: true, preventScroll: true});
    const style = getComputedStyle(at);
    const is_seen = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    if (document.activeElement === at && !is_seen)
      found.push(`no focus seen: ${at.outerHTML.slice(0, 120)}`);
  }
  document.activeElement?.blur();
  return found;
}"""
# Where one is must be told from where one is not by more than the weight of letters.
_NOT_TOLD_APART: Final = """() => {
  const look = (at) => {
    const style = getComputedStyle(at);
    return [style.backgroundColor, style.textDecorationLine, style.outlineStyle].join();
  };
  const found = [];
  for (const at of document.querySelectorAll("[aria-current]")) {
    if (!at.checkVisibility()) continue;
    const others = [...at.closest("nav, .tabs").querySelectorAll("a:not([aria-current])")];
    const other = others.find((one) => one.checkVisibility());
    if (other && look(at) === look(other)) found.push(at.outerHTML.slice(0, 120));
  }
  return found;
}"""
_PRINTED: Final = """() => {
  const found = [];
  for (const at of document.querySelectorAll(".top, nav, button, .skip, form.filters"))
    if (at.checkVisibility()) found.push(`printed: ${at.outerHTML.slice(0, 120)}`);
  for (const at of document.querySelectorAll(".scroll"))
    if (getComputedStyle(at).overflowX !== "visible")
      found.push(`cut on paper: ${at.outerHTML.slice(0, 120)}`);
  for (const at of document.querySelectorAll("main time"))
    if (at.checkVisibility() && getComputedStyle(at, "::after").content !== JSON.stringify(at.title))
      found.push(`a time that is true only now: ${at.outerHTML.slice(0, 120)}`);
  if (!document.querySelector("main").innerText.trim()) found.push("nothing on paper");
  for (const at of document.querySelectorAll("main a[href], main h1, main td")) {
    const [r, g, b] = getComputedStyle(at).color.match(/[\\d.]+/g).map(Number);
    if (at.checkVisibility() && r * .3 + g * .6 + b * .1 > 128)
      found.push(`pale on paper: ${at.outerHTML.slice(0, 120)}`);
  }
  return found;
}"""
_WIDTH: Final = "document.documentElement.scrollWidth"


def zoomed(page: Page) -> Iterator[str]:
    """Yield what is wrong at 400 %, and with the text spaced out there and as it is usually seen."""
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": ZOOMED, "height": 640})
    if (width := page.evaluate(_WIDTH)) > ZOOMED:
        yield f"is {width} px wide at 400 %"
    for width in (ZOOMED, 640, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        page.evaluate(_SPACED)
        if (wide := page.evaluate(_WIDTH)) > width:
            yield f"is {wide} px wide with spaced text at {width} px"
        yield from (f"cut with spaced text at {width} px: {one}" for one in page.evaluate(_CUT))
        yield from (f"covered with spaced text at {width} px: {one}" for one in page.evaluate(_COVERED))
        page.evaluate(_AS_BEFORE)


def without_colours(page: Page) -> Iterator[str]:
    """Yield what is not seen in forced colours, where the focus is not, and what moves all the same."""
    page.set_viewport_size({"width": 1280, "height": 800})
    page.emulate_media(forced_colors="active", reduced_motion="reduce")
    yield from (f"not told apart in forced colours: {one}" for one in page.evaluate(_NOT_TOLD_APART))
    yield from (f"in forced colours {one}" for one in page.evaluate(_UNSEEN_FOCUS))
    page.emulate_media(forced_colors="none")
    yield from page.evaluate(_UNSEEN_FOCUS)
    if page.evaluate("document.getAnimations().length"):
        yield "moves, though somebody asked for no motion"
    page.emulate_media(reduced_motion="no-preference")


def on_paper(page: Page) -> Iterator[str]:
    """Yield what is wrong with the page when it is printed, by somebody who has it dark."""
    page.set_viewport_size({"width": PAPER, "height": 1000})
    page.emulate_media(media="print", color_scheme="dark")
    yield from page.evaluate(_PRINTED)
    if (width := page.evaluate(_WIDTH)) > PAPER:
        yield f"is {width} px wide on paper"
    page.emulate_media(media="screen", color_scheme="light")


LOOKS: Final = (zoomed, without_colours, on_paper)
