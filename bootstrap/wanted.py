"""What a setting may be, in words for who set it otherwise."""

from typing import Any, get_args

from msgspec import inspect


def wanted(kind: Any) -> str:
    """Return the words for a setting's type and limits, as they end "… must be"."""
    match inspect.type_info(kind):
        case inspect.Metadata(extra_json_schema={"description": words}):
            return str(words)
        case inspect.IntType(ge=low, le=high):
            return f"a whole number from {low} to {high}"
        case inspect.FloatType(gt=low, le=high):
            return f"a number above {low:g}, {high:g} at the most"
        case inspect.EnumType(cls=each):
            return f"one of {', '.join(member.value for member in each)}"
        case inspect.LiteralType(values=each):
            return f"one of {', '.join(map(str, each))}"
        case inspect.TimeType():
            return "a time of day such as 21:15"
        case inspect.StrType(max_length=longest):
            return f"a text of {longest} characters at the most"
        case inspect.UnionType():  # or not set at all
            return wanted(get_args(kind)[0])
        case other:
            raise NotImplementedError(f"no words for {other}")
