"""Which program asks, by the secret of its API key."""

from core.actor import SYSTEM, Actor
from core.api_key import USE_NOTED_EVERY
from core.ports.clock import Clock
from core.ports.unit_of_work import UnitsOfWork


class IdentifyProgram:
    """Looks a key up, and notes now and then that it is in use."""

    def __init__(self, units_of_work: UnitsOfWork, clock: Clock) -> None:
        self._units_of_work = units_of_work
        self._clock = clock

    def __call__(self, secret: str) -> Actor | None:
        """Return who shows the key; None for one that is unknown, expired or revoked."""
        with self._units_of_work(SYSTEM) as uow:
            key, now = uow.api_keys.find(secret), self._clock.now()
            if key is None or not key.opens(now):
                return None
            if key.used_at is None or now - key.used_at >= USE_NOTED_EVERY:
                uow.api_keys.note_use(key.key_id)
                uow.commit()
        return key.actor()
