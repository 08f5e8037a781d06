"""Case Status as the listener: what it would have heard of announcements on `case-status.integration`.

Written from the event contract alone (design, section 5).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

NAMED_AT_MOST = 1000


class CaseStatus:
    """Counts announcements, each once by its event id, as a careful listener would."""

    def __init__(self) -> None:
        self._ids: set[str] = set()
        self._imports: Counter[tuple[str, str]] = Counter()
        self._kinds: Counter[str] = Counter()
        self._skipped: dict[str, dict[str, int]] = {}
        self._stages: dict[tuple[str, str], list[str]] = {}
        self._repeated = 0

    def hear(self, events: list[dict[str, Any]]) -> None:
        """Take announcements in the order of their coming."""
        for event in events:
            if event["id"] in self._ids:
                self._repeated += 1
                continue
            self._ids.add(event["id"])
            self._kinds[event["type"]] += 1
            data, firm = event["data"], event["data"].get("firm_id", "")
            case = (firm, event.get("subject", ""))
            if event["type"] == "case-imported":
                self._imports[case] += 1
            elif event["type"] == "stage-changed":
                self._stages.setdefault(case, []).append(data["new"])
            elif event["type"] == "sync-finished":
                self._skipped[firm] = {
                    name.removeprefix("skipped:"): count
                    for name, count in data["counts"].items()
                    if name.startswith("skipped:")
                }

    def as_json(self, *, named: bool) -> dict[str, Any]:
        """Counts; with `named` also the first imported cases' ids, and the stages told of each case."""
        skipped: Counter[str] = Counter()
        for by_reason in self._skipped.values():
            skipped.update(by_reason)
        said: dict[str, Any] = {
            "cases_imported": len(self._imports),
            "cases_imported_twice": sum(times > 1 for times in self._imports.values()),
            "cases_skipped": dict(skipped),
            "syncs_finished": self._kinds["sync-finished"],
            "kinds": dict(self._kinds),
            "repeated": self._repeated,
        }
        if named:
            said["case_ids"] = [case for _, case in self._imports][:NAMED_AT_MOST]
            said["stages"] = {f"{firm}/{case}": stages for (firm, case), stages in self._stages.items()}
        return said
