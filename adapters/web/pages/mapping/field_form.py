"""The form about fields: where each comes from, read and shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from adapters.web.pages.shell.form import Form
from core.field_mapping import ALWAYS_REQUIRED, FIELD_NAMES, FieldMapping
from core.field_source import source_to_data

# What each field may come from, in the words of the form; what has one source alone is not asked for it.
_PATH: Final = ("path", "A field of the case")
_TRACK: Final = ("track", "A secondary status")
_STAFF: Final = ("staff", "Staff in a role")
_PHONE: Final = ("phone", "The client's phone, by label")
_PLAINTIFF: Final = ("plaintiff", "The main plaintiff")
_NOTHING: Final = ("nothing", "Nothing: stays blank")
KINDS: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "readable_id": (_PATH,),
    "practice_area": (_PATH,),
    "stage": (_PATH, _TRACK),
    "lead_attorney": (_STAFF,),
    "attorneys": (_STAFF, _NOTHING),
    "paralegals": (_STAFF, _NOTHING),
    "client_first_name": (_PLAINTIFF,),
    "client_last_name": (_PLAINTIFF,),
    "client_phone": (_PHONE,),
    "client_email": (_PLAINTIFF, _NOTHING),
    "description": (_PATH, _TRACK, _NOTHING),
    "case_date": (_PATH, _NOTHING),
}
_PARTS: Final = {"client_first_name": "first_name", "client_last_name": "last_name", "client_email": "email"}


@dataclass(frozen=True, slots=True)
class FieldRow:
    """A field as the form shows it: `value` is a path, a track, or roles and labels with commas between."""

    name: str
    kind: str
    value: str
    required: bool
    always: bool
    source: str


def rows_of(mapping: FieldMapping) -> list[FieldRow]:
    """Return the rows of the form."""
    made = []
    for name, rule in mapping.rules().items():
        data = source_to_data(rule.source)
        [(kind, value)] = data.items() if data else [("nothing", "")]
        text = ", ".join(value) if isinstance(value, list) else ("" if kind == "plaintiff" else value)
        made.append(FieldRow(name, kind, text, rule.required, name in ALWAYS_REQUIRED, str(rule.source)))
    return made


def mapping_in(form: Form) -> FieldMapping:
    """Return the mapping that the form holds. Raises ConfigurationError naming the field that is wrong."""
    data: dict[str, Any] = {}
    for name in FIELD_NAMES:
        kind, value = form.one(f"kind-{name}") or KINDS[name][0][0], form.one(f"value-{name}")
        required = name in ALWAYS_REQUIRED or form.has(f"required-{name}")
        data[name] = {"source": _source(name, kind, value), "required": required}
    return FieldMapping.from_data(data)


def _source(name: str, kind: str, value: str) -> dict[str, Any] | None:
    match kind:
        case "nothing":
            return None
        case "plaintiff":
            return {"plaintiff": _PARTS.get(name, value)}
        case "staff" | "phone":
            return {kind: list(dict.fromkeys(filter(None, (word.strip() for word in value.split(",")))))}
        case _:
            return {kind: value}
