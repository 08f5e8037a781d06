"""The look-up lists of one firm: the same names everywhere, other ids in every firm (API sheet, quirk 11)."""

from __future__ import annotations

from dataclasses import dataclass, field

from sandbox.practice_areas import (
    PRACTICE_AREAS,
    RENAMED_NEW,
    RENAMED_OLD,
    UNMAPPED_CASE_TYPES,
    UNMAPPED_STATUSES,
)

NOTE_TYPES = (
    "Case",
    "Plaintiff",
    "Adjuster Defendant",
    "eMail",
    "Call",
    "Incoming Message",
    "Outgoing Message",
)
DOCUMENT_CATEGORIES = (
    "Case Documents",
    "Medical Records",
    "Invoices",
    "Receipts",
    "Correspondence",
    "Case Status",
)
OFFICES = ("Harbor City", "Lakeside")
LEAD_ATTORNEY, SECOND_ATTORNEY, MANAGING_ATTORNEY = (
    "Primary Attorney",
    "Secondary Attorney",
    "Managing Attorney",
)
CASE_MANAGER, PARALEGAL = "Case Manager", "Paralegal"

_STAFF = (
    ("Ruth", "Okafor", LEAD_ATTORNEY),
    ("Daniel", "Whitlock", LEAD_ATTORNEY),
    ("Priya", "Raman", LEAD_ATTORNEY),
    ("Tomás", "Núñez", SECOND_ATTORNEY),
    ("Helen", "Marchetti", SECOND_ATTORNEY),
    ("George", "Abernathy", MANAGING_ATTORNEY),
    ("Lena", "Fischer", CASE_MANAGER),
    ("Marcus", "O'Dell", CASE_MANAGER),
    ("Ivy", "Santos", PARALEGAL),
    ("Noah", "Lindqvist", PARALEGAL),
)


@dataclass(frozen=True)
class StaffMember:
    """A SmartAdvocate user of the firm."""

    user_id: int
    unique_contact_id: int
    first_name: str
    last_name: str
    email: str
    role: str
    phone: str

    @property
    def name(self) -> str:
        """`Last, First`, as notes show their author."""
        return f"{self.last_name}, {self.first_name}"


@dataclass
class Lookups:
    """Ids by name for one firm, numbered from 0."""

    number: int
    groups: dict[str, int] = field(default_factory=dict)
    case_types: dict[str, int] = field(default_factory=dict)
    group_of_type: dict[str, str] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    note_types: dict[str, int] = field(default_factory=dict)
    categories: dict[str, int] = field(default_factory=dict)
    staff: tuple[StaffMember, ...] = ()
    service_user: StaffMember = field(init=False)
    """The account of the log-in: author of every inserted note."""

    def __post_init__(self) -> None:
        step = self.number % 1000
        for area in PRACTICE_AREAS:
            self.groups.setdefault(area.group, 11 + step * 7 + len(self.groups))
            for name in area.case_types:
                self.group_of_type[name] = area.group
        for name in UNMAPPED_CASE_TYPES:
            self.group_of_type[name] = "Personal Injury"
        self.case_types = {name: 1201 + step * 40 + i for i, name in enumerate(self.group_of_type)}
        names = dict.fromkeys(
            status for area in PRACTICE_AREAS for stage in area.stages for status in stage.statuses
        )
        names.update(dict.fromkeys(UNMAPPED_STATUSES))
        names.pop(RENAMED_OLD)
        self.statuses = {name: 801 + step * 60 + i for i, name in enumerate(names)}
        self.note_types = {name: 51 + step * 20 + i for i, name in enumerate(NOTE_TYPES)}
        self.categories = {name: 301 + step * 20 + i for i, name in enumerate(DOCUMENT_CATEGORIES)}
        self.staff = tuple(self._member(i, *person) for i, person in enumerate(_STAFF))
        user_id, contact_id = 411 + self.number * 100, 1_400_299 + self.number * 1000
        self.service_user = StaffMember(user_id, contact_id, "Sync", "Service", "", "Integration", "")

    def _member(self, i: int, first: str, last: str, role: str) -> StaffMember:
        ascii_last = last.lower().replace("ú", "u").replace("ñ", "n").replace("'", "")
        return StaffMember(
            user_id=388 + self.number * 100 + i,
            unique_contact_id=1_400_231 + self.number * 1000 + i,
            first_name=first,
            last_name=last,
            email=f"{ascii_last}@firm{self.number + 1}.example",
            role=role,
            phone=f"(212) 555-{3000 + self.number % 500 * 10 + i:04d}",
        )

    def status_id(self, name: str) -> int:
        """The id of a status name, giving the renamed one the id of its new name; unknown names get a new
        id.
        """
        known = RENAMED_NEW if name == RENAMED_OLD else name
        return self.statuses.setdefault(known, 801 + self.number % 1000 * 60 + len(self.statuses))

    def case_type_id(self, name: str) -> int:
        """The id of a case type name; unknown names get a new id."""
        self.group_of_type.setdefault(name, "Personal Injury")
        return self.case_types.setdefault(name, 1201 + self.number % 1000 * 40 + len(self.case_types))

    def note_type_name(self, note_type_id: int) -> str | None:
        """The name of a note type, None for an id of no type of this firm."""
        return next((name for name, key in self.note_types.items() if key == note_type_id), None)
