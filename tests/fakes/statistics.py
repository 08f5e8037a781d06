"""Statistics of a store that is empty."""

from core.ports.statistics import Snapshot, Statistics


class NoStatistics(Statistics):
    """Nothing anywhere."""

    def snapshot(self) -> Snapshot:
        return Snapshot()
