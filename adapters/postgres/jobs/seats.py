"""Who sits where, in Postgres: the firm's seat lock, the room that is left, parked jobs and people's seats.

The rule is `core.seats`. Every step that takes or frees a seat first takes the firm's seat lock, and it is
the first lock of its transaction. So whoever parks a job has either seen the seat that is being freed, or is
seen by whoever frees it. Seats of a process that is gone are freed without that lock: `wake_all`, which is
called then and every few seconds, finds the jobs that wait for them.
"""

from collections.abc import Sequence
from typing import Final

from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.wake_ups import Channel
from core.firm import DEFAULT_CONCURRENCY
from core.schedule import JobName
from core.seats import Room, choose

LOCK_CLASS: Final = 7_203_116  # any number, but the same in every release
_SQL: Final = Statements.beside(__file__)
_NAMES: Final = [name.value for name in JobName]


class Seats:
    """The seats of all firms, in one transaction."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def lock(self, firm_id: str) -> None:
        """Take the firm's seat lock until the end of the transaction."""
        self._session.rows(_SQL["lock"], {"class": LOCK_CLASS, "firm_id": firm_id})

    def room(self, firm_id: str, *, by_hand: bool = False) -> Room | None:
        """Return what is free, in force while the lock is held. None for a firm that is not stored: no limit.

        What commands ask for counts as taken, except for other commands (`by_hand`).
        """
        asked = {
            "firm_id": firm_id,
            "names": _NAMES,
            "first": JobName.SYNC_MESSAGES.value,
            "by_hand": by_hand,
            "concurrency": DEFAULT_CONCURRENCY,
        }
        row = self._session.row(_SQL["room"], asked)
        return Room.of(*row) if row else None

    def wake(self, firm_id: str) -> int:
        """Publish parked jobs, as many as find seats. The caller holds the firm's seat lock."""
        parked = self._session.rows(_SQL["parked"], {"firm_id": firm_id})
        free = self.room(firm_id) if parked else None
        if free is None:
            return 0
        chosen = choose(free, [(job_id, JobName(name)) for job_id, name in parked])
        if not chosen:
            return 0
        [[woken]] = self._session.rows(_SQL["wake"], {"job_ids": list(chosen)})
        if woken:
            self._session.will_wake(Channel.OUTBOX)
        return int(woken)

    def wake_all(self) -> int:
        """Publish parked jobs of all firms that have room; in its transaction after all that locks jobs."""
        firms = self._session.rows(_SQL["firms_with_parked"], {"class": LOCK_CLASS})
        return sum(self.wake(firm_id) for (firm_id,) in firms)

    def forget_lost(self, owners: Sequence[str] | None) -> None:
        """Take commands' seats from these owners, or from processes that are gone."""
        self._session.run(_SQL["forget_lost"], {"owners": None if owners is None else list(owners)})

    def ask(self, firm_id: str, owner: str) -> int:
        """See `Jobs.ask_seat`."""
        self.lock(firm_id)
        [[seat_id]] = self._session.rows(_SQL["ask"], {"firm_id": firm_id, "owner": owner})
        return int(seat_id)

    def take(self, seat_id: int) -> bool:
        """See `Jobs.take_seat`."""
        firm_id = self._locked(seat_id)
        if firm_id is None:
            return False
        free = self.room(firm_id, by_hand=True)
        [[earlier, mine]] = self._session.rows(_SQL["rivals"], {"firm_id": firm_id, "seat_id": seat_id})
        if free is not None and free.free + mine <= earlier:  # those who asked first go first
            return False
        return self._session.run(_SQL["take"], {"seat_id": seat_id}) > 0

    def leave(self, seat_id: int) -> None:
        """See `Jobs.leave_seat`."""
        firm_id = self._locked(seat_id)
        if firm_id is not None:
            self._session.run(_SQL["leave"], {"seat_id": seat_id})
            self.wake(firm_id)

    def _locked(self, seat_id: int) -> str | None:
        row = self._session.row(_SQL["firm"], {"seat_id": seat_id})
        if row is None:
            return None
        firm_id: str = row[0]
        self.lock(firm_id)
        return firm_id
