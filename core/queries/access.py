"""Who has access: the people on the list, and the API keys."""

from collections.abc import Sequence

from core.actor import Actor, Power
from core.api_key import ApiKey
from core.errors import UnknownThingError
from core.person import Person
from core.ports.unit_of_work import UnitsOfWork


class AccessQueries:
    """Looks at those whose firms are all the actor's. It takes a manager: NotAllowedError for others."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def people(self, actor: Actor) -> Sequence[Person]:
        """Return the list of people, by name."""
        actor.must_be_no_program()
        actor.must_anywhere(Power.MANAGE)
        with self._units_of_work(actor) as uow:
            return uow.people.list(actor.firms)

    def api_keys(self, actor: Actor) -> Sequence[ApiKey]:
        """Return the API keys, the newest first, those too that are over."""
        actor.must_be_no_program()
        actor.must_anywhere(Power.MANAGE)
        with self._units_of_work(actor) as uow:
            return uow.api_keys.list(actor.firms)

    def api_key(self, actor: Actor, key_id: int) -> ApiKey:
        """Return one key. Raises UnknownThingError, for one that is not all the actor's too."""
        found = [key for key in self.api_keys(actor) if key.key_id == key_id]
        if not found:
            raise UnknownThingError(f"there is no API key {key_id}")
        return found[0]
