"""The seats of people's commands in memory."""

from dataclasses import replace
from datetime import timedelta

from tests.fakes.seating import room, wake
from tests.fakes.tables import HandSeat
from tests.fakes.transaction import Transaction


class FakeSeats:
    """Seats by number."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def ask(self, firm_id: str, lease: timedelta) -> int:
        """Ask for the next seat that becomes free."""
        seat_id = self._transaction.next_id()
        self._rows[seat_id] = HandSeat(firm_id, False, self._transaction.now() + lease)
        return seat_id

    def take(self, seat_id: int, lease: timedelta) -> bool:
        """Take it if one is free for it and for those who asked earlier."""
        now = self._transaction.now()
        seat = self._rows.get(seat_id)
        if seat is None or seat.lease_until <= now:
            return False
        free = room(self._transaction, seat.firm_id, by_hand=True)
        earlier = sum(
            number < seat_id and not other.is_taken and other.lease_until > now
            for number, other in self._rows.items()
            if other.firm_id == seat.firm_id
        )
        if free is not None and free.free + seat.is_taken <= earlier:
            return False
        self._rows[seat_id] = replace(seat, is_taken=True, lease_until=now + lease)
        return True

    def leave(self, seat_id: int) -> None:
        """Give it back."""
        seat = self._rows.pop(seat_id, None)
        if seat is not None:
            wake(self._transaction, seat.firm_id)

    @property
    def _rows(self) -> dict[int, HandSeat]:
        return self._transaction.tables.hand_seats
