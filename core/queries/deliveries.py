"""Messages and documents on their way: where each stands and what befell it. Never their content."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from core.actor import Actor, Power
from core.delivery_selection import DeliverySummary, Selection, TimelineEntry
from core.errors import UnknownThingError
from core.paging import Page, Place, bounded, number_in, page_of
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.thing import Thing
from core.usecases.steps.known_deliveries import must_name_what_is_there


@dataclass(frozen=True, slots=True)
class DeliveryStory:
    """A delivery with its attempts, oldest first."""

    delivery: DeliverySummary
    timeline: Sequence[TimelineEntry]


class DeliveryQueries:
    """Looks at deliveries of the actor's firms, as they stand: one whose firm is paused says so."""

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    def find(self, actor: Actor, selection: Selection, limit: int) -> Sequence[DeliverySummary]:
        """Return up to `limit` of those selected, newest first.

        Raises NotAllowedError, and UnknownThingError or UnknownFirmError where what is named is not there.
        """
        firms = actor.within(Power.LOOK, selection.firm_id)
        with self._units_of_work(actor) as uow:
            found = uow.deliveries.find(firms, selection, limit)
            if not found:
                must_name_what_is_there(uow, actor, selection)
            return at_present(uow, found, self._clock.now())

    def page(
        self, actor: Actor, selection: Selection, before: Place | None, limit: int
    ) -> Page[DeliverySummary]:
        """Return a page of those selected, newest first. Raises as `find`."""
        firms, limit = actor.within(Power.LOOK, selection.firm_id), bounded(limit)
        with self._units_of_work(actor) as uow:
            number = number_in(before)
            found = uow.deliveries.find(firms, selection, limit + 1, before=number)
            if not found and before is None:
                must_name_what_is_there(uow, actor, selection)
            shown = at_present(uow, found, self._clock.now())
        return page_of(shown, limit, lambda delivery: (delivery.delivery_id,))

    def count(self, actor: Actor, selection: Selection, limit: int) -> int:
        """Return how many are selected; no more than `limit` are counted."""
        firms = actor.within(Power.LOOK, selection.firm_id)
        with self._units_of_work(actor) as uow:
            return uow.deliveries.count(firms, selection, at_most=limit)

    def story(self, actor: Actor, delivery_id: int) -> DeliveryStory:
        """Return one with what befell it. Raises UnknownThingError, for another firm's too."""
        firms = actor.within(Power.LOOK, None)
        with self._units_of_work(actor) as uow:
            wanted = Selection(delivery_id=delivery_id)
            found = at_present(uow, uow.deliveries.find(firms, wanted, 1), self._clock.now())
            if not found:
                raise UnknownThingError(f"there is no delivery {delivery_id}", thing=Thing.DELIVERY)
            return DeliveryStory(found[0], uow.deliveries.timeline(delivery_id))


def at_present(uow: UnitOfWork, found: Sequence[DeliverySummary], now: datetime) -> Sequence[DeliverySummary]:
    """Return deliveries as they stand at `now` (UTC): with the pauses of their firms."""
    firms = uow.firms.all(frozenset(delivery.firm_id for delivery in found)) if found else []
    pauses = {firm.firm_id: firm.pause(now) for firm in firms}
    return [delivery.at(now, pauses.get(delivery.firm_id)) for delivery in found]
