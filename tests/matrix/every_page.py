"""Every page that the application has, as people of each kind see it, with data and without."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2
from fastapi import FastAPI
from fastapi.testclient import TestClient

from adapters.web.api.keys import ApiKeys
from adapters.web.app import create_app
from adapters.web.buckets import Rate
from adapters.web.middleware.guard import Guard
from adapters.web.middleware.rate_limit import RateLimits
from core.actor import ALL_FIRMS, SYSTEM, Reach, Role
from core.desk import Desk
from core.person import Person
from tests.desk_calls import fill
from tests.fakes.samples import a_firm
from tests.fakes.service import FakeService
from tests.matrix.routes import routes
from tests.matrix.values import values
from tests.pages.tree import Node, tree_of

ORIGIN: Final = "https://casebridge.test"
PEOPLE: Final[dict[str, tuple[Role, Reach]]] = {
    "ada": (Role.FIRM_ADMIN, frozenset({"north"})),
    "mona": (Role.IMPLEMENTATION_MANAGER, ALL_FIRMS),
    "otto": (Role.OPERATOR, ALL_FIRMS),
}
NOBODY: Final = "nobody"
_MUCH: Final = Rate(1e6, 10**6)
_NAMES: Final = (
    *("run_id", "delivery_id", "integration_id", "number", "version", "key_id", "session_id", "bulk_id"),
    *("announcement_id", "event_id", "kind", "link", "digest", "name"),
)
_OF_NOTHING: Final = {"firm_id": "north", "day": "2026-03-02"}
# For programs, or not ours to mend.
_NO_PAGES: Final = {
    "/assets/{digest}/{name}",
    "/favicon.ico",
    "/docs/{name}",
    "/docs",
    "/metrics",
    "/livez",
    "/readyz",
    "/openapi.json",
}
# What a page is asked about, beside what stands in its path.
_MORE: Final = {
    "/firms/north/mapping/stages": ("?area=Auto",),
    "/firms/north/problems/cases": ("?reason=no_lead_attorney",),
    "/firms/north/find": ("?q=300418",),
    "/firms/north/cases": ("?q=nobody",),
    "/look-up": ("?id=m-1", "?id=nothing-is-called-so"),
    "/deliveries": ("?state=failed", "?case=1"),
    "/audit": ("?firm=nobody-knows",),
}


@dataclass(frozen=True)
class Shown:
    """A page as somebody sees it."""

    who: str
    route: str
    path: str
    answer: httpx2.Response

    @cached_property
    def tree(self) -> Node:
        """The page."""
        return tree_of(self.answer.text)

    def __str__(self) -> str:
        return f"{self.path} for {self.who}"


class _Breakable:
    """Stands before a part of the desk that there is by then, and raises what the site says."""

    def __init__(self, find: Callable[[], Any], site: "Site") -> None:
        self._find = find
        self._site = site

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._find(), name)
        return _Breakable(lambda: getattr(self._find(), name), self._site) if callable(found) else found

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        if self._site.breaks_by is not None:
            raise self._site.breaks_by
        return self._find()(*arguments, **named)


class _Sessions(_Breakable):
    def find(self, *arguments: Any, **named: Any) -> Any:
        """Return the session, though all else breaks."""
        find = self._find().find
        return find(*arguments, **named) if self._site.knows_who else self(*arguments)


class Site:
    """The application over one store or another, and everybody's browser.

    Every call of the desk raises `breaks_by`, None for as usual; while `knows_who` sessions are found all the
    same.
    """

    def __init__(self, service: FakeService) -> None:
        self.service = service
        self.breaks_by: Exception | None = None
        self.knows_who = True
        self._secrets: dict[int, dict[str, str]] = {}
        guard = Guard(ORIGIN, rates=RateLimits(_MUCH, _MUCH, _MUCH, _MUCH))
        self.app: FastAPI = create_app(
            self._breakable(), ApiKeys([], self._identify), {}, secure=True, guard=guard
        )
        self.http = TestClient(
            self.app, base_url=ORIGIN, follow_redirects=False, raise_server_exceptions=False
        )

    def _breakable(self) -> Desk:
        def part(name: str) -> Callable[[], Any]:
            return lambda: getattr(self.service.desk, name)

        parts: dict[str, Any] = {f.name: _Breakable(part(f.name), self) for f in fields(Desk)}
        return Desk(
            **parts
            | {"clock": self.service.desk.clock, "keep_session": _Sessions(part("keep_session"), self)}
        )

    def _identify(self, secret: str) -> Any:
        return self.service.desk.identify_program(secret)

    def secret(self, who: str) -> str:
        """Return what somebody's browser holds. They are signed in twice: at home, and in the office."""
        known = self._secrets.setdefault(id(self.service), {})
        if who not in known:
            role, firms = PEOPLE[who]
            for _ in range(2):
                link = self.service.desk.sign_in.new_link(SYSTEM, Person(f"{who}@example.test", role, firms))
                opened = self.service.desk.sign_in.by_link(
                    urlsplit(link).path.rpartition("/")[2], "a test", ""
                )
                assert opened is not None
                known[who] = opened.secret
        return known[who]

    def asked(self, *, has_data: bool = True) -> list[tuple[str, str]]:
        """Return every page's route and an address of it."""
        known = values(self.service) if has_data else dict.fromkeys(_NAMES, "1") | _OF_NOTHING
        return [
            (route.path, path + more)
            for route in routes(self.app)
            if "GET" in (route.methods or ())
            and not route.path.startswith("/v1")
            and route.path not in _NO_PAGES
            for path in (route.path_format.format(**known),)
            for more in ("", *_MORE.get(path, ()))
        ]

    def ask(
        self, who: str, path: str, method: str = "GET", headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx2.Response:
        """Return what a browser is answered."""
        self.http.cookies.clear()
        sent = {"accept": "text/html", "sec-fetch-site": "same-origin", **(headers or {})}
        if who != NOBODY:
            sent["cookie"] = f"__Host-casebridge={self.secret(who)}"
        answer: httpx2.Response = self.http.request(method, path, headers=sent, **more)
        return answer

    def pages(self, who: str, *, has_data: bool = True) -> Iterator[Shown]:
        """Yield what somebody sees of each page."""
        for route, path in self.asked(has_data=has_data):
            shown = Shown(who, route, path, self.ask(who, path))
            if shown.answer.headers.get("content-type", "").startswith("text/html"):
                yield shown


def with_data() -> FakeService:
    """Return something of everything of two firms."""
    service = FakeService()
    for firm_id in ("north", "south"):
        fill(service, firm_id)
    return service


def with_nothing() -> FakeService:
    """Return a firm that is there, and of which nothing else is."""
    service = FakeService()
    service.add_firm(SYSTEM, a_firm("north", name="The north firm"))
    return service
