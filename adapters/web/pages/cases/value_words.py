"""The values of a case, as people read them."""

from collections.abc import Mapping


def said_of_value(value: object) -> str:
    """Return a field's value as a text: people by name and role, a list with commas, yes and no."""
    match value:
        case None | "" | [] | ():
            return "–"
        case bool():
            return "yes" if value else "no"
        case Mapping():
            return _person(value)
        case list() | tuple():
            return ", ".join(said_of_value(one) for one in value)
        case _:
            return str(value)


def _person(data: Mapping[str, object]) -> str:
    name = " ".join(str(data[part]) for part in ("first_name", "last_name") if data.get(part))
    role = data.get("role")
    return f"{name} ({role})" if role and name else name or "–"
