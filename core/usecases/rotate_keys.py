"""Encrypt everything with the current key, while all processes run."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.actor import Actor, Power
from core.audit import AuditAction
from core.ports.connections import Keys
from core.ports.unit_of_work import UnitsOfWork


@dataclass(frozen=True, slots=True)
class Rotated:
    """How many secrets were encrypted anew, how many are left under other keys, and what was in their way."""

    secrets: int
    left: int
    problems: Sequence[str]


class RotateKeys:
    """Rotates, and leaves a line in the audit log."""

    def __init__(self, units_of_work: UnitsOfWork, keys: Keys) -> None:
        self._units_of_work = units_of_work
        self._keys = keys

    def unaware(self, actor: Actor) -> Sequence[str]:
        """Return the running processes that do not know the current key, in words. Raises NotAllowedError.

        They could open nothing that is encrypted with it.
        """
        actor.must_everywhere(Power.MANAGE)
        return self._keys.unaware()

    def __call__(self, actor: Actor) -> Rotated:
        """Rotate. A repetition goes on where something was left. Raises NotAllowedError, TransientError."""
        actor.must_everywhere(Power.OPERATE)
        number, problems = self._keys.rotate()
        with self._units_of_work(actor) as uow:
            detail = {"key": self._keys.current, "secrets": number}
            uow.audit.record(actor, None, AuditAction.KEYS_ROTATED, detail)
            uow.commit()
        left = sum(secrets for key, secrets in self._keys.counts().items() if key != self._keys.current)
        return Rotated(number, left, problems)
