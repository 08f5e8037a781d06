"""What the list of deliveries is filtered by: read from an address, and written into one."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, TypeVar
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from core.delivery import DeliveryState
from core.delivery_selection import Selection
from core.errors import ConfigurationError
from core.event import EventKind
from core.instant import in_utc
from core.reason import Reason

NAMES: Final = ("firm", "case", "kind", "state", "reason", "since", "delivery")
ChoiceT = TypeVar("ChoiceT", DeliveryState, EventKind, Reason)


def selection_of(given: Mapping[str, Sequence[str]]) -> Selection:
    """Return what the fields mean. Raises ConfigurationError naming a value that means nothing."""

    def one(name: str) -> str:
        return next(iter(given.get(name, ())), "").strip()

    kind, reason, since, number = one("kind"), one("reason"), one("since"), one("delivery")
    return Selection(
        firm_id=one("firm") or None,
        case_integration_id=one("case") or None,
        states=tuple(_choice(DeliveryState, state) for state in given.get("state", ()) if state.strip()),
        reason=_choice(Reason, reason) if reason else None,
        since=_moment(since) if since else None,
        kind=_choice(EventKind, kind) if kind else None,
        delivery_id=_number(number) if number else None,
    )


def fields_of(selection: Selection) -> list[tuple[str, str]]:
    """Return the fields that mean the selection."""
    fields = [
        ("firm", selection.firm_id),
        ("case", selection.case_integration_id),
        ("kind", selection.kind),
        *(("state", state) for state in selection.states),
        ("reason", selection.reason),
        ("since", selection.since and f"{selection.since.astimezone(UTC):%Y-%m-%dT%H:%M}"),
        ("delivery", selection.delivery_id and str(selection.delivery_id)),
    ]
    return [(name, str(value)) for name, value in fields if value]


def many(query: QueryParams) -> dict[str, list[str]]:
    """Return an address's fields, each once or several times."""
    return {name: query.getlist(name) for name in NAMES if name in query}


def address(path: str, fields: Sequence[tuple[str, str]], **more: str) -> str:
    """Return the path with the fields behind it."""
    query = urlencode([*fields, *more.items()])
    return f"{path}?{query}" if query else path


def number_of(text: str | None) -> int | None:
    """Return a number of an address, None where there is none. Raises ConfigurationError."""
    return _number(text) if text else None


def _choice(choices: type[ChoiceT], text: str) -> ChoiceT:
    try:
        return choices(text.strip())
    except ValueError:
        raise ConfigurationError(f"{text!r} is none of {', '.join(choices)}") from None


def _moment(text: str) -> datetime:
    try:
        return in_utc(datetime.fromisoformat(text))
    except ValueError:
        raise ConfigurationError(f"{text!r} is no time; an example is 2026-11-02T15:00") from None


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise ConfigurationError(f"{text!r} is no number")
    return int(text)
