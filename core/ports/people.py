"""Port: the list of people, for those whose identity provider does not say what they may."""

from collections.abc import Sequence
from typing import Protocol

from core.actor import Reach
from core.person import Person


class People(Protocol):
    """One row a name. Who does not reach all of a person's firms does not see the person."""

    def get(self, name: str, within: Reach) -> Person | None:
        """Return the person of this name, if all its firms are among these."""
        ...

    def list(self, within: Reach) -> Sequence[Person]:
        """Return all whose firms are all among these, by name."""
        ...

    def save(self, person: Person) -> None:
        """Add the person, or change the one of this name, who can be seen here."""
        ...

    def remove(self, name: str) -> None:
        """Remove the person, if it is there and can be seen here."""
        ...

    def forget_firm(self, firm_id: str) -> None:
        """Take the firm from all people, and remove those who are left without any."""
        ...
