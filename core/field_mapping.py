"""A firm's field mapping: for each field of a case its source, and whether it is required.

The defaults are the Case Status sheet's, section 4. The integration id is always SmartAdvocate's case id.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Final

from core.errors import ConfigurationError
from core.field_source import (
    FromNothing,
    FromPath,
    FromPhones,
    FromPlaintiff,
    FromStaff,
    FromTrack,
    PlaintiffPart,
    Source,
    source_from_data,
    source_to_data,
    wrong,
)

# Paths that every case is read with anyway; others are taken from the case only where a mapping asks.
CASE_NUMBER: Final = "caseNumber"
CASE_TYPE: Final = "caseType"
CASE_STATUS: Final = "caseStatus"
CASE_NAME: Final = "caseName"
INCIDENT_DATE: Final = "incident.incidentDate"
STANDARD_PATHS: Final = frozenset({CASE_NUMBER, CASE_TYPE, CASE_STATUS, CASE_NAME, INCIDENT_DATE})


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a field comes from. A new case without a required field is skipped."""

    source: Source
    required: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What reading a case must bring beside the standard fields: further paths, and secondary tracks.

    `date_path` is the one of `paths`, if any, whose value is a day.
    """

    paths: tuple[str, ...] = ()
    date_path: str | None = None
    tracks: bool = False


_ATTORNEYS: Final = ("Primary Attorney", "Attorney", "Secondary Attorney", "Managing Attorney")


@dataclass(frozen=True, slots=True)
class FieldMapping:
    """A rule a field. Raises ConfigurationError for a source that the field cannot have.

    Role names are SmartAdvocate's, exact; firms rename them.
    """

    readable_id: Rule = Rule(FromPath(CASE_NUMBER), required=True)
    practice_area: Rule = Rule(FromPath(CASE_TYPE), required=True)
    stage: Rule = Rule(FromPath(CASE_STATUS), required=True)
    lead_attorney: Rule = Rule(
        FromStaff(("Primary Attorney", "Attorney", "Managing Attorney")), required=True
    )
    attorneys: Rule = Rule(FromStaff(_ATTORNEYS))
    paralegals: Rule = Rule(FromStaff(("Case Manager", "Paralegal")))
    client_first_name: Rule = Rule(FromPlaintiff(PlaintiffPart.FIRST_NAME), required=True)
    client_last_name: Rule = Rule(FromPlaintiff(PlaintiffPart.LAST_NAME), required=True)
    client_phone: Rule = Rule(
        FromPhones(("mobile", "cell", "phone", "home", "office", "voice")), required=True
    )
    client_email: Rule = Rule(FromPlaintiff(PlaintiffPart.EMAIL))
    description: Rule = Rule(FromPath(CASE_NAME))
    case_date: Rule = Rule(FromPath(INCIDENT_DATE))
    asked: Asked = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, rule in self.rules().items():
            _check(name, rule)
        object.__setattr__(self, "asked", self._asked())

    def rules(self) -> dict[str, Rule]:
        """Return the rules by field, in the order of the Case Status sheet."""
        return {name: getattr(self, name) for name in FIELD_NAMES}

    @classmethod
    def from_data(cls, data: object) -> "FieldMapping":
        """Read `{field: {"source": …, "required": true}}`; fields left out keep their defaults.

        Raises ConfigurationError naming the field, what is wrong and what would do.
        """
        if not isinstance(data, Mapping):
            raise ConfigurationError('a field mapping is an object of fields: {"stage": {"source": …}}')
        rules: dict[str, Rule] = {}
        for name, rule in data.items():
            if name not in FIELD_NAMES:
                raise wrong(str(name), f"is no field; those are {', '.join(FIELD_NAMES)}", FIELD_NAMES)
            rules[name] = _rule(name, rule)
        return cls(**rules)

    def to_data(self) -> dict[str, Any]:
        """Return the shape that `from_data` reads, every field named."""
        return {
            name: {"source": source_to_data(rule.source), "required": rule.required}
            for name, rule in self.rules().items()
        }

    def _asked(self) -> Asked:
        sources = [rule.source for rule in self.rules().values()]
        paths = [s.path for s in sources if isinstance(s, FromPath) and s.path not in STANDARD_PATHS]
        day = self.case_date.source
        date_path = day.path if isinstance(day, FromPath) and day.path in paths else None
        tracks = any(isinstance(source, FromTrack) for source in sources)
        return Asked(tuple(dict.fromkeys(paths)), date_path, tracks)


FIELD_NAMES: Final = tuple(f.name for f in fields(FieldMapping) if f.init)

# Without these a case cannot be in Case Status at all (Case Status sheet, section 4).
ALWAYS_REQUIRED: Final = frozenset(
    {"readable_id", "lead_attorney", "client_first_name", "client_last_name", "client_phone"}
)
_KINDS: Final[dict[str, tuple[type[Source], ...]]] = {
    "readable_id": (FromPath,),
    "practice_area": (FromPath,),
    "stage": (FromPath, FromTrack),
    "lead_attorney": (FromStaff,),
    "attorneys": (FromStaff, FromNothing),
    "paralegals": (FromStaff, FromNothing),
    "client_first_name": (FromPlaintiff,),
    "client_last_name": (FromPlaintiff,),
    "client_phone": (FromPhones,),
    "client_email": (FromPlaintiff, FromNothing),
    "description": (FromPath, FromTrack, FromNothing),
    "case_date": (FromPath, FromNothing),
}
_WORDS: Final[dict[type[Source], str]] = {
    FromPath: "path",
    FromTrack: "track",
    FromStaff: "staff",
    FromPhones: "phone",
    FromPlaintiff: "plaintiff",
    FromNothing: "null",
}
_PARTS: Final = {
    "client_first_name": PlaintiffPart.FIRST_NAME,
    "client_last_name": PlaintiffPart.LAST_NAME,
    "client_email": PlaintiffPart.EMAIL,
}


def _rule(name: str, data: object) -> Rule:
    default: Rule = getattr(_DEFAULT, name)
    if not isinstance(data, Mapping) or not data.keys() <= {"source", "required"}:
        raise wrong(name, 'a field has {"source": …, "required": true or false} and nothing else')
    required = data.get("required", default.required)
    if not isinstance(required, bool):
        raise wrong(name, "required is true or false")
    source = source_from_data(name, data["source"]) if "source" in data else default.source
    return Rule(source, required)


def _check(name: str, rule: Rule) -> None:
    if not isinstance(rule.source, _KINDS[name]):
        kinds = " or ".join(_WORDS[kind] for kind in _KINDS[name])
        raise wrong(name, f"it comes from {kinds}, not from {_WORDS[type(rule.source)]}")
    if name in ALWAYS_REQUIRED and not rule.required:
        raise wrong(name, "it is always required: Case Status has no case without it")
    if rule.required and isinstance(rule.source, FromNothing):
        raise wrong(name, "it is required and has no source")
    if isinstance(rule.source, FromPlaintiff) and rule.source.part is not _PARTS[name]:
        raise wrong(name, f"of the main plaintiff it takes {_PARTS[name]}, not {rule.source.part}")
    no_date = isinstance(rule.source, FromPath) and rule.source.path in STANDARD_PATHS - {INCIDENT_DATE}
    if name == "case_date" and no_date:
        raise wrong(name, f"{rule.source} is no date; take incident.incidentDate or another date")


_DEFAULT: Final = FieldMapping()
