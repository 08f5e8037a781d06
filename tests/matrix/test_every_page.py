"""What holds of every page, of whatever pages there are, and of what is told where it does not go well.

A new page is tried by itself. What needs no browser to be seen is seen here; tests/browser has the rest.
"""

import re
from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from adapters.web.buckets import Rate
from adapters.web.errors.answers import Answers
from adapters.web.middleware.body_limit import MAX_BODY
from adapters.web.middleware.guard import Guard, add_guard
from adapters.web.middleware.rate_limit import RateLimits
from adapters.web.pages.shell.form import MAX_FORM_BYTES
from adapters.web.pages.shell.shell import Shell
from core.actor import ALL_FIRMS, SYSTEM, Power
from core.errors import NeedsPersonError, TransientError
from core.reason import Reason
from tests.matrix.every_page import NOBODY, PEOPLE, Shown, Site, with_data, with_nothing
from tests.matrix.routes import routes
from tests.matrix.told import SECRET, faults_of_page, faults_of_problem
from tests.pages.tree import Node, tree_of

_CONTROLS: Final = ("input", "select", "textarea", "button", "a", "summary")
_FIELDS: Final = ("input", "select", "textarea")
_HASHED: Final = re.compile(r"/assets/[0-9a-f]{8,}/[\w.-]+")


@pytest.fixture(scope="module")
def site() -> Site:
    return Site(with_data())


@pytest.fixture(scope="module")
def pages(site: Site) -> list[Shown]:
    """Every page: for somebody who may do everything, for strangers, and of a firm with nothing."""
    shown = [*site.pages("mona"), *site.pages(NOBODY)]
    full, site.service = site.service, with_nothing()
    shown += site.pages("ada", has_data=False)
    site.service = full
    return shown


def faults(pages: list[Shown], check: Callable[[Shown], Iterator[str]]) -> str:
    """Return what is wrong with them, a fault a line."""
    return "\n".join(f"{page}: {fault}" for page in pages for fault in check(page))


def name_of(node: Node, root: Node) -> str:
    """Return what a screen reader calls a control."""
    if node.get("aria-label"):
        return node.get("aria-label")
    if node.get("aria-labelledby"):
        wanted = set(node.get("aria-labelledby").split())
        return " ".join(other.words for other in root.having("id") if other.get("id") in wanted)
    if node.tag in {"button", "a", "summary"}:
        return node.words
    labels = [
        label.words for label in root.all("label") if label.get("for") and label.get("for") == node.get("id")
    ]
    labels += [around.words for around in node.within() if around.tag == "label"]
    return " ".join(labels)


def test_every_page_answers_and_says_what_it_is(pages: list[Shown]) -> None:
    def check(page: Shown) -> Iterator[str]:
        if page.answer.status_code not in {200, 403, 404}:
            yield f"answers {page.answer.status_code}"
        root = page.tree
        if not root.all("html"):
            yield "is no page, and whoever has no scripts comes to it"
            return
        if len(root.all("h1")) != 1 or len(root.all("main")) != 1:
            yield f"{len(root.all('h1'))} headings of the first level, {len(root.all('main'))} contents"
        elif root.all("main")[0] not in list(root.all("h1")[0].within()):
            yield "its heading is not in its content"
        if not all(title.words for title in root.all("title")) or root.all("html")[0].get("lang") != "en":
            yield "no title, or no language"
        if "style" in {node.tag for node in root.walk()} or root.having("style"):
            yield "a style of its own"
        yield from (f"runs {node}" for node in root.all("script") if not node.get("src"))
        yield from (
            f"runs {name}" for node in root.walk() for name in node.attributes if name.startswith("on")
        )
        headers = page.answer.headers
        if (
            headers["cache-control"] != "no-store"
            or "script-src 'self';" not in headers["content-security-policy"]
        ):
            yield "is kept, or may run what is not ours"

    assert len(pages) > 100
    assert not faults(pages, check)


def test_headings_and_landmarks_tell_what_is_where(pages: list[Shown]) -> None:
    def check(page: Shown) -> Iterator[str]:
        root, level = page.tree, 0
        for heading in root.all("h1", "h2", "h3", "h4", "h5", "h6"):
            if int(heading.tag[1]) > level + 1:
                yield f"{heading} comes below a heading of level {level}"
            level = int(heading.tag[1])
            if not heading.words:
                yield f"{heading} says nothing"
        named = [
            node.get("aria-label") or node.get("aria-labelledby")
            for node in root.walk()
            if node.get("role") == "search" or (node.tag == "nav" and "side" not in node.get("class"))
        ]
        if "" in named or len(named) != len(set(named)):
            yield f"landmarks that cannot be told apart: {named}"

    assert not faults(pages, check)


def test_every_control_has_a_name_and_what_describes_it_is_there(pages: list[Shown]) -> None:
    def check(page: Shown) -> Iterator[str]:
        root = page.tree
        ids = [node.get("id") for node in root.having("id")]
        yield from (f"two of id {one}" for one in {one for one in ids if ids.count(one) > 1})
        for attribute in ("for", "aria-describedby", "aria-labelledby", "aria-controls", "form"):
            for node in root.having(attribute):
                yield from (f"{node} names {one}" for one in node.get(attribute).split() if one not in ids)
        for node in root.all(*_CONTROLS):
            if node.get("type") != "hidden" and not name_of(node, root).strip():
                yield f"{node} has no name"
            label, words = node.get("aria-label"), node.words
            if node.tag in {"a", "button"} and label and words and words.lower() not in label.lower():
                yield f"{node} is called {label!r}, which does not say what is seen (WCAG 2.5.3)"
        yield from (
            f"{node} has no text in its place" for node in root.all("img") if "alt" not in node.attributes
        )
        for group in root.all("fieldset"):
            if not group.all("legend"):
                yield f"{group} has no legend"

    assert not faults(pages, check)


def test_every_table_says_what_it_is_of_and_which_cells_are_headings(pages: list[Shown]) -> None:
    def check(page: Shown) -> Iterator[str]:
        for table in page.tree.all("table"):
            if not any(caption.words for caption in table.all("caption")):
                yield f"{table} has no caption"
            yield from (f"{cell} heads nothing" for cell in table.all("th") if not cell.get("scope"))
            if not table.all("th"):
                yield f"{table} has no headings"
            columns = sum(len(row.all("th")) for head in table.all("thead") for row in head.all("tr"))
            for row in (row for body in table.all("tbody") for row in body.all("tr")):
                if len([cell for cell in row.children if cell.tag in {"td", "th"}]) != columns:
                    yield f"a row of another length: {row.words[:80]}"
                if not [cell for cell in row.all("th") if cell.get("scope") == "row"]:
                    yield f"a row that nothing heads: {row.words[:80]}"

    assert not faults(pages, check)


def test_what_refreshes_holds_nothing_that_somebody_is_at_and_can_be_paused(pages: list[Shown]) -> None:
    refreshing = set()

    def check(page: Shown) -> Iterator[str]:
        root = page.tree
        for part in root.having("data-hx-trigger"):
            if "every" not in part.get("data-hx-trigger"):
                continue
            refreshing.add(page.route)
            yield from (f"{node} is refreshed away" for node in part.all("form", *_FIELDS))
            if "data-live" not in part.attributes or not part.get("id"):
                yield f"{part} cannot be paused"
            if not [node for node in root.all("button") if node.get("id") == "pause"]:
                yield "nothing to pause it by"
            if part.get("data-hx-select") != f"#{part.get('id')}":
                yield f"{part} takes something else"
            if [node for node in root.all("button") if node.get("name") == "sure"]:
                yield "a question, and it does not stand still"

    assert not faults(pages, check)
    assert len(refreshing) > 5


def test_ids_are_text_that_can_be_selected_before_they_can_be_copied(pages: list[Shown]) -> None:
    copied = 0

    def check(page: Shown) -> Iterator[str]:
        nonlocal copied
        for button in page.tree.having("data-copy"):
            copied += 1
            around = button.parent
            assert around is not None
            before = around.children[: around.children.index(button)]
            if not any(node.words == button.get("data-copy") for node in before):
                yield f"{button} copies what is not seen"
            if "hidden" not in button.attributes:
                yield f"{button} is there without scripts, which it needs"

    assert not faults(pages, check)
    assert copied > 3


def test_names_of_assets_carry_a_hash_and_nothing_comes_from_elsewhere(
    pages: list[Shown], site: Site
) -> None:
    named: set[str] = set()

    def check(page: Shown) -> Iterator[str]:
        for node in page.tree.all("script", "link", "img"):
            address = node.get("src") or node.get("href")
            named.add(address)
            if not _HASHED.fullmatch(address):
                yield f"{address} has no hash"

    assert not faults(pages, check)
    assert len(named) >= 4
    for address in named:
        answer = site.ask(NOBODY, address)
        assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True), address


def test_a_total_comes_after_its_list_and_is_of_what_the_list_is_filtered_by(
    pages: list[Shown], site: Site
) -> None:
    wrong, filtered = [], set()
    for page in [one for one in pages if one.who == "mona"]:
        for form in (one for one in page.tree.all("form") if "filters" in one.get("class").split()):
            for name, value in chosen(form):
                path = f"{form.get('action')}?{urlencode({name: value})}"
                root = tree_of(site.ask("mona", path).text)
                for part in (
                    one for one in root.having("data-hx-trigger") if "load" in one.get("data-hx-trigger")
                ):
                    address = part.get("data-hx-get")
                    told = site.ask("mona", address, headers={"hx-request": "true"}).text
                    if not (number := re.fullmatch(r"([\d,]+)\+? \w+", told)):
                        continue  # it tells of all there is, beside the list
                    filtered.add(page.route)
                    rows = [row for body in root.all("tbody") for row in body.all("tr")]
                    if name not in dict(parse_qsl(urlsplit(address).query)):
                        wrong.append(f"{path}: {address} knows nothing of {name}")
                    if int(number[1].replace(",", "")) != len(rows):
                        wrong.append(f"{path}: {told}, and there are {len(rows)}")
                    if [link.get("href") for link in part.all("a")] != [address]:
                        wrong.append(f"{path}: without scripts there is no way to {address}")
    assert not wrong, "\n".join(wrong)
    assert filtered >= {"/deliveries", "/firms/{firm_id}/cases"}


def chosen(form: Node) -> Iterator[tuple[str, str]]:
    """Yield one field after the other of a filter, each with what one could choose or write."""
    for node in form.all(*_FIELDS):
        if node.tag == "select":
            yield from (
                (node.get("name"), one.get("value")) for one in node.all("option") if one.get("value")
            )
        elif node.get("type") == "datetime-local":
            yield node.get("name"), "2020-01-01T00:00"
        else:
            yield node.get("name"), node.get("value") or "north"


@pytest.mark.parametrize(
    "odd", ["[" * 5_000, '["x"]', "[1]", "[true]", '["\\u0000"]', "[" + "9" * 30 + "]", ""]
)
def test_a_place_that_no_list_gave_out_is_no_error_of_ours(site: Site, odd: str) -> None:
    place = urlsafe_b64encode(odd.encode()).decode()
    wrong = [
        f"{path} answers {status}"
        for _, path in site.asked()
        for name in ("after", "before")
        for status in (site.ask("mona", f"{path}{'&' if '?' in path else '?'}{name}={place}").status_code,)
        if status >= 500
    ]
    assert not wrong, "\n".join(wrong)


def test_every_link_and_every_form_leads_somewhere(pages: list[Shown], site: Site) -> None:
    links: dict[str, Shown] = {}
    forms: dict[tuple[str, str], Shown] = {}
    for page in pages:
        if page.who != "mona":
            continue
        for link in page.tree.all("a"):
            if page.route.endswith("/exception-reports/{day}"):
                continue  # the sample's report names a run that never was
            address = link.get("href").partition("#")[0]
            if address.startswith("/"):
                links.setdefault(re.sub("(after|before|cursor)=[^&]*", "", address), page)
        for form in page.tree.all("form"):
            forms.setdefault(
                (form.get("method") or "get", (form.get("action") or page.path).partition("?")[0]), page
            )
    wrong = []
    for address, page in links.items():
        if (status := site.ask("mona", address).status_code) not in {200, 303}:
            wrong.append(f"{page}: {address} answers {status}")
    known = [*routes(site.app)]
    wrong += [
        f"{page}: {method} {path} leads nowhere"
        for (method, path), page in forms.items()
        if not any(one.path_regex.match(path) and method.upper() in (one.methods or ()) for one in known)
    ]
    assert not wrong, "\n".join(wrong)
    assert len(links) > 50
    assert len(forms) > 20


def posted(form: Node, button: Node) -> dict[str, list[str]]:
    """Return what a browser posts of a form that nobody changed, by one of its buttons."""
    made: defaultdict[str, list[str]] = defaultdict(list)
    for node in (node for node in form.all(*_FIELDS) if node.get("name")):
        if node.tag == "select":
            options = [one for one in node.all("option") if "selected" in one.attributes] or node.all(
                "option"
            )[:1]
            made[node.get("name")] += [one.get("value") for one in options]
        elif node.get("type") not in {"checkbox", "radio"} or "checked" in node.attributes:
            made[node.get("name")].append(node.get("value") or node.words or "because")
    if button.get("name"):
        made[button.get("name")].append(button.get("value"))
    return dict(made)


# What is written beside what somebody does: who did it, and work that follows from it. Or nothing but read.
_BESIDE: Final = frozenset({"audit", "outbox", "wakes", "letters", "names", "sign_in_tries", "bulk_touched"})


def touched(before: Any, now: Any) -> Iterator[str]:
    """Yield the tables of which more than one row has changed."""
    for table in (one.name for one in fields(before) if one.name not in _BESIDE):
        old, new = getattr(before, table), getattr(now, table)
        if not hasattr(old, "items"):
            changed, made = 0, len(new) - len(old)
        else:
            changed, made = sum(old[key] != new.get(key) for key in old), len(new.keys() - old.keys())
        if changed > 1 or made > 1:
            yield table


def test_no_button_touches_more_than_one_thing_without_a_question(pages: list[Shown], site: Site) -> None:
    store, wrong, pressed, asked = site.service.store, [], set(), 0
    before = store.tables.snapshot()
    for page in (page for page in pages if page.who == "mona"):
        for form in (one for one in page.tree.all("form") if one.get("method") == "post"):
            for button in (one for one in form.all("button") if one.get("type") != "button"):
                action, fields_ = form.get("action") or page.path, posted(form, button)
                if (action, repr(fields_)) in pressed or "sure" in fields_:
                    continue
                pressed.add((action, repr(fields_)))
                answer = site.ask("mona", action, "POST", data=fields_)
                asked += 'name="sure"' in answer.text
                wrong += [f"{page}: {button} changes {table}" for table in touched(before, store.tables)]
                if answer.status_code >= 500:
                    wrong.append(f"{page}: {button} answers {answer.status_code}")
                store.tables = before.snapshot()
    assert not wrong, "\n".join(wrong)
    assert len(pressed) > 30
    assert asked > 10


def test_what_does_the_same_is_called_the_same_on_every_page(pages: list[Shown]) -> None:
    words: defaultdict[tuple[str, str, str], dict[str, Shown]] = defaultdict(dict)
    for page in pages:
        for form in (
            one for one in page.tree.all("form") if one.get("method") == "post" and one.get("action")
        ):
            kept = {
                node.get("name"): node.get("value")
                for node in form.all("input")
                if node.get("type") == "hidden"
            }
            for button in (one for one in form.all("button") if one.get("type") != "button"):
                if button.get("name") == "sure":
                    continue
                does = (re.sub(r"\d+", "#", form.get("action")), kept.get("do", ""), button.get("value"))
                said = button.words.partition(" :")[0].rstrip("…")
                words[does].setdefault(re.sub(r"\d+ \w+|\bit\b|\bthem\b", "#", said), page)
    several = {
        does: {said: str(page) for said, page in told.items()}
        for does, told in words.items()
        if len(told) > 1
    }
    assert not several
    assert len(words) > 20


# --- where it does not go well


AWAY: Final = TransientError("the store is away", reason=Reason.DATABASE_UNAVAILABLE)


@pytest.fixture(scope="module")
def key(site: Site) -> str:
    made = site.service.desk.manage_api_keys.add(SYSTEM, "a key", frozenset(Power), ALL_FIRMS)
    return made.secret


@pytest.fixture(autouse=True)
def as_usual(site: Site) -> Iterator[None]:
    """Let each test find the site well."""
    for who in PEOPLE:
        assert site.secret(who)
    before = site.service.store.tables.snapshot()
    yield
    site.breaks_by, site.knows_who = None, True
    site.service.store.tables = before


def test_every_page_says_what_went_wrong_and_keeps_its_navigation(
    site: Site, pytestconfig: pytest.Config
) -> None:
    """The store is away, or nobody foresaw it: whatever the desk is asked, but whose session it is.

    Each page is tried in one of two ways, in turn; with --long in both.
    """
    ways = ((AWAY, 503), (LookupError(SECRET), 500))
    wrong, tried = [], 0
    for place, (_, path) in enumerate(site.asked()):
        for error, status in ways if pytestconfig.getoption("--long") else ways[place % 2 :][:1]:
            site.breaks_by = error
            answer = site.ask("mona", path)
            if answer.status_code < 400:
                continue  # it asks nothing of the desk
            tried += 1
            wrong += [f"{path}: {fault}" for fault in faults_of_page(answer, status, who="mona")]
    assert not wrong, "\n".join(wrong)
    assert tried > 40


def test_while_the_store_is_away_nobody_is_signed_out_or_told_to_sign_in(site: Site) -> None:
    site.breaks_by, site.knows_who = AWAY, False
    wrong, tried = [], 0
    for route, path in site.asked():
        answer = site.ask("mona", path)
        if answer.status_code == 200 or route.endswith("/callback"):
            continue
        tried += 1
        wrong += [f"{path}: {fault}" for fault in faults_of_page(answer, 503, who=NOBODY)]
        if "__Host-casebridge=" in answer.headers.get("set-cookie", ""):
            wrong.append(f"{path}: takes the session's cookie away")
    assert not wrong, "\n".join(wrong)
    assert tried > 40
    site.breaks_by, site.knows_who = None, True
    assert site.ask("mona", "/firms/north").status_code == 200, "and then it goes on"


@dataclass(frozen=True)
class Case:
    """A request, and what is wrong with it. `is_before_all`: before anybody is asked who it is."""

    status: int
    path: str
    method: str = "GET"
    more: Mapping[str, Any] = field(default_factory=dict)
    breaks: Exception | None = None
    is_before_all: bool = False

    def __str__(self) -> str:
        return f"{self.status} {self.method} {self.path}"


_ODD_FORM: Final = {
    "content": b"words=%ff%fe",
    "headers": {"content-type": "application/x-www-form-urlencoded"},
}
PAGES: Final = (
    Case(400, "/firms/north?q=%00", is_before_all=True),
    Case(400, "/firms/north/pause", "POST", _ODD_FORM),
    Case(400, "/deliveries?since=nonsense"),
    Case(403, "/firms/north", "POST", {"headers": {"sec-fetch-site": "cross-site"}}, is_before_all=True),
    Case(404, "/nowhere"),
    Case(404, "/firms/nobody-knows"),
    Case(404, "/firms/north/nowhere"),
    Case(404, "/firms/north/runs/999999"),
    Case(404, "/firms/north/mapping/stages?area=Renamed"),
    Case(404, "/deliveries/999999999999999999999999"),
    Case(405, "/firms/north", "DELETE"),
    Case(405, "/firms/north/pause"),
    Case(409, "/firms/north/runs", breaks=NeedsPersonError("act", reason=Reason.RECONNECT_REQUIRED)),
    Case(413, "/firms/north/pause", "POST", {"data": {"why": "x" * MAX_FORM_BYTES}}),
    Case(413, "/firms/north/pause", "POST", {"content": b"x" * (MAX_BODY + 1)}, is_before_all=True),
    Case(500, "/firms/north/runs", breaks=LookupError(SECRET)),
    Case(503, "/firms/north/runs", breaks=AWAY),
)
PROBLEMS: Final = (
    Case(400, "/v1/firms?limit=%00"),
    Case(
        400,
        "/v1/firms/north/runs",
        "POST",
        {"content": b"{", "headers": {"content-type": "application/json"}},
    ),
    Case(404, "/v1/nowhere"),
    Case(404, "/v1/firms/nobody-knows"),
    Case(404, "/v1/runs/999999"),
    Case(405, "/v1/firms/north/runs", "PUT"),
    Case(409, "/v1/firms/north", breaks=NeedsPersonError("act", reason=Reason.RECONNECT_REQUIRED)),
    Case(413, "/v1/firms/north/runs", "POST", {"content": b"x" * (MAX_BODY + 1)}),
    Case(500, "/v1/firms/north", breaks=LookupError(SECRET)),
    Case(503, "/v1/firms/north", breaks=AWAY),
)


@pytest.mark.parametrize("case", PAGES, ids=str)
def test_each_error_is_a_page_for_people(site: Site, case: Case) -> None:
    site.breaks_by = case.breaks
    answer = site.ask("mona", case.path, case.method, **case.more)
    assert not [*faults_of_page(answer, case.status, who="mona", is_before_all=case.is_before_all)]


@pytest.mark.parametrize("case", PROBLEMS, ids=str)
def test_each_error_is_a_problem_for_programs(site: Site, key: str, case: Case) -> None:
    more = dict(case.more)
    headers = {"authorization": f"Bearer {key}", "accept": "application/json", **more.pop("headers", {})}
    site.breaks_by = case.breaks
    answer = site.http.request(case.method, case.path, headers=headers, **more)
    assert not [*faults_of_problem(answer, case.status)]


def test_without_a_good_key_a_program_is_told_so(site: Site) -> None:
    for headers in ({}, {"authorization": "Bearer wrong"}):
        answer = site.http.get("/v1/firms", headers=headers)
        assert not [*faults_of_problem(answer, 401)]
        assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_firms_own_navigation_stands_beside_what_is_not_there(site: Site) -> None:
    for path in ("/firms/north/runs/999999", "/nowhere", "/account"):
        assert 'href="/firms/north/problems"' in site.ask("ada", path).text, path
    assert 'href="/firms/south' not in site.ask("ada", "/firms/south/runs/1").text


def test_who_asks_too_often_is_told_how_long_to_wait(site: Site) -> None:
    app, seldom = FastAPI(), Rate(0.1, 1)
    shell = Shell(site.service.desk, lambda _: SYSTEM, secure=True)
    add_guard(app, Guard(rates=RateLimits(seldom, seldom, seldom, seldom)), Answers(shell.error), secure=True)
    http = TestClient(app, headers={"accept": "text/html"})
    for path, faults in (("/sign-in/x", faults_of_page), ("/v1/firms", faults_of_problem)):
        http.post(path)
        answer = http.post(path)
        assert not [*faults(answer, 429)]
        assert 0 < int(answer.headers["retry-after"]) <= 10
        assert answer.headers["retry-after"] in answer.text
