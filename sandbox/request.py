"""A request as handlers see it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

from sandbox.answer import Refusal
from sandbox.multipart import FormReader
from sandbox.world import Firm, World

Receive = Callable[[], Awaitable[dict[str, Any]]]


@dataclass
class Request:
    """One request: verb and path are matched already, the body is whole.

    Of an upload there is the `form` instead, None where its length alone was too much to read it.
    """

    world: World
    purpose: str
    number: int
    query_string: bytes
    headers: list[tuple[bytes, bytes]]
    body: bytes
    receive: Receive
    form: FormReader | None = None
    known_firm: Firm | None = None

    @property
    def firm(self) -> Firm:
        """The firm whose token came with the request."""
        if self.known_firm is None:
            raise Refusal(401, "Authorization has been denied for this request.")
        return self.known_firm

    def admit(self) -> None:
        """Refuses a request without a valid token with 401."""
        _ = self.firm

    @cached_property
    def query(self) -> dict[str, str]:
        """Query values by lower-case name."""
        if not self.query_string:
            return {}
        pairs = parse_qsl(self.query_string.decode("latin-1"), keep_blank_values=True)
        return {name.lower(): value for name, value in pairs}

    def header(self, name: bytes) -> str:
        """A header's value, empty where it is absent; `name` in lower case."""
        return next((value.decode("latin-1") for key, value in self.headers if key == name), "")

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object. Refuses anything else with 400."""
        try:
            value = json.loads(self.body)
        except ValueError:
            raise Refusal(400, "The request body is not valid JSON.") from None
        if not isinstance(value, dict):
            raise Refusal(400, "The request body must be a JSON object.")
        return value

    def style(self, name: str) -> dict[str, Any] | None:
        """The parameters of a style or fault that strikes this request, None for the default behaviour."""
        faults = self.world.faults
        if not faults.active:
            return None
        return faults.strike(name, self.purpose, self.known_firm.name if self.known_firm else None)
