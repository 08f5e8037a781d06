"""Count requests by who makes them: tries to sign in, and what the API let through."""

from collections.abc import Callable

from core.actor import SYSTEM
from core.ports.buckets import Buckets
from core.ports.unit_of_work import UnitsOfWork


class CountRequests:
    """Counts over all processes: however many answer, one key, address or person has one rate.

    `who` may ask `at_once` times in a row, and `per_s` times a second in the long run. Raises TransientError.
    """

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def take(self, who: str, per_s: float, at_once: int) -> float:
        """Take one try: return 0 where `who` may try now, else how many seconds to wait."""
        return self._counted(lambda buckets: buckets.take(who, per_s, at_once))

    def note(self, who: str, per_s: float, at_once: int, number: int) -> float:
        """Note `number` that were let through; return 0, or how many seconds until `who` may ask again."""
        return self._counted(lambda buckets: buckets.note(who, per_s, at_once, number))

    def _counted(self, count: Callable[[Buckets], float]) -> float:
        with self._units_of_work(SYSTEM) as uow:
            wait = count(uow.buckets)
            uow.commit()
        return wait
