"""What the store holds, in numbers: for metrics, which name no firm."""

from core.actor import Actor, Power
from core.ports.statistics import Statistics
from core.snapshot import Snapshot


class CountEverything:
    """Takes a snapshot over all firms. Raises NotAllowedError, TransientError while the store is away."""

    def __init__(self, statistics: Statistics) -> None:
        self._statistics = statistics

    def __call__(self, actor: Actor) -> Snapshot:
        """Return the numbers as they are now."""
        actor.must_everywhere(Power.LOOK)
        return self._statistics.snapshot()
