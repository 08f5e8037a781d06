"""What the store holds, in numbers: for metrics, which name no firm."""

from dataclasses import replace
from typing import Final

from core.actor import Actor, Power
from core.delivery import DeliveryState
from core.event import EventKind
from core.ports.upkeep import Upkeep
from core.snapshot import Snapshot

# What was delivered is not counted: that would read the whole table at each scrape.
_COUNTED: Final = [state for state in DeliveryState if state is not DeliveryState.DELIVERED]


class CountEverything:
    """Takes a snapshot over all firms. Raises NotAllowedError, TransientError while the store is away."""

    def __init__(self, upkeep: Upkeep) -> None:
        self._upkeep = upkeep

    def __call__(self, actor: Actor) -> Snapshot:
        """Return the numbers as they are now: 0 where there is none, so that a series never goes missing."""
        actor.must_everywhere(Power.LOOK)
        now = self._upkeep.snapshot()
        none = {(kind.value, state.value): 0 for kind in EventKind for state in _COUNTED}
        return replace(now, deliveries={**none, **now.deliveries})
