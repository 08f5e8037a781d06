"""The pages over fakes, as a browser without scripts meets them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import unescape
from typing import Any, cast

import httpx2
from fastapi import FastAPI
from fastapi.testclient import TestClient

from adapters.web.api.keys import ApiKeys
from adapters.web.app import create_app
from core.actor import ALL_FIRMS, Actor, Role
from core.desk import Desk
from tests.fakes.service import FakeService
from tests.standing import Standing

ADMIN = Actor("ada@north.test", Role.FIRM_ADMIN, frozenset({"north"}))
MANAGER = Actor("max", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS)


@dataclass
class _Shown:
    """What the application shows just now, and to whom."""

    desk: Desk
    actor: Actor


@cache
def _application() -> tuple[FastAPI, _Shown]:
    shown = _Shown(FakeService().desk, ADMIN)
    desk = cast("Desk", Standing(lambda: shown.desk))
    app = create_app(desk, ApiKeys([]), {}, secure=False, who=lambda _: shown.actor)
    return app, shown


class Site:
    """A browser on the pages; `actor` is who is signed in, and may be changed. One at a time."""

    def __init__(self, desk: Desk, actor: Actor = ADMIN) -> None:
        app, self._shown = _application()
        self._shown.desk, self._shown.actor = desk, actor
        self.http = TestClient(
            app, headers={"accept": "text/html", "sec-fetch-site": "same-origin"}, follow_redirects=False
        )

    @property
    def actor(self) -> Actor:
        """Who is signed in."""
        return self._shown.actor

    @actor.setter
    def actor(self, actor: Actor) -> None:
        self._shown.actor = actor

    def get(self, path: str, status: int = 200) -> str:
        """The page."""
        answer = self.http.get(path)
        assert answer.status_code == status, (answer.status_code, text_of(answer.text))
        return answer.text

    def says(self, path: str, status: int = 200) -> str:
        """What the page says to somebody who reads it."""
        return text_of(self.get(path, status))

    def post(self, path: str, fields: Mapping[str, str | Sequence[str]] | None = None) -> httpx2.Response:
        """What the form answers."""
        answer: httpx2.Response = self.http.post(path, data=dict(fields or {}))
        return answer

    def done(self, path: str, fields: Mapping[str, str | Sequence[str]] | None = None) -> str:
        """Post a form that does something, and say what the next page says."""
        answer = self.post(path, fields)
        assert answer.status_code == 303, (answer.status_code, text_of(answer.text))
        return self.says(str(answer.headers["location"]))

    def asked(self, path: str, fields: Mapping[str, str | Sequence[str]] | None = None) -> str:
        """Post a form that asks before it does something, and return the question."""
        answer = self.post(path, fields)
        assert answer.status_code == 200, (answer.status_code, text_of(answer.text))
        assert 'name="sure"' in answer.text
        return text_of(answer.text)


def text_of(page: str) -> str:
    """The words of a page's content, in one line."""
    body = page.partition("<main")[2].partition(">")[2] or page
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def hidden(page: str) -> dict[str, Any]:
    """The hidden fields of a page's forms."""
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page)
    return {unescape(name): unescape(value) for name, value in found}
