"""Who has access: the people on the list, and the API keys."""

from collections.abc import Sequence

from core.actor import Actor, Power
from core.api_key import ApiKey
from core.errors import UnknownThingError
from core.paging import Page, Place, bounded, number_in, page_of
from core.person import Person
from core.ports.unit_of_work import UnitsOfWork
from core.thing import Thing


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

    def api_keys(
        self, actor: Actor, before: Place | None, limit: int, *, with_over: bool, words: str = ""
    ) -> Page[ApiKey]:
        """Return a page of the API keys, the newest first; with `with_over` those too that are over.

        `words` stand in a key's name, or are the id of one of its firms.
        """
        actor.must_be_no_program()
        actor.must_anywhere(Power.MANAGE)
        limit = bounded(limit)
        with self._units_of_work(actor) as uow:
            found = uow.api_keys.list(
                actor.firms, limit + 1, with_over=with_over, before=number_in(before), words=words.strip()
            )
        return page_of(found, limit, lambda key: (key.key_id,))

    def api_key(self, actor: Actor, key_id: int) -> ApiKey:
        """Return one key. Raises UnknownThingError, for one that is not all the actor's too."""
        actor.must_be_no_program()
        actor.must_anywhere(Power.MANAGE)
        with self._units_of_work(actor) as uow:
            key = uow.api_keys.get(key_id, actor.firms)
        if key is None:
            raise UnknownThingError(f"there is no API key {key_id}", thing=Thing.API_KEY)
        return key
