"""The list of people: who may sign in at the identity provider, and as what."""

from core.actor import ALL_FIRMS, SYSTEM, Actor, Power, covers
from core.audit import AuditAction
from core.errors import ConfigurationError, UnknownThingError
from core.person import Person, must_be_a_person
from core.ports.unit_of_work import UnitsOfWork
from core.thing import Thing
from core.usecases.steps.by_firm import record_by_firm
from core.usecases.steps.known_firm import must_all_be_known


class ManagePeople:
    """Adds and removes people. It takes who manages all firms of the person. Raises NotAllowedError."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def add(self, actor: Actor, person: Person) -> None:
        """Add the person, or give it another role and other firms; its sessions end, and it signs in anew.

        Raises ConfigurationError, UnknownFirmError.
        """
        actor.must_be_no_program()
        actor.must_for_all_of(Power.MANAGE, person.firms)
        must_be_a_person(person)
        with self._units_of_work(SYSTEM) as uow:
            before = uow.people.get(person.name, ALL_FIRMS)
        if before is not None and not covers(actor.firms, before.firms):
            raise ConfigurationError(f"{person.name} is on the list with firms that are not {actor.name}'s")
        with self._units_of_work(actor) as uow:
            must_all_be_known(uow, actor, person.firms)
            uow.people.save(Person(person.name, person.role, person.firms, added_by=actor.name))
            detail = {"person": person.name, "role": person.role.value}
            record_by_firm(uow, actor, person.firms, AuditAction.PERSON_ADDED, detail)
            uow.commit()
        self._end_sessions(person.name)

    def remove(self, actor: Actor, name: str) -> None:
        """Remove the person and end its sessions. Raises UnknownThingError."""
        actor.must_be_no_program()
        actor.must_anywhere(Power.MANAGE)
        with self._units_of_work(actor) as uow:
            person = uow.people.get(name, actor.firms)
            if person is None:
                known = [one.name for one in uow.people.list(actor.firms)]
                raise UnknownThingError(
                    f"{name!r} is not on the list of people", asked=name, known=known, thing=Thing.PERSON
                )
            uow.people.remove(name)
            record_by_firm(uow, actor, person.firms, AuditAction.PERSON_REMOVED, {"person": name})
            uow.commit()
        self._end_sessions(name)

    def _end_sessions(self, name: str) -> None:
        with self._units_of_work(SYSTEM) as uow:
            uow.sessions.end_known_as(name)
            uow.commit()
