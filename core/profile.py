"""A firm's SmartAdvocate profile as people see it: keys with what they mean, and the values in force.

The profile corrects what is UNVERIFIED about one firm's SmartAdvocate. What a key may hold is known by the
adapter, which gives the list and the check.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import ConfigurationError

Profile = Mapping[str, Any]
# a firm's id, a profile -> raises ConfigurationError naming the firm, the key and what would do
ProfileCheck = Callable[[str, Profile], object]


@dataclass(frozen=True, slots=True)
class ProfileKey:
    """A key such as `zone`, or `routes.notes` for one within another, with an example of its value."""

    name: str
    what: str
    default: str | None
    example: str


@dataclass(frozen=True, slots=True)
class ProfileValue:
    """A key with the value in force; `is_own` says that the firm's profile has it."""

    key: ProfileKey
    value: str | None
    is_own: bool


def flat(profile: Profile) -> dict[str, Any]:
    """Return the profile's values by the names of their keys."""
    values: dict[str, Any] = {}
    for name, value in profile.items():
        if isinstance(value, Mapping):
            values |= {f"{name}.{inner}": of for inner, of in value.items()}
        else:
            values[name] = value
    return values


def with_changes(profile: Profile, changes: Mapping[str, str], keys: Sequence[ProfileKey]) -> dict[str, Any]:
    """Return the profile with values changed by the names of their keys: `default` takes one out.

    `null` is no value. Raises ConfigurationError for a name that is no key.
    """
    known = [key.name for key in keys]
    values = flat(profile)
    for name, text in changes.items():
        if name not in known:
            raise ConfigurationError(
                f"{name!r} is no key of a profile; those are {', '.join(known)}", asked=name, known=known
            )
        if text == "default":
            values.pop(name, None)
        else:
            values[name] = None if text == "null" else text
    whole: dict[str, Any] = {}
    for name, value in values.items():
        outer, dot, inner = name.partition(".")
        if dot:
            whole.setdefault(outer, {})[inner] = value
        else:
            whole[name] = value
    return whole
