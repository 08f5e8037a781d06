"""How casebridge is doing, for those who keep it going: what is late and why, timed jobs, tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from core.actor import SYSTEM, Actor, Power
from core.event import EventKind
from core.firm import ConnectionState, Firm
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork
from core.ports.upkeep import Upkeep
from core.reason import Reason
from core.retention import RemovalState, Retention
from core.schedule import JobName, Rhythm
from core.upkeep import Backlog, LastSlot, OpenTransaction, TableHealth

# From when on what waits is late: the promises P1 and P2 (design, section 1).
IN_TIME: Final[Mapping[EventKind, timedelta]] = {
    EventKind.MESSAGE_SENT: timedelta(minutes=2),
    EventKind.DOCUMENT_UPLOADED: timedelta(minutes=20),
}

_A_ROUND_MOVES_WITHIN: Final = timedelta(seconds=30)  # at each tick, once a second


@dataclass(frozen=True, slots=True)
class Late:
    """What is late of a firm and kind, since when its oldest waits, and why.

    `reason` is None where it merely waits for its turn: then workers are too few, or away. `detail` says more
    of a pause. `firm_name` is "" for a firm that is not there.
    """

    backlog: Backlog
    firm_name: str
    for_: timedelta
    reason: Reason | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class LateOnes:
    """What is late, longest first: as many as were asked for, of `number` in all, of so many `firms`."""

    shown: Sequence[Late]
    number: int
    firms: int


@dataclass(frozen=True, slots=True)
class Scheduled:
    """A timed job: its rhythm, its last slot (None: none yet), its next one (UTC), and how late it is.

    `overdue` is how long ago a slot came that nobody has started, or since when nobody takes one further on
    its way round the firms; None where all is in time.
    """

    name: JobName
    rhythm: Rhythm
    last: LastSlot | None
    next_at: datetime
    overdue: timedelta | None


class UpkeepQueries:
    """What concerns all firms is for those who reach all."""

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        upkeep: Upkeep,
        clock: Clock,
        timetable: Mapping[JobName, Rhythm],
        retention: Retention,
    ) -> None:
        self._units_of_work = units_of_work
        self._upkeep = upkeep
        self._clock = clock
        self._timetable = timetable
        self._retention = retention

    def late(self, actor: Actor, limit: int) -> LateOnes:
        """Return what is late of the actor's firms, as it is or was within the last minute.

        No more than `limit` are told with their reasons: a bad night makes thousands late.
        """
        actor.must_anywhere(Power.LOOK)
        now = self._clock.now()
        late = [
            backlog
            for backlog in self._upkeep.backlogs()
            if actor.reaches(backlog.firm_id) and now - backlog.oldest_at > IN_TIME[backlog.kind]
        ]
        if not late:
            return LateOnes([], 0, 0)
        told = late[: max(0, limit)]
        with self._units_of_work(actor) as uow:
            named = frozenset(backlog.firm_id for backlog in told)
            firms = {firm.firm_id: firm for firm in uow.firms.all(named)}
        shown = [_explained(backlog, firms.get(backlog.firm_id), now) for backlog in told]
        return LateOnes(shown, len(late), len({backlog.firm_id for backlog in late}))

    def schedules(self, actor: Actor) -> Sequence[Scheduled]:
        """Return the timed jobs in the order of the timetable. Raises NotAllowedError."""
        actor.must_everywhere(Power.LOOK)
        now = self._clock.now()
        last = {slot.name: slot for slot in self._upkeep.last_slots()}
        return [_scheduled(name, rhythm, last.get(name), now) for name, rhythm in self._timetable.items()]

    def tables(self, actor: Actor) -> Sequence[TableHealth]:
        """Return the tables, the largest first. Raises NotAllowedError."""
        actor.must_everywhere(Power.LOOK)
        return self._upkeep.tables()

    def removals(self, actor: Actor) -> Sequence[RemovalState]:
        """Return how far the removal of what is old has come, what is behind most first.

        Raises NotAllowedError.
        """
        actor.must_everywhere(Power.LOOK)
        with self._units_of_work(SYSTEM) as uow:
            states = uow.removal.states(self._retention)
        return sorted(states, key=lambda one: (-one.behind, one.what))

    def oldest_transaction(self, actor: Actor) -> OpenTransaction | None:
        """Return the oldest transaction that keeps the store from cleaning up. Raises NotAllowedError."""
        actor.must_everywhere(Power.LOOK)
        return self._upkeep.oldest_transaction()


def _explained(backlog: Backlog, firm: Firm | None, now: datetime) -> Late:
    waits = now - backlog.oldest_at
    if firm is None:
        return Late(backlog, "", waits, Reason.FIRM_UNKNOWN)
    pause = firm.pause(now)
    if pause is not None:
        return Late(backlog, firm.name, waits, pause.reason, str(pause))
    if firm.connection is not ConnectionState.CONNECTED:
        lost = firm.connection is ConnectionState.RECONNECT_REQUIRED
        return Late(backlog, firm.name, waits, Reason.RECONNECT_REQUIRED if lost else Reason.NOT_CONNECTED)
    return Late(backlog, firm.name, waits, backlog.reason)


def _scheduled(name: JobName, rhythm: Rhythm, last: LastSlot | None, now: datetime) -> Scheduled:
    due, overdue = rhythm.latest(now), None
    if last is not None and last.due_at < due:
        overdue = now - due
    elif last is not None and last.round is not None and not last.round.is_over:
        stands_for = now - last.round.moved_at
        overdue = stands_for if stands_for > _A_ROUND_MOVES_WITHIN else None
    return Scheduled(name, rhythm, last, rhythm.following(now), overdue)
