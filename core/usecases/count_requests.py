"""Count requests to the API that were let through."""

from core.actor import SYSTEM
from core.ports.unit_of_work import UnitsOfWork


class CountRequests:
    """Counts over all processes: however many answer, one key or address has one rate."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(self, who: str, per_s: float, at_once: int, number: int) -> float:
        """Note `number` requests of `who`; return 0, or how many seconds until it may ask again.

        `who` may ask `at_once` times in a row, and `per_s` times a second in the long run. Raises
        TransientError.
        """
        with self._units_of_work(SYSTEM) as uow:
            wait = uow.sign_in_tries.note(who, per_s, at_once, number)
            uow.commit()
        return wait
