"""A request as its handler sees it: matched by the router, its body read, its firm known."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.answer import Refusal
from sandbox.dates import parse_ms
from sandbox.upload import UploadForm
from sandbox.world import Firm, World

_CALL = "sandbox.call"
C = TypeVar("C", bound="Call")


class Call:
    """One request of a firm's programs. `purpose` is its route's name (see `routes.py`)."""

    def __init__(self, world: World, purpose: str, scope: Scope) -> None:
        self.world = world
        self.purpose = purpose
        self.scope = scope
        self.body = b""
        self.upload: UploadForm | None = None
        """Of an upload instead of the body; None where its length alone was too much to read it."""
        self.firm_name: str | None = None
        """The firm that faults are narrowed by: the one whose valid token came along."""
        self.outcome: str | int = 500
        """How it ended, for the report."""

    @property
    def number(self) -> int:
        """The number in the path, 0 where there is none."""
        number: int = self.scope["path_params"].get("number", 0)
        return number

    @property
    def firm(self) -> Firm:
        """The firm whose token came with the request. Refuses one without with 401."""
        if self.firm_name is None:
            raise Refusal(401, "Authorization has been denied for this request.")
        return self.world.firms[self.firm_name]

    @cached_property
    def query(self) -> dict[str, str]:
        """Query values by lower-case name."""
        text = self.scope["query_string"].decode("latin-1")
        return {name.lower(): value for name, value in parse_qsl(text, keep_blank_values=True)}

    @property
    def origin(self) -> str:
        """The sandbox's root as the caller named it: `http://127.0.0.1:PORT`."""
        return f"http://{self.header(b'host')}"

    def header(self, name: bytes) -> str:
        """A header's value, empty where it is absent; `name` in lower case."""
        value: bytes = dict(self.scope["headers"]).get(name, b"")
        return value.decode("latin-1")

    def url_form(self) -> dict[str, str]:
        """The body as a URL-encoded form."""
        return dict(parse_qsl(self.body.decode("latin-1"), keep_blank_values=True))

    def json(self) -> Any:
        """The body. Refuses what is no JSON with 400."""
        try:
            return json.loads(self.body.decode())
        except ValueError:
            raise Refusal(400, "The request body is not valid JSON.") from None

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object; an empty body is an empty one. Refuses anything else with 400."""
        value = self.json() if self.body else {}
        if not isinstance(value, dict):
            raise Refusal(400, "The request body must be a JSON object.")
        return value

    def style(self, name: str) -> dict[str, Any] | None:
        """The parameters of a style or fault that strikes this request, None for the default behaviour."""
        faults = self.world.faults
        return faults.strike(name, self.purpose, self.firm_name) if faults.active else None


class ControlCall(Call):
    """One request under `/_sandbox/`: its query names the firm."""

    @property
    def firm(self) -> Firm:
        """The firm named by `firm`, else the first. Refuses an unknown one with 404."""
        return self.firms[0]

    @property
    def firms(self) -> list[Firm]:
        """The firm named by `firm`, else all of them. Refuses an unknown one with 404."""
        name = self.query.get("firm")
        if name is None:
            return list(self.world.firms.values())
        if name not in self.world.firms:
            known = list(self.world.firms)
            raise Refusal(404, f"no firm {name!r}; firms are {known[0]} to {known[-1]}")
        return [self.world.firms[name]]

    def count(self, name: str, default: int) -> int:
        """A whole number from 0 in the query."""
        text = self.query.get(name, str(default))
        if not text.isdecimal():
            raise Refusal(400, f"{name} must be a whole number from 0, not {text!r}")
        return int(text)

    def moment_ms(self, name: str, default: int) -> int:
        """An ISO-8601 instant in the query, in milliseconds."""
        text = self.query.get(name)
        try:
            return default if text is None else parse_ms(text.replace(" ", "+"))
        except (ValueError, OverflowError):
            raise Refusal(400, f"{name} must be a date and time, not {text!r}") from None


class Received:
    """Middleware: makes the request's call and reads its body, so that whatever follows has both."""

    def __init__(self, app: ASGIApp, world: World, purpose: str = "", kind: type[Call] = Call) -> None:
        self._app, self._world, self._purpose, self._kind = app, world, purpose, kind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        call = scope[_CALL] = self._kind(self._world, self._purpose, scope)
        try:
            await self._read(call, receive)
        except ClientDisconnect:
            return
        await self._app(scope, receive, send)

    async def _read(self, call: Call, receive: Receive) -> None:
        call.body, more = await next_piece(receive)
        if more:
            pieces = [call.body]
            while more:
                piece, more = await next_piece(receive)
                pieces.append(piece)
            call.body = b"".join(pieces)


class Endpoint(Generic[C]):
    """A handler as the ASGI application at the end of a route. It runs on the one thread there is."""

    def __init__(self, handler: Callable[[C], Response]) -> None:
        self._handler = handler

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        call = scope[_CALL]
        answer = self._handler(call)
        call.outcome = answer.status_code
        await answer(scope, receive, send)


def the_call(scope: Scope) -> Call:
    """The call that `Received` made of a request."""
    call: Call = scope[_CALL]
    return call


async def next_piece(receive: Receive) -> tuple[bytes, bool]:
    """A piece of the body, and whether more follow. Raises ClientDisconnect where the client left."""
    message = await receive()
    if message["type"] != "http.request":
        raise ClientDisconnect
    return message.get("body", b""), message.get("more_body", False)
