"""Who asks for something, and what they may do. Every use case and query begins by asking here.

Closed by default: an actor sees the firms it names. One that names none sees nothing; all firms are said in
so many words.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

from core.errors import NotAllowedError


class Power(StrEnum):
    """What an actor may do with the firms it reaches. These are an API key's scopes, too."""

    SEND_EVENTS = "events"  # hand in messages and documents
    LOOK = "look"  # see cases, deliveries, issues, settings
    CHANGE = "change"  # change settings, connect, start and cancel runs, replay deliveries
    OPERATE = "operate"  # keep it going: replays, pauses, rejected events, schedules, tables, encryption keys
    MANAGE = "manage"  # an implementation manager's: resets, deletion, people, API keys; and all of OPERATE


class Role(StrEnum):
    """A firm's administrator, an implementation manager, an operator, a program, or casebridge itself.

    An operator keeps casebridge going for the firms, and changes nothing of how a firm is set up.
    """

    FIRM_ADMIN = "firm-admin"
    IMPLEMENTATION_MANAGER = "implementation-manager"
    OPERATOR = "operator"
    ONLOOKER = "onlooker"  # somebody who looks at a firm's pages as the firm sees them
    SERVICE = "service"
    SYSTEM = "system"


class AllFirms(Enum):
    """All firms there are and will be: never meant by leaving something out."""

    ALL_FIRMS = "*"


ALL_FIRMS: Final = AllFirms.ALL_FIRMS
Reach = frozenset[str] | AllFirms

Powers = Power | tuple[Power, ...]
"""A power, or several of which one is enough."""
GOES_ON: Final = (Power.CHANGE, Power.OPERATE)
"""What sets going again what stands still: a firm's own people may, and operators."""
PERSONS: Final = (Role.FIRM_ADMIN, Role.IMPLEMENTATION_MANAGER, Role.OPERATOR)
"""The roles that a person can have."""

_POWERS: Final = {
    Role.FIRM_ADMIN: frozenset({Power.LOOK, Power.CHANGE}),
    Role.IMPLEMENTATION_MANAGER: frozenset({Power.LOOK, Power.CHANGE, Power.MANAGE}),
    Role.OPERATOR: frozenset({Power.LOOK, Power.OPERATE}),
    Role.ONLOOKER: frozenset({Power.LOOK}),
    Role.SERVICE: frozenset[Power](),  # what its key's scopes say, and no more
    Role.SYSTEM: frozenset(Power),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (by a role), a service (an API key with its scopes), or the system.

    `firms` are those it reaches. Its powers are its role's, and a service's scopes.
    """

    name: str
    role: Role
    firms: Reach = frozenset()
    scopes: frozenset[Power] = frozenset()

    @property
    def firm_id(self) -> str | None:
        """The firm, for an actor of exactly one; else None."""
        return (
            next(iter(self.firms)) if not isinstance(self.firms, AllFirms) and len(self.firms) == 1 else None
        )

    @property
    def identity(self) -> str:
        """The name, and a digest of what it stands for: programs of two firms may have one name.

        A key that was rotated is the same: its role, firms and scopes are.
        """
        firms = [ALL_FIRMS.value] if isinstance(self.firms, AllFirms) else sorted(self.firms)
        told = json.dumps([self.role, firms, sorted(self.scopes)])
        return f"{self.name} {hashlib.sha256(told.encode()).hexdigest()}"

    @property
    def reaches_all(self) -> bool:
        """Whether all firms are this actor's."""
        return self.firms is ALL_FIRMS

    @property
    def is_system(self) -> bool:
        """Whether this is casebridge itself, at work by its timetable and queues."""
        return self.role is Role.SYSTEM

    def may(self, power: Powers) -> bool:
        """Tell whether the actor has the power, or one of several, for the firms it reaches."""
        own = _POWERS[self.role] | self.scopes
        if Power.MANAGE in own:
            own |= {Power.OPERATE}
        return any(one in own for one in _each(power))

    def reaches(self, firm_id: str) -> bool:
        """Tell whether the firm is one of this actor's."""
        return isinstance(self.firms, AllFirms) or firm_id in self.firms

    def must(self, power: Powers, firm_id: str) -> None:
        """Raise NotAllowedError unless the actor has the power for this firm."""
        if not self.reaches(firm_id):
            raise NotAllowedError(
                f"{self.name} may not act for firm {firm_id!r}, only for {_listed(self.firms)}",
                firm_id=firm_id,
            )
        self._must_have(power, firm_id)

    def within(self, power: Powers, firm_id: str | None) -> Reach:
        """Return the firm asked for, or all the actor's where none was named. Raises NotAllowedError."""
        if firm_id is None:
            self.must_anywhere(power)
            return self.firms
        self.must(power, firm_id)
        return frozenset({firm_id})

    def must_anywhere(self, power: Powers) -> None:
        """Raise NotAllowedError unless the actor has the power for some firm. What it sees is theirs."""
        if not self.firms:
            raise NotAllowedError(f"{self.name} may act for no firm at all")
        self._must_have(power, None)

    def must_everywhere(self, power: Powers) -> None:
        """Raise NotAllowedError unless the actor has the power for all firms: it concerns them all."""
        if not self.reaches_all:
            raise NotAllowedError(
                f"this concerns all firms; {self.name} may act for {_listed(self.firms)} alone"
            )
        self._must_have(power, None)

    def must_for_all_of(self, power: Powers, firms: Reach) -> None:
        """Raise NotAllowedError unless the actor has the power for each of these firms, at least one."""
        if isinstance(firms, AllFirms):
            self.must_everywhere(power)
            return
        if not firms:
            raise NotAllowedError(f"{self.name} is asked about no firm at all")
        for firm_id in sorted(firms):
            self.must(power, firm_id)

    def as_onlooker(self, firm_id: str) -> "Actor":
        """Return who sees what the firm sees, and can do nothing. Raises NotAllowedError.

        Less than this actor can do, never more.
        """
        self.must((Power.OPERATE, Power.MANAGE), firm_id)
        return Actor(self.name, Role.ONLOOKER, frozenset({firm_id}))

    def must_be_no_program(self) -> None:
        """Raise NotAllowedError for a program: it hands on no access, or a leaked key would live on."""
        if self.role is Role.SERVICE:
            raise NotAllowedError(f"{self.name} is a program, and this is for people")

    def must_be_system(self) -> None:
        """Raise NotAllowedError for everybody but casebridge itself."""
        if not self.is_system:
            raise NotAllowedError(f"casebridge does this by itself; {self.name} is {self.role}")

    def _must_have(self, power: Powers, firm_id: str | None) -> None:
        if not self.may(power):
            first = _each(power)[0]
            raise NotAllowedError(
                f"{self.name} is {self.role} and may not {_DOING[first]}", firm_id=firm_id, limit=first.value
            )


_DOING: Final = {
    Power.SEND_EVENTS: "hand in events",
    Power.LOOK: "look at this",
    Power.CHANGE: "change this",
    Power.OPERATE: "do this: it is for operators and implementation managers",
    Power.MANAGE: "do this: it is for implementation managers",
}

SYSTEM: Final = Actor("casebridge", Role.SYSTEM, ALL_FIRMS)


def reach_of(firms: Iterable[str]) -> Reach:
    """Return the firms as a reach; the one name `*` stands for all."""
    named = frozenset(firms)
    return ALL_FIRMS if named == {ALL_FIRMS.value} else named


def covers(all_of: Reach, firms: Reach) -> bool:
    """Tell whether `firms` are among `all_of`: each of them, or all where all are meant."""
    if isinstance(all_of, AllFirms):
        return True
    return not isinstance(firms, AllFirms) and firms <= all_of


def _each(power: Powers) -> tuple[Power, ...]:
    return (power,) if isinstance(power, Power) else power


def _listed(firms: Reach) -> str:
    if isinstance(firms, AllFirms):
        return "all firms"
    return ", ".join(repr(firm_id) for firm_id in sorted(firms)) or "no firm"
