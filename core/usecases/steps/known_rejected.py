"""Rejected events that somebody names by their numbers."""

from collections.abc import Sequence

from core.errors import UnknownThingError
from core.ports.unit_of_work import UnitOfWork
from core.thing import Thing


def must_be_rejected(uow: UnitOfWork, event_ids: Sequence[int]) -> None:
    """Raise UnknownThingError, which names them, for numbers that no rejected event has."""
    strange = sorted(set(event_ids) - uow.inbox.set_aside_among(event_ids))
    if strange:
        raise UnknownThingError(
            f"there is no rejected event {', '.join(map(str, strange))}", thing=Thing.REJECTED_EVENT
        )
