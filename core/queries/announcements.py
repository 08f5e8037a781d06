"""What the exchange announced: to be looked at, and to be followed without a broker."""

from dataclasses import dataclass
from datetime import datetime

from core.actor import Actor, Power
from core.announced import KEPT, Announced
from core.announcement import AnnouncementKind
from core.errors import PermanentError
from core.paging import Page, Place, bounded, number_in, page_of
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork
from core.reason import Reason
from core.usecases.steps.known_announcement import known_announcement
from core.usecases.steps.known_firm import must_be_known


@dataclass(frozen=True, slots=True)
class Position:
    """How far somebody has followed: the place of the last announcement, and when that was published (UTC).

    The beginning of all that is kept is `Position()`.
    """

    place: int = 0
    at: datetime | None = None


class AnnouncementQueries:
    """Looks at announcements of the actor's firms."""

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    def newest(
        self,
        actor: Actor,
        firm_id: str | None,
        kind: AnnouncementKind | None,
        subject: str | None,
        before: Place | None,
        limit: int,
    ) -> Page[Announced]:
        """Return published ones, newest first; `subject` is a case. Raises UnknownFirmError."""
        firms, limit = actor.within(Power.LOOK, firm_id), bounded(limit)
        with self._units_of_work(actor) as uow:
            must_be_known(uow, actor, firm_id)
            found = uow.outbox.newest(
                firms,
                before=number_in(before),
                kind=kind.value if kind else None,
                subject=subject,
                limit=limit + 1,
            )
        return page_of(found, limit, lambda told: (told.place or 0,))

    def one(self, actor: Actor, announcement_id: int) -> Announced:
        """Return one. Raises UnknownThingError, for another firm's too."""
        with self._units_of_work(actor) as uow:
            return known_announcement(uow, actor, announcement_id, Power.LOOK)

    def end(self, actor: Actor) -> Position:
        """Return where who follows from now on begins."""
        actor.must_anywhere(Power.LOOK)
        with self._units_of_work(actor) as uow:
            return Position(uow.outbox.last_place(actor.firms), self._clock.now())

    def behind(self, actor: Actor, position: Position, limit: int) -> tuple[list[Announced], Position]:
        """Return what was announced behind the position, in order, and the position to go on from.

        Raises PermanentError (POSITION_GONE) for a position so old that some behind it are gone.
        """
        actor.must_anywhere(Power.LOOK)
        now = self._clock.now()
        if position.at is not None and position.at < now - KEPT:
            raise PermanentError(
                f"announcements are kept for {KEPT.days} days, and this position is older",
                reason=Reason.POSITION_GONE,
            )
        with self._units_of_work(actor) as uow:
            found = list(uow.outbox.behind(actor.firms, position.place, bounded(limit)))
        if found:
            return found, Position(found[-1].place or position.place, found[-1].published_at)
        # Nothing is behind it now: it is as good as one that was read at this moment.
        return found, Position(position.place, now)
