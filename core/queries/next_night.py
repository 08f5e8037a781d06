"""When it is a firm's turn in the night."""

from collections.abc import Mapping
from datetime import datetime

from core.actor import Actor, Power
from core.night import own_following
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork
from core.schedule import Daily, JobName, Rhythm
from core.usecases.steps.known_firm import known_firm


class NextNight:
    """Computes it from the timetable and the firm's id."""

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock, timetable: Mapping[JobName, Rhythm]) -> None:
        self._units_of_work = units_of_work
        self._clock = clock
        self._timetable = timetable

    def __call__(self, actor: Actor, firm_id: str) -> datetime:
        """Return when the firm's next nightly run starts (UTC), or would if its nightly sync were on.

        Raises NotAllowedError, UnknownFirmError.
        """
        actor.must(Power.LOOK, firm_id)
        with self._units_of_work(actor) as uow:
            firm = known_firm(uow, actor, firm_id)
        rhythm, now = self._timetable[JobName.SYNC_CASES], self._clock.now()
        if isinstance(rhythm, Daily):
            return own_following(rhythm, firm.firm_id, now)
        return rhythm.following(now)
