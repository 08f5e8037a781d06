"""Keys in memory."""

from collections import Counter
from collections.abc import Sequence

from core.ports.connections import Keys
from tests.fakes.connections import FakeConnections


class FakeKeys(Keys):
    """The keys of these connections, of which `known` are given. `strangers` are processes without them."""

    def __init__(self, connections: FakeConnections, known: Sequence[str] = ("new", "old")) -> None:
        self._connections = connections
        self._known = known
        self.strangers: list[str] = []

    @property
    def current(self) -> str:
        return self._connections.key

    def counts(self) -> dict[str, int]:
        return {**dict.fromkeys(self._known, 0), **Counter(self._connections.sealed_with.values())}

    def try_each(self) -> list[str]:
        return [
            f"firm {firm_id!r}: encrypted with key {key!r}, which is not among the keys given"
            for (firm_id, _), key in self._connections.sealed_with.items()
            if key not in self._known
        ]

    def unaware(self) -> list[str]:
        return list(self.strangers)

    def rotate(self) -> tuple[int, list[str]]:
        sealed = self._connections.sealed_with
        going = [what for what, key in sealed.items() if key in self._known and key != self.current]
        sealed.update(dict.fromkeys(going, self.current))
        return len(going), self.try_each()
