"""Count a try to sign in."""

from core.actor import SYSTEM
from core.ports.unit_of_work import UnitsOfWork


class CountSignIn:
    """Counts tries over all processes: however many answer, one address or person has so many tries."""

    def __init__(self, units_of_work: UnitsOfWork) -> None:
        self._units_of_work = units_of_work

    def __call__(self, who: str, per_s: float, at_once: int) -> float:
        """Return 0 where `who` may try now, else how many seconds to wait. Raises TransientError.

        `who` may try `at_once` times in a row, and `per_s` times a second in the long run.
        """
        with self._units_of_work(SYSTEM) as uow:
            wait = uow.sign_in_tries.take(who, per_s, at_once)
            uow.commit()
        return wait
