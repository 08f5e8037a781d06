"""The seats of people's commands in Postgres."""

from datetime import timedelta

from adapters.postgres.jobs import seating
from adapters.postgres.store.session import Session

_ASK = """
insert into hand_seats (firm_id, is_taken, lease_until)
values (%(firm_id)s, false, statement_timestamp() + %(lease)s)
returning seat_id
"""
_FIRM = "select firm_id from hand_seats where seat_id = %(seat_id)s"
_RIVALS = """
select count(*) filter (where seat_id < %(seat_id)s and not is_taken),
       count(*) filter (where seat_id = %(seat_id)s and is_taken)
from hand_seats
where firm_id = %(firm_id)s and lease_until > statement_timestamp()
"""
_TAKE = """
update hand_seats
set is_taken = true, lease_until = statement_timestamp() + %(lease)s
where seat_id = %(seat_id)s and lease_until > statement_timestamp()
"""
_LEAVE = "delete from hand_seats where seat_id = %(seat_id)s"


class PostgresSeats:
    """Seats that people's commands ask for, take and leave."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def ask(self, firm_id: str, lease: timedelta) -> int:
        """Ask for the next seat that becomes free; no job takes it while the request stands."""
        seating.lock(self._session, firm_id)
        [[seat_id]] = self._session.rows(_ASK, {"firm_id": firm_id, "lease": lease})
        return int(seat_id)

    def take(self, seat_id: int, lease: timedelta) -> bool:
        """Take the seat asked for. False while none is free, or the request lapsed."""
        firm_id = self._locked(seat_id)
        if firm_id is None:
            return False
        free = seating.room(self._session, firm_id, by_hand=True)
        [[earlier, mine]] = self._session.rows(_RIVALS, {"firm_id": firm_id, "seat_id": seat_id})
        if free is not None and free.free + mine <= earlier:  # those who asked first go first
            return False
        return self._session.run(_TAKE, {"seat_id": seat_id, "lease": lease}) > 0

    def leave(self, seat_id: int) -> None:
        """Give back a seat or a request, and publish the firm's next parked job."""
        firm_id = self._locked(seat_id)
        if firm_id is not None:
            self._session.run(_LEAVE, {"seat_id": seat_id})
            seating.wake(self._session, firm_id)

    def _locked(self, seat_id: int) -> str | None:
        row = self._session.row(_FIRM, {"seat_id": seat_id})
        if row is None:
            return None
        firm_id: str = row[0]
        seating.lock(self._session, firm_id)
        return firm_id
