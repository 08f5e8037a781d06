"""The list of people, in Postgres."""

from collections.abc import Sequence
from typing import Final

from adapters.postgres.store.actors import firms_of, reach_from
from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.statements import Statements
from core.actor import Reach, Role
from core.person import Person
from core.ports.people import People

_SQL: Final = Statements.beside(__file__)


class PostgresPeople(People):
    """See `core.ports.people.People`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, name: str, within: Reach) -> Person | None:
        row = self._session.row(_SQL["get"], {"name": name, "within": firms_of(within)})
        return None if row is None else _person(row)

    def list(self, within: Reach) -> Sequence[Person]:
        return [_person(row) for row in self._session.rows(_SQL["list"], {"within": firms_of(within)})]

    def save(self, person: Person) -> None:
        self._session.run(
            _SQL["save"],
            {
                "name": person.name,
                "role": person.role.value,
                "firms": firms_of(person.firms),
                "added_by": person.added_by,
            },
        )

    def remove(self, name: str) -> None:
        self._session.run(_SQL["remove"], {"name": name})

    def forget_firm(self, firm_id: str) -> None:
        for name in ("remove_of_firm", "take_firm"):
            self._session.run(_SQL[name], {"firm_id": firm_id})


def _person(row: Row) -> Person:
    name, role, firms, added_at, added_by = row
    return Person(name, Role(role), reach_from(firms), added_at, added_by)
