"""Statistics of a store that is empty."""

from core.ports.statistics import Statistics
from core.snapshot import Snapshot


class NoStatistics(Statistics):
    """Nothing anywhere."""

    def snapshot(self) -> Snapshot:
        return Snapshot()
