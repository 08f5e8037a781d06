"""The list of people in memory."""

from collections.abc import Sequence
from dataclasses import replace

from core.actor import Reach, covers
from core.person import Person
from core.ports.people import People
from tests.fakes.sessions import without
from tests.fakes.transaction import Transaction


class FakePeople(People):
    """People by name."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def get(self, name: str, within: Reach) -> Person | None:
        person = self._rows.get(name)
        return person if person is not None and covers(within, person.firms) else None

    def list(self, within: Reach) -> Sequence[Person]:
        return [person for _, person in sorted(self._rows.items()) if covers(within, person.firms)]

    def save(self, person: Person) -> None:
        self._rows[person.name] = replace(person, added_at=self._transaction.now())

    def remove(self, name: str) -> None:
        self._rows.pop(name, None)

    def forget_firm(self, firm_id: str) -> None:
        for name, person in list(self._rows.items()):
            left = without(person.firms, firm_id)
            if left:
                self._rows[name] = replace(person, firms=left)
            else:
                del self._rows[name]

    @property
    def _rows(self) -> dict[str, Person]:
        return self._transaction.tables.people
