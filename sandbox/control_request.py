"""A control request as its handlers see it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sandbox.answer import Refusal
from sandbox.dates import parse_ms
from sandbox.world import Firm, World


@dataclass
class ControlRequest:
    """One request under `/_sandbox/`."""

    world: World
    number: int
    query: dict[str, str]
    body: bytes
    origin: str = ""
    """The sandbox's root as the caller named it: `http://127.0.0.1:PORT`."""

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

    def json(self) -> Any:
        """The body. Refuses what is no JSON with 400."""
        try:
            return json.loads(self.body)
        except ValueError:
            raise Refusal(400, "the body is not valid JSON") from None

    def json_object(self) -> dict[str, Any]:
        """The body as an object; an empty body is an empty one."""
        value = self.json() if self.body else {}
        if not isinstance(value, dict):
            raise Refusal(400, "the body must be a JSON object")
        return value

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
