"""Where a field of a case may come from: a small set of choices (Case Status sheet, section 4)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from core.errors import ConfigurationError
from core.storable import UNSEEN

MAX_CHOICES: Final = 30  # roles or labels of one field
MAX_WORD: Final = 200  # characters

_PATH: Final = re.compile(r"[A-Za-z]\w{0,99}(\.[A-Za-z]\w{0,99}){0,4}", re.ASCII)
# Never transferred (API sheet, section 7): refused here already, so that no mapping can ask for them.
_FORBIDDEN: Final = re.compile(r"ssn|socialsecurity|einno|birth|licen[cs]e|password", re.IGNORECASE)
_LISTS: Final = {
    "casestaff": '{"staff": ["a role", …]}',
    "plaintiffs": '{"plaintiff": "last_name"} or {"phone": ["mobile", …]}',
    "secondstatuses": '{"track": "the track\'s name"}',
    "defendant": "nothing: other parties are not transferred",
}


class PlaintiffPart(StrEnum):
    """What can be taken from the main plaintiff."""

    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class FromPath:
    """The value at a dotted path into SmartAdvocate's case, such as `incident.state`."""

    path: str

    def __str__(self) -> str:
        return f"SmartAdvocate's {self.path}"


@dataclass(frozen=True, slots=True)
class FromTrack:
    """The present status of a named secondary track (`secondStatuses[].statusTypeName`)."""

    track: str

    def __str__(self) -> str:
        return f"the secondary status {self.track!r}"


@dataclass(frozen=True, slots=True)
class FromStaff:
    """Staff by role, exact names in order of preference: the first member, or all, as the field takes."""

    roles: tuple[str, ...]

    def __str__(self) -> str:
        return f"staff in the role {' or '.join(map(repr, self.roles))}"


@dataclass(frozen=True, slots=True)
class FromPhones:
    """The main plaintiff's first valid number by label, letter case aside; other labels come last."""

    labels: tuple[str, ...]

    def __str__(self) -> str:
        return f"the main plaintiff's first valid phone by label: {', '.join(self.labels)}"


@dataclass(frozen=True, slots=True)
class FromPlaintiff:
    """A part of the main plaintiff: the one marked primary, else the first."""

    part: PlaintiffPart

    def __str__(self) -> str:
        return f"the main plaintiff's {self.part.replace('_', ' ')}"


@dataclass(frozen=True, slots=True)
class FromNothing:
    """The field stays blank."""

    def __str__(self) -> str:
        return "nothing: stays blank"


Source = FromPath | FromTrack | FromStaff | FromPhones | FromPlaintiff | FromNothing


def source_from_data(field: str, data: object) -> Source:
    """Read `{"path"|"track"|"staff"|"phone"|"plaintiff": …}`, or null for nothing.

    Raises ConfigurationError naming the field, what is wrong, and what would do.
    """
    if data is None:
        return FromNothing()
    if not isinstance(data, Mapping) or len(data) != 1:
        raise wrong(
            field, 'its source must be null or one of {"path", "track", "staff", "phone", "plaintiff"}'
        )
    [(kind, value)] = data.items()
    match kind:
        case "path":
            return FromPath(_path(field, value))
        case "track":
            return FromTrack(_words(field, kind, [value])[0])
        case "staff":
            return FromStaff(_words(field, kind, value))
        case "phone":
            return FromPhones(tuple(word.strip().lower() for word in _words(field, kind, value)))
        case "plaintiff":
            return FromPlaintiff(_part(field, value))
        case _:
            raise wrong(
                field, f"{kind!r} is no kind of source; those are path, track, staff, phone, plaintiff"
            )


def source_to_data(source: Source) -> dict[str, Any] | None:
    """Return the shape that `source_from_data` reads."""
    match source:
        case FromPath(path):
            return {"path": path}
        case FromTrack(track):
            return {"track": track}
        case FromStaff(roles):
            return {"staff": list(roles)}
        case FromPhones(labels):
            return {"phone": list(labels)}
        case FromPlaintiff(part):
            return {"plaintiff": part.value}
        case FromNothing():
            return None


def wrong(field: str, problem: str, known: Iterable[str] = ()) -> ConfigurationError:
    """Say which field of a mapping cannot be used, and why; `known` are the fields, where it is none."""
    names = tuple(known)
    return ConfigurationError(
        f"field mapping: {field}: {problem}", asked=field if names else None, known=names
    )


def _path(field: str, value: object) -> str:
    if not isinstance(value, str) or not _PATH.fullmatch(value):
        raise wrong(field, "a path is one to five names joined by dots, such as incident.state")
    if _FORBIDDEN.search(value):
        raise wrong(
            field, f"{value!r} names data that is never transferred (numbers of persons, birth dates)"
        )
    first = value.partition(".")[0].lower()
    if first in _LISTS:
        raise wrong(field, f"{value!r} leads into a list; take {_LISTS[first]}")
    return value


def _words(field: str, kind: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_CHOICES:
        raise wrong(field, f"{kind!r} takes a list of 1 to {MAX_CHOICES} names")
    if not all(isinstance(word, str) and word.strip() and len(word) <= MAX_WORD for word in value):
        raise wrong(field, f"{kind!r} takes names of 1 to {MAX_WORD} characters")
    if any(UNSEEN.search(word) for word in value):
        raise wrong(field, f"{kind!r} has a name with a character that nobody can see")
    if len(set(value)) != len(value):
        raise wrong(field, f"{kind!r} names something twice")
    return tuple(value)


def _part(field: str, value: object) -> PlaintiffPart:
    try:
        return PlaintiffPart(str(value))
    except ValueError:
        raise wrong(field, f"a plaintiff has {', '.join(PlaintiffPart)}, not {value!r}") from None
