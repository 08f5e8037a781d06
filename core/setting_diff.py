"""What differs between two states of a setting, for people: named places with their old and new values."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

MOST_TOLD: Final = 50  # places; an audit entry is no copy of the setting, its version is
_LONGEST: Final = 200  # characters of a value
_NOTHING: Final = "–"


def differences(old: object, new: object) -> dict[str, str]:
    """Return `{place: "old → new"}` of JSON-ready data, such as "stage / source / path".

    Members of lists are told by their `name` where they have one. Beyond MOST_TOLD the rest is counted.
    """
    found = dict(_differences("", old, new))
    if len(found) <= MOST_TOLD:
        return found
    told = dict(list(found.items())[:MOST_TOLD])
    return {**told, "and more": f"{len(found) - MOST_TOLD} places"}


def _differences(place: str, old: object, new: object) -> Iterator[tuple[str, str]]:
    if _as_json(old) == _as_json(new):  # 1 and true are not the same
        return
    olds, news = (_parts(old), _parts(new)) if type(old) is type(new) else (None, None)
    if olds is None or news is None:
        yield place or "value", f"{_told(old)} → {_told(new)}"
        return
    common = [name for name in olds if name in news]
    if isinstance(old, list) and common != [name for name in news if name in olds]:
        yield f"{place} / order" if place else "order", f"{_told(list(olds))} → {_told(list(news))}"
    for name in dict.fromkeys((*olds, *news)):
        inner = f"{place} / {name}" if place else name
        if name in olds and name in news:
            yield from _differences(inner, olds[name], news[name])
        else:
            yield inner, f"{_told(olds.get(name))} → {_told(news.get(name))}"


def _as_json(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)


def _parts(value: object) -> dict[str, Any] | None:
    """Return the members by name; None for what has no names: a text, a number, a list of them."""
    if isinstance(value, Mapping):
        return {str(name): member for name, member in value.items()}
    if not isinstance(value, list) or not value:
        return {} if value == [] else None
    names = [member.get("name") for member in value if isinstance(member, Mapping)]
    if len(names) != len(value) or len(set(map(str, names))) != len(value) or None in names:
        return None
    return {
        str(name): {key: of for key, of in member.items() if key != "name"}
        for name, member in zip(names, value, strict=True)
    }


def _told(value: object) -> str:
    if value is None or value in ([], {}, ""):
        return _NOTHING
    if isinstance(value, list) and all(isinstance(member, str) for member in value):
        text = ", ".join(value)
    else:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
