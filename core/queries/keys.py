"""Which keys encrypt what is kept of connections."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.actor import Actor, Power
from core.ports.connections import Keys


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key's id, how many secrets it encrypts, and whether it is the one that encrypts now."""

    key: str
    secrets: int
    current: bool


class CountKeys:
    """Counts what each key encrypts. It concerns all firms. Raises NotAllowedError."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def __call__(self, actor: Actor) -> Sequence[KeyUse]:
        """Return the keys, those too that are not given any more but still needed."""
        actor.must_everywhere(Power.OPERATE)
        current = self._keys.current
        return [KeyUse(key, secrets, key == current) for key, secrets in self._keys.counts().items()]
