"""Counts of requests as they were answered, for all firms and for each."""

from __future__ import annotations

from collections import Counter, deque
from typing import Any

RESET, HUNG = "reset", "hung"


class FirmLoad:
    """How hard one firm's SmartAdvocate was used."""

    def __init__(self) -> None:
        self.requests = 0
        self.max_concurrent = 0
        self.max_per_second = 0
        self._in_flight = 0
        self._latest_s: deque[float] = deque()

    def begin(self, now_s: float) -> None:
        """A request with a valid token starts to be worked on."""
        self.requests += 1
        self._in_flight += 1
        self.max_concurrent = max(self.max_concurrent, self._in_flight)
        latest = self._latest_s
        latest.append(now_s)
        while latest[0] <= now_s - 1:
            latest.popleft()
        self.max_per_second = max(self.max_per_second, len(latest))

    def end(self) -> None:
        """It was answered or dropped."""
        self._in_flight -= 1

    def as_json(self) -> dict[str, int]:
        """Requests in all, most at one time, most within any one second."""
        return {
            "requests": self.requests,
            "max_concurrent": self.max_concurrent,
            "max_per_second": self.max_per_second,
        }


class RequestCounts:
    """Requests by purpose and outcome: an HTTP status, `reset` or `hung`."""

    def __init__(self, firms: list[str]) -> None:
        self._outcomes: Counter[tuple[str, str | int]] = Counter()
        self.firms = {firm: FirmLoad() for firm in firms}

    def count(self, purpose: str, outcome: str | int) -> None:
        """One request is over."""
        self._outcomes[purpose, outcome] += 1

    def by_purpose(self) -> dict[str, dict[str, int]]:
        """`{purpose: {outcome: count}}`."""
        table: dict[str, dict[str, int]] = {}
        for (purpose, outcome), count in self._outcomes.items():
            table.setdefault(purpose, {})[str(outcome)] = count
        return table

    def by_status(self) -> dict[str, int]:
        """`{outcome: count}`."""
        table: Counter[str] = Counter()
        for (_, outcome), count in self._outcomes.items():
            table[str(outcome)] += count
        return dict(table)

    def as_json(self) -> dict[str, Any]:
        """Both tables, and the load of each firm."""
        loads = {firm: load.as_json() for firm, load in self.firms.items()}
        return {"requests": self.by_purpose(), "requests_by_status": self.by_status(), "load": loads}
