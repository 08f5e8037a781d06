"""Arguments and options that several commands share, and what a person's words for them mean."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer

from core.errors import ConfigurationError
from core.instant import in_utc
from core.nesting import is_deeper

_AGO: Final = re.compile(r"(\d{1,6})\s*([smhdw])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_MAX_FILE_BYTES: Final = 16 * 2**20  # far above any mapping or profile
FORMS: Final = "30m, 12h, 7d, or 2026-11-02, or 2026-11-02T15:00Z"

Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="Rows at the most.")]
OnlyFirm = Annotated[str | None, typer.Option("--firm", help="Only this firm's.")]
FirmId = Annotated[str, typer.Argument(metavar="FIRM", help="The firm's id.")]
RunId = Annotated[int, typer.Argument(metavar="RUN", help="The run's number.")]
CaseId = Annotated[str, typer.Argument(metavar="CASE", help="The case's integration id.")]
CasePasted = Annotated[
    str, typer.Argument(metavar="URL-OR-ID", help="A case's id, or the address of its SmartAdvocate page.")
]
JsonFile = Annotated[Path, typer.Argument(metavar="FILE", help="A JSON file.")]


ChoiceT = TypeVar("ChoiceT", bound=StrEnum)


_MOST_SHOWN: Final = 30


def one_of(choices: Iterable[ChoiceT], text: str) -> ChoiceT:
    """Return the choice that is named. Raises ConfigurationError with all there are.

    Not left to Typer: it would have each command load its choices for every `casebridge --help`.
    """
    known = list(choices)
    found = next((choice for choice in known if choice == text), None)
    if found is None:
        more = len(known) - _MOST_SHOWN
        shown = [str(choice) for choice in known[:_MOST_SHOWN]] + [f"{more} others"] * (more > 0)
        raise ConfigurationError(f"{text!r} is none of {', '.join(shown)}", asked=text, known=tuple(known))
    return found


def moment(text: str, now: datetime, *, ahead: bool = False) -> datetime:
    """Return the instant (UTC): so long before `now`, or with `ahead` after it; or the one that is written.

    A time without an offset is UTC, a date is its midnight. Raises ConfigurationError.
    """
    if match := _AGO.fullmatch(text.strip()):
        length = timedelta(**{_UNITS[match[2]]: int(match[1])})
        try:
            return now + length if ahead else now - length
        except OverflowError:
            raise ConfigurationError(f"{text!r} is beyond the calendar; write {FORMS}") from None
    try:
        return in_utc(datetime.fromisoformat(text.strip()))
    except ValueError:
        raise ConfigurationError(f"{text!r} is no time; write {FORMS}") from None


def span(text: str) -> timedelta:
    """Return the length of time that is written, such as 12h. Raises ConfigurationError."""
    match = _AGO.fullmatch(text.strip())
    if match is None:
        raise ConfigurationError(f"{text!r} is no length of time; write 30m, 12h or 7d")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


def day(text: str | None) -> date | None:
    """Return the day that is written. Raises ConfigurationError."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date() if text else None  # noqa: DTZ007 - a day, no instant
    except ValueError:
        raise ConfigurationError(f"{text!r} is no day; an example is 2026-11-02") from None


def json_file(path: Path) -> Any:
    """Read a JSON file. Raises ConfigurationError naming the file, the place and what is wrong there."""
    try:
        with path.open("rb") as file:
            raw = file.read(_MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:  # a name with a NUL is a ValueError
        raise ConfigurationError(f"{path} cannot be read: {getattr(error, 'strerror', error)}") from None
    if len(raw) > _MAX_FILE_BYTES:
        raise ConfigurationError(f"{path} has more than {_MAX_FILE_BYTES:,} bytes")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise ConfigurationError(f"{path}, line {line}: a byte that is not UTF-8") from None
    if is_deeper(raw):
        raise ConfigurationError(f"{path} is nested too deeply")
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ConfigurationError(f"{path}, {place}, is not JSON: {error.msg.lower()}") from None
    except RecursionError:
        raise ConfigurationError(f"{path} is nested too deeply") from None
    except ValueError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return the object. Raises ValueError for a name that is there twice: one would count in silence."""
    whole = dict(members)
    if len(whole) != len(members):
        twice, _ = Counter(name for name, _ in members).most_common(1)[0]
        raise ValueError(f"{twice!r} is there twice in one object")
    return whole


def pairs(given: Sequence[str], example: str) -> dict[str, str]:
    """Return what is written NAME=VALUE. Raises ConfigurationError."""
    found = {}
    for text in given:
        name, sign, value = text.partition("=")
        if not sign:
            raise ConfigurationError(f"{text!r} must be NAME=VALUE, such as {example}")
        found[name.strip()] = value
    return found
