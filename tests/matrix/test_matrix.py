"""Route × role × firm: every page, every route of the API and every bulk operation of the application.

The routes are those that the application has; a new one is tried by itself. What it is, is seen by what it
does:

- what answers a stranger without being asked in somebody's name is public, and tells nothing of any firm;
- all else is asked of the desk, as the very actor who signed in or whose key was shown, or as one with less;
- it refuses exactly where the core refuses. Whom that refuses is held by tests/unit/test_desk_is_closed.py.

No answer to another firm's people or programs tells anything of the firm, nor does a request change it.
"""

import importlib
import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final, cast
from urllib.parse import urlsplit

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from adapters.web.api.keys import ApiKeys
from adapters.web.app import create_app
from adapters.web.buckets import Rate
from adapters.web.middleware.guard import Guard
from adapters.web.middleware.rate_limit import RateLimits
from core.actor import ALL_FIRMS, PERSONS, SYSTEM, Actor, Power, Reach, Role, covers
from core.errors import NotAllowedError
from core.person import Person
from tests.desk_calls import fill
from tests.fakes.service import FakeService
from tests.matrix.routes import SAFE, Asking, asking
from tests.matrix.spy import Asked, spied
from tests.matrix.values import values

ORIGIN: Final = "https://casebridge.test"
NORTH, SOUTH = frozenset({"north"}), frozenset({"south"})
REACHES: Final[Mapping[str, Reach]] = {"north": NORTH, "south": SOUTH, "all": ALL_FIRMS}
MUCH: Final = Rate(1e6, 10**6)
# What a request carries for a form: whatever its fields are called.
FORM: Final[Mapping[str, Any]] = {
    "name": "x", "firm": "north", "firms": "north", "firm_id": "north", "from": "north", "scope": "look",
    "days": "1", "hours": "1", "minutes": "30", "reason": "because", "why": "because", "sure": "yes",
    "confirmed": "yes", "kind": "message-sent", "state": "failed", "states": "failed", "what": "replay",
    "action": "replay", "cases": "300417", "case": "300417", "pasted": "300417", "all": "yes", "q": "300417",
}  # fmt: skip
# Where whoever asks leaves a trace, whatever becomes of it.
_TRACES: Final = frozenset({"rejected", "rejected_at", "audit", "sessions", "sign_in_links"})
# Names of what is in no answer to others: `desk_calls.fill` puts them into everything that north has.
_OF_NORTH: Final = re.compile(
    r"The north firm|of the north\b|north.s (user|password|own)|to north\b|no north\b|muted by north|"
    r"of north\b|Closed up north"
)


@dataclass
class House:
    """The application over a store with something of every kind of two firms."""

    service: FakeService
    asked: list[Asked]
    client: TestClient
    asking: list[Asking]
    sessions: dict[tuple[Role, str], str]
    keys: dict[tuple[Power, str], str]
    before: Any
    refusals: list[str]
    known: dict[str, int] = field(default_factory=dict)

    def answer(self, request: Asking, who: "Who") -> tuple[httpx2.Response, list[Asked]]:
        """Ask, and tell the answer and what the desk was asked for it. What changed is put back."""
        self.service.store.tables = self.before.snapshot()
        self.asked.clear()
        self.refusals.clear()
        self.client.cookies.clear()
        headers = {"accept": "application/json"} if request.is_of_the_api else {"accept": "text/html"}
        if who.key is not None:
            headers["authorization"] = f"Bearer {who.key}"
        if who.secret is not None:
            headers["cookie"] = f"__Host-casebridge={who.secret}"
            headers["sec-fetch-site"] = "same-origin"
        content: dict[str, Any] = {}
        if request.is_of_the_api and request.method not in SAFE:
            content = {"json": {} if request.body is None else request.body}
        elif request.method not in SAFE:
            content = {"data": FORM}
        answer = self.client.request(request.method, request.path, headers=headers, **content)
        return answer, [one for one in self.asked if one.actor is not None]

    def of_strangers(self, request: Asking) -> int:
        """Return what a stranger is answered."""
        if str(request) not in self.known:
            self.known[str(request)] = self.answer(request, STRANGER)[0].status_code
        return self.known[str(request)]


@dataclass(frozen=True)
class Who:
    """Somebody at the door. `actor` is None for a stranger."""

    name: str
    actor: Actor | None
    secret: str | None = None
    key: str | None = None


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    service, asked = FakeService(), list[Asked]()
    for firm_id in ("north", "south"):
        fill(service, firm_id)
    desk = service.desk
    sessions, keys = {}, {}
    for reach, firms in REACHES.items():
        for role in PERSONS:
            link = desk.sign_in.new_link(SYSTEM, Person(f"{role} of {reach}", role, firms))
            opened = desk.sign_in.by_link(urlsplit(link).path.rpartition("/")[2], "a test", "")
            assert opened is not None
            sessions[role, reach] = opened.secret
        for power in Power:
            made = desk.manage_api_keys.add(SYSTEM, f"{power} of {reach}", frozenset({power}), firms)
            keys[power, reach] = made.secret
    watched = spied(desk, asked)
    more: dict[str, Any] = {}
    if "stream_limits" in inspect.signature(create_app).parameters:  # a stream would go on for ever
        stream = importlib.import_module("adapters.web.api.v1.stream")
        more = {"stream_limits": stream.StreamLimits(connections=0)}
    guard = Guard(ORIGIN, rates=RateLimits(MUCH, MUCH, MUCH, MUCH))
    api_keys = ApiKeys([], watched.identify_program)
    app = create_app(watched, api_keys, {}, secure=True, guard=guard, **more)
    refusals = list[str]()
    as_usual = NotAllowedError.__init__

    def noted(error: NotAllowedError, *arguments: Any, **named: Any) -> None:
        refusals.append(str(arguments[0]))
        as_usual(error, *arguments, **named)

    with (
        pytest.MonkeyPatch.context() as patched,
        TestClient(app, base_url=ORIGIN, follow_redirects=False) as client,
    ):
        patched.setattr(NotAllowedError, "__init__", noted)
        yield House(
            service,
            asked,
            client,
            asking(app, values(service)),
            sessions,
            keys,
            service.store.tables.snapshot(),
            refusals,
        )


def everybody(house: House, reach: str) -> Iterator[Who]:
    """Yield the people of each role and the programs of each scope who have these firms."""
    firms = REACHES[reach]
    for role in PERSONS:
        name = f"{role} of {reach}"
        yield Who(name, Actor(name, role, firms), secret=house.sessions[role, reach])
    for power in Power:
        name = f"{power} of {reach}"
        actor = Actor(name, Role.SERVICE, firms, frozenset({power}))
        yield Who(name, actor, key=house.keys[power, reach])


STRANGER: Final = Who("a stranger", None)


def at_its_door(who: Who, request: Asking) -> bool:
    """Tell whether this is a door for the person or the program: each has its own."""
    return (who.key is not None) is request.is_of_the_api


def lacks_the_scope(answer: httpx2.Response, actor: Actor) -> bool:
    """Tell whether a program was refused for a scope that its key lacks: said before a body is read."""
    named = re.search(r'scope="(\w+)"', answer.headers.get("www-authenticate", ""))
    return named is not None and not actor.may(Power(named[1]))


def test_the_matrix_is_about_the_whole_application(house: House) -> None:
    assert len(house.asking) > 20
    assert {request.method for request in house.asking} >= {"GET", "POST"}


def test_a_stranger_is_told_nothing_of_any_firm_and_asks_the_desk_in_nobodys_name(house: House) -> None:
    wrong = []
    for request in house.asking:
        answer, asked = house.answer(request, STRANGER)
        if any(one.actor is not SYSTEM for one in asked) or (asked and request.method not in SAFE):
            wrong.append(f"{request}: the desk was asked {asked}")
        if _OF_NORTH.search(answer.text):
            wrong.append(f"{request}: tells of north")
        house.service.store.tables.sign_in_tries.clear()  # that somebody tried is all that is noted
        if house.service.store.tables != house.before:
            wrong.append(f"{request}: changed something")
        if answer.status_code >= 500:
            wrong.append(f"{request}: {answer.status_code}")
    assert not wrong, "\n".join(wrong)


def test_what_is_public_is_the_same_for_everybody(house: House) -> None:
    public = [
        request
        for request in house.asking
        if request.method in SAFE and house.answer(request, STRANGER)[0].status_code == 200
    ]
    assert {"/livez", "/docs", "/sign-in"} <= {request.route for request in public}
    wrong = []
    for request in public:
        as_seen = house.answer(request, STRANGER)[0]
        for who in everybody(house, "north"):
            if at_its_door(who, request) and request.route not in {
                "/",
                "/sign-in",
            }:  # they lead on who is signed in
                asked = [one for one in house.answer(request, who)[1] if one.actor is not SYSTEM]
                if asked:
                    wrong.append(f"{request}: public, and the desk is asked {asked[0].name} for {who.name}")
        if _OF_NORTH.search(as_seen.text):
            wrong.append(f"{request}: tells of north")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("reach", REACHES)
def test_the_desk_is_asked_as_who_is_at_the_door_and_its_refusal_is_the_answer(
    house: House, reach: str
) -> None:
    wrong, done = [], 0
    for request in house.asking:
        for who in everybody(house, reach):
            if not at_its_door(who, request):
                continue
            answer, asked = house.answer(request, who)
            done += bool(answer.status_code < 400 and asked)
            is_by_rule = bool(house.refusals)
            # First what it changed: to ask as a stranger puts that back.
            faults = [*faults_of_another_firm(house, request, answer)] if reach == "south" else []
            faults += faults_of_door(house, request, who, answer, asked, is_by_rule=is_by_rule)
            wrong += [f"{request} for {who.name} -> {answer.status_code}: {fault}" for fault in faults]
    assert not wrong, "\n".join(wrong)
    assert reach == "south" or done > 5, "somebody may do something"


def test_what_is_another_firms_is_answered_as_what_never_was(house: House) -> None:
    there = values(house.service)
    nowhere = {name: "987654321" if value.isdigit() else value for name, value in there.items()}
    app = cast("FastAPI", house.client.app)
    some = {f"{one} of south" for one in (Role.IMPLEMENTATION_MANAGER, Role.FIRM_ADMIN, Power.CHANGE)}
    askers = [who for who in everybody(house, "south") if who.name in some]
    wrong, alike = [], 0
    for request, never in zip(asking(app, there), asking(app, nowhere | {"firm_id": "never"}), strict=True):
        for who in (one for one in askers if "{" in request.route and at_its_door(one, request)):
            answers = [told_without_ids(house.answer(one, who)[0]) for one in (request, never)]
            alike += answers[0] == answers[1]
            if answers[0] != answers[1]:
                wrong.append(f"{request} for {who.name}: {answers}")
    assert not wrong, "\n".join(wrong)
    assert alike > 100


def told_without_ids(answer: httpx2.Response) -> tuple[int, str]:
    """Return what is answered, whatever is called how."""
    text = re.sub(r"Reference <code>\w+|/assets/\w+", "", answer.text.replace("never", "north"))
    return answer.status_code, re.sub(r"\d+", "0", text)


def faults_of_door(
    house: House,
    request: Asking,
    who: Who,
    answer: httpx2.Response,
    asked: list[Asked],
    *,
    is_by_rule: bool,
) -> Iterator[str]:
    """Yield what is wrong with who the desk was asked as, and with what became of its refusal.

    `is_by_rule`: the core refused, the desk or an actor's own `must` before a form is shown.
    """
    own = who.actor
    assert own is not None
    is_public = request.method in SAFE and house.of_strangers(request) == 200
    asked = [one for one in asked if one.actor is not SYSTEM or not is_public]
    for one in asked:
        assert one.actor is not None
        is_less = one.actor.name == own.name and covers(own.firms, one.actor.firms)
        if not is_less or not all(own.may(power) for power in Power if one.actor.may(power)):
            yield f"the desk was asked {one.name} as {one.actor}"
    refused = [one for one in asked if one.is_refused]
    is_said = answer.status_code in {207, 400, 401, 403, 404, 409, 422} or (
        answer.status_code == 303 and request.method not in SAFE
    )
    if refused and len(refused) == len(asked) and not is_said:
        yield f"the desk refused {refused[0].name}"
    if answer.status_code == 403 and not (
        refused or is_by_rule or lacks_the_scope(answer, own) or house.of_strangers(request) == 403
    ):  # a secret that opens nothing is refused to everybody
        yield "refused, and not by the core"
    if answer.status_code >= 500 and answer.status_code != 503:
        yield "an error"


def faults_of_another_firm(house: House, request: Asking, answer: httpx2.Response) -> Iterator[str]:
    """Yield what is told or changed of the firm by a request of somebody who has another."""
    if found := _OF_NORTH.search(answer.text):
        yield f"tells of {found[0]!r}"
    if request.method in SAFE:
        return
    tables = house.service.store.tables
    for table in (table.name for table in fields(tables)):
        if table in _TRACES:
            continue
        before, now = getattr(house.before, table), getattr(tables, table)
        if before != now and _rows_of_north(before) != _rows_of_north(now):
            yield f"changed {table}"


def _rows_of_north(rows: Any) -> list[str]:
    """Return the rows that name the firm anywhere: those of others may change."""
    return [
        text for text in (repr(item) for item in rows.items()) if "north" in text and "of all" not in text
    ]
