"""What the list of people promises (`core.ports.people.People`)."""

from datetime import timedelta

import pytest

from core.actor import ALL_FIRMS, Actor, Reach, Role
from core.person import Person
from tests.contract.stores import Store

NORTH, SOUTH = frozenset({"north"}), frozenset({"south"})
PEOPLE = {
    "ada": Person("ada", Role.IMPLEMENTATION_MANAGER, ALL_FIRMS, added_by="root"),
    "bob": Person("bob", Role.OPERATOR, NORTH | SOUTH, added_by="root"),
    "tom": Person("tom", Role.FIRM_ADMIN, NORTH, added_by="root"),
}


@pytest.fixture(autouse=True)
def filled(store: Store) -> None:
    with store.unit_of_work() as uow:
        for person in PEOPLE.values():
            uow.people.save(person)
        uow.commit()


@pytest.mark.parametrize(
    ("within", "seen"),
    [(ALL_FIRMS, "ada bob tom"), (NORTH | SOUTH, "bob tom"), (NORTH, "tom"), (SOUTH, ""), (frozenset(), "")],
)
def test_who_does_not_reach_all_firms_of_a_person_does_not_see_it(
    store: Store, within: Reach, seen: str
) -> None:
    asking = Actor("mona", Role.IMPLEMENTATION_MANAGER, within)
    with store.unit_of_work(asking) as uow:
        assert [person.name for person in uow.people.list(within)] == seen.split()
        found = [name for name in PEOPLE if uow.people.get(name, within) is not None]
        assert found == seen.split()
        assert uow.people.get("nobody", within) is None


def test_a_person_is_kept_as_it_was_saved_last(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.people.save(Person("tom", Role.OPERATOR, SOUTH, added_by="mona"))
        uow.commit()
    with store.unit_of_work() as uow:
        tom = uow.people.get("tom", ALL_FIRMS)
    assert tom is not None
    assert (tom.role, tom.firms, tom.added_by) == (Role.OPERATOR, SOUTH, "mona")
    assert tom.added_at is not None
    assert abs(tom.added_at - store.now()) < timedelta(minutes=1)


def test_who_is_removed_is_gone(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.people.remove("tom")
        uow.people.remove("nobody")
        assert [person.name for person in uow.people.list(ALL_FIRMS)] == ["ada", "bob"]


def test_a_firm_that_is_forgotten_is_nobodys_and_who_had_it_alone_is_gone(store: Store) -> None:
    with store.unit_of_work() as uow:
        uow.people.forget_firm("north")
        left = {person.name: person.firms for person in uow.people.list(ALL_FIRMS)}
    assert left == {"ada": ALL_FIRMS, "bob": SOUTH}
