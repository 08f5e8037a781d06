"""A person, as far as casebridge knows one: a name, a role, and the firms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core.actor import ALL_FIRMS, PERSONS, Actor, AllFirms, Reach, Role, reach_of
from core.errors import ConfigurationError

MAX_NAME: Final = 200  # characters
# Of several roles that a provider's claims give, the first of these counts.
_STRONGEST_FIRST: Final = (Role.IMPLEMENTATION_MANAGER, Role.OPERATOR, Role.FIRM_ADMIN)


@dataclass(frozen=True, slots=True)
class Person:
    """Who may sign in, and as what. `name` is an e-mail address, or a subject of the identity provider.

    `added_at` (UTC) and `added_by` are of the list of people, and unknown of somebody who is not on it.
    """

    name: str
    role: Role
    firms: Reach
    added_at: datetime | None = None
    added_by: str = ""

    def actor(self) -> Actor:
        """Return who asks when this person does."""
        return Actor(self.name, self.role, self.firms)


@dataclass(frozen=True, slots=True)
class Identity:
    """What an identity provider says of who signed in there.

    `subject` never changes and is nobody else's. `email` is "" unless the provider vouches for it: who could
    choose it freely would be taken for somebody else. `roles` and `firms` are claims, as they came.
    """

    subject: str
    email: str = ""
    roles: Sequence[str] = ()
    firms: Sequence[str] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The names by which this person may be on the list of people, the surest first."""
        return tuple(name for name in (self.subject, spelled(self.email)) if name)

    @property
    def shown(self) -> str:
        """The name for people, and for the audit log."""
        return spelled(self.email) or self.subject


RoleTable = Mapping[str, tuple[Role, Reach]]
"""What a value of the roles' claim stands for, such as a group's name: a role and its firms."""


def person_by_claims(identity: Identity, table: RoleTable) -> Person | None:
    """Return who it is by the provider's claims alone, None where they give no role, or no firm for it.

    A value that the table does not hold is a role's own name; its firms are those of the firms' claim.
    """
    granted: dict[Role, Reach] = {}
    for value in identity.roles:
        if value in table:
            role, firms = table[value]
        elif value in {one.value for one in PERSONS}:
            role, firms = Role(value), reach_of(identity.firms)
        else:
            continue
        granted[role] = _both(granted.get(role, frozenset()), firms)
    for role in _STRONGEST_FIRST:
        if granted.get(role):
            return Person(identity.shown, role, granted[role])
    return None


def spelled(name: str) -> str:
    """Return a name as it is kept: an e-mail address in small letters."""
    name = name.strip()
    return name.lower() if "@" in name else name


def must_be_a_name(name: str, what: str) -> None:
    """Raise ConfigurationError for a name that is empty, too long or not all visible."""
    if not (0 < len(name) <= MAX_NAME and name.isprintable() and name == name.strip()):
        raise ConfigurationError(
            f"{what} has 1 to {MAX_NAME} characters, all of them visible", limit=str(MAX_NAME)
        )


def must_be_a_person(person: Person) -> None:
    """Raise ConfigurationError for a name, a role or firms that no person can have."""
    must_be_a_name(person.name, "a person's name")
    if person.role not in PERSONS:
        raise ConfigurationError(f"a person is one of {', '.join(PERSONS)}, not {person.role}")
    if not person.firms:
        raise ConfigurationError(f"{person.name} has no firm; all firms are written *")


def _both(one: Reach, other: Reach) -> Reach:
    if isinstance(one, AllFirms) or isinstance(other, AllFirms):
        return ALL_FIRMS
    return one | other
