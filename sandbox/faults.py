"""Faults and styles that can be switched while the sandbox runs: `PUT`, `POST`, `GET`, `DELETE
/_sandbox/faults`.

A fault is `{"name": …, its parameters…}` and may be narrowed by `purpose` (one or a list, see `routes.py`),
`firm` (one or a list), `probability` (0 to 1, drawn from a generator seeded with `seed`) and `times` (how
often it strikes before it rests). Styles are faults too: they answer an UNKNOWN of the API sheet in another
way for the requests they match.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sandbox.answer import ERROR_SHAPES
from sandbox.contents import CONTENT_PURPOSE
from sandbox.dates import zone
from sandbox.oauth_options import ERROR_CODES, OAUTH_PURPOSES
from sandbox.oidc import OIDC_PURPOSES
from sandbox.routes import PURPOSES

_ALL_PURPOSES = frozenset((*PURPOSES, CONTENT_PURPOSE, *OAUTH_PURPOSES, *OIDC_PURPOSES))
_MINUTE_MS = 60_000
_UNTIL_THE_CLIENT_GIVES_UP_MS = 2 * _MINUTE_MS

ENVELOPES = ("records", "array", "named")
NOTE_ANSWERS = ("row", "note_id", "number", "empty")
CONTACT_INFO = ("asked", "always", "never")
ORDERS = ("ties_at_random", "ties_at_random_but_by_id", "at_random", "by_id", "newest_first")

# Each fault with its parameters and their defaults; a tuple lists the values allowed, the first is the
# default.
KNOWN: dict[str, dict[str, Any]] = {
    # Before the request is worked on.
    "latency": {"ms": 50},
    "reset": {},
    "unauthorized": {},
    "expire_tokens": {},
    "forbidden": {},
    "too_many_requests": {"retry_after": None},
    "server_error": {"status": 503},
    "login_rejected": {},
    # After the request was worked on, a note or document stored.
    "store_then_reset": {},
    "store_then_hang": {"ms": _UNTIL_THE_CLIENT_GIVES_UP_MS},
    "slow_after_store": {"ms": 500},
    "empty_200": {},
    # How answers look.
    "login_400": {},
    "envelope": {"style": ENVELOPES},
    "dates": {"zone": "America/Los_Angeles"},
    "error_body": {"shape": ERROR_SHAPES},
    "quote_request": {},
    "note_answer": {"shape": NOTE_ANSWERS},
    "contact_info": {"when": CONTACT_INFO},
    "summary_rows": {},
    "note_bumps_case": {},
    "notes_404_when_empty": {},
    "repeat_page": {},
    "repeat_last_page": {},
    "page_cap": {"size": 200},
    "order": {"style": ORDERS},
    "wrong_total": {"more": 1, "fewer": 0},
    "refuse_sort": {"property": "caseID", "status": 400},
    "refuse_empty": {},
    # Case Status: how the content of documents comes.
    "content_expired": {"status": 403},
    "slow_drip": {"bytes": 1024, "ms": 200},
    "wrong_length": {"style": ("short", "long")},
    "endless": {},
    "wrong_content": {},
    "reset_midway": {"percent": 50},
    # OAuth, after the request was worked on: a refresh token may have been rotated.
    "html_200": {},
    "huge_200": {"bytes": 10_000_000},
    "malformed_200": {},
    # OAuth, instead of what was asked for.
    "oauth_error": {"code": ERROR_CODES},
    "redirect": {"to": ("elsewhere", "itself", "round")},
}
DEFAULT_PURPOSES = {
    "forbidden": ("insert-note",),
    "expire_tokens": tuple(p for p in PURPOSES if p != "log-in"),
    "unauthorized": PURPOSES,
    "dates": PURPOSES,
    "html_200": OAUTH_PURPOSES,
    "huge_200": OAUTH_PURPOSES,
    "malformed_200": OAUTH_PURPOSES,
}
_NARROWING = ("name", "purpose", "firm", "probability", "times", "seed")


class UnknownFaultError(ValueError):
    """A fault cannot be set; the message says which and what would do."""


@dataclass
class Fault:
    """One fault that is switched on."""

    name: str
    params: dict[str, Any]
    purposes: frozenset[str]
    firms: frozenset[str]
    probability: float
    times: int | None
    rng: random.Random = field(repr=False)
    hits: int = 0

    def strikes(self, purpose: str, firm: str | None) -> bool:
        """Whether it strikes this request; a strike is counted."""
        if self.times is not None and self.hits >= self.times:
            return False
        if self.purposes and purpose not in self.purposes:
            return False
        if self.firms and firm not in self.firms:
            return False
        if self.probability < 1 and self.rng.random() >= self.probability:
            return False
        self.hits += 1
        return True

    def as_json(self) -> dict[str, Any]:
        """What `GET /_sandbox/faults` shows: the fault as set, and how often it struck."""
        return {
            **self.params,
            "purpose": sorted(self.purposes),
            "firm": sorted(self.firms),
            "probability": self.probability,
            "times": self.times,
            "hits": self.hits,
        }


class Faults:
    """The faults that are switched on, in the order they were set; of several of one name the first that
    strikes counts.
    """

    def __init__(self, seed: int, firms: Iterable[str]) -> None:
        self._seed = seed
        self._firms = frozenset(firms)
        self._faults: dict[str, list[Fault]] = {}
        self.active = False
        """Whether any fault is on: lets the fast path ask once."""

    def strike(self, name: str, purpose: str, firm: str | None) -> dict[str, Any] | None:
        """The parameters of a fault of this name that strikes the request, None where none does."""
        for fault in self._faults.get(name, ()):
            if fault.strikes(purpose, firm):
                return fault.params
        return None

    def set(self, wanted: Any, *, keep: bool = False) -> None:
        """Switches on what a JSON body asks for, all or nothing; without `keep` it replaces what is on.

        The body is one fault, a list of them, or `{"faults": [...]}`. Raises UnknownFaultError.
        """
        if isinstance(wanted, dict) and "faults" in wanted:
            wanted = wanted["faults"]
        listed = wanted if isinstance(wanted, list) else [wanted]
        faults = [self._read(spec, place) for place, spec in enumerate(listed)]
        if not keep:
            self._faults = {}
        for fault in faults:
            self._faults.setdefault(fault.name, []).append(fault)
        self.active = bool(self._faults)

    def clear(self) -> None:
        """Switches everything off."""
        self._faults = {}
        self.active = False

    def as_json(self) -> list[dict[str, Any]]:
        """Everything that is on."""
        return [fault.as_json() for faults in self._faults.values() for fault in faults]

    def _read(self, spec: Any, place: int) -> Fault:
        if not isinstance(spec, dict) or spec.get("name") not in KNOWN:
            name = spec.get("name") if isinstance(spec, dict) else spec
            raise UnknownFaultError(f"unknown fault {name!r}; known are: {', '.join(sorted(KNOWN))}")
        name = spec["name"]
        strange = sorted(set(spec) - set(KNOWN[name]) - set(_NARROWING))
        if strange:
            allowed = ", ".join((*KNOWN[name], *_NARROWING[1:]))
            raise UnknownFaultError(f"fault {name!r} has no parameter {strange[0]!r}; it has: {allowed}")
        return Fault(
            name=name,
            params={"name": name}
            | {key: _param(name, key, spec.get(key), default) for key, default in KNOWN[name].items()},
            purposes=_names(spec.get("purpose", DEFAULT_PURPOSES.get(name)), "purpose", _ALL_PURPOSES),
            firms=_names(spec.get("firm"), "firm", self._firms),
            probability=_number(spec, "probability", 1.0),
            times=None if spec.get("times") is None else int(_number(spec, "times", 0)),
            rng=random.Random(f"{spec.get('seed', self._seed)}/{place}/{name}"),
        )


def _names(given: Any, kind: str, known: frozenset[str]) -> frozenset[str]:
    names = frozenset([given] if isinstance(given, str) else given or ())
    strange = sorted(map(str, names - known))
    if strange:
        raise UnknownFaultError(f"unknown {kind} {strange[0]!r}; known are: {', '.join(sorted(known))}")
    return names


def _number(spec: dict[str, Any], key: str, default: float) -> float:
    value = spec.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
        raise UnknownFaultError(f"{key} of fault {spec['name']!r} must be a number from 0, not {value!r}")
    return value


def _param(name: str, key: str, value: Any, default: Any) -> Any:
    if isinstance(default, tuple):
        chosen = default[0] if value is None else value
        if chosen not in default:
            raise UnknownFaultError(f"{key} of fault {name!r} is one of {', '.join(default)}, not {value!r}")
        return chosen
    if key == "zone":
        try:
            return zone(value or default).key
        except ValueError as error:
            raise UnknownFaultError(str(error)) from error
    return default if value is None else _number({"name": name, key: value}, key, 0)
