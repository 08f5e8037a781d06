"""Cases that change while somebody reads them: after every so many searches of a firm, some are modified
(another name, another status of their type, another attorney, in turn), closed, created.

The changes are drawn from a generator of their own, so the same searches meet the same changes.
"""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from typing import Any

from sandbox import rows
from sandbox.cases import CaseStore
from sandbox.practice_areas import CLOSED_STATUSES, area_of


@dataclass
class DriftPlan:
    """After every `every` searches (0: never): `modify` cases are changed, `close` closed, `create`
    created, `vanish` hidden; `limit` rounds.
    """

    every: int = 0
    modify: int = 5
    close: int = 1
    create: int = 1
    vanish: int = 0
    limit: int | None = None

    def as_json(self) -> dict[str, int | None]:
        """The plan as it was set."""
        return asdict(self)


class Drift:
    """Counts the searches of one firm and changes its cases when a round is due."""

    def __init__(self, cases: CaseStore, plan: DriftPlan, seed: int) -> None:
        self._cases = cases
        self._rng = random.Random(f"drift/{seed}/{cases.lookups.number}")
        self._searches = 0
        self.plan = plan
        self.rounds = 0
        self.changed: set[int] = set()
        """Ids of all cases drift has changed or created."""

    def after_search(self, now_ms: int) -> None:
        """Called when a search was answered."""
        plan = self.plan
        if plan.every <= 0 or (plan.limit is not None and self.rounds >= plan.limit):
            return
        self._searches += 1
        if self._searches % plan.every:
            return
        self.rounds += 1
        ids = self._cases.visible_ids()
        for number, case_id in enumerate(self._rng.sample(ids, min(plan.modify, len(ids)))):
            self._modify(case_id, number, now_ms)
            self.changed.add(case_id)
        for case_id in self._rng.sample(ids, min(plan.close, len(ids))):
            if not any(
                f'"{status}"'.encode() in (self._cases.row(case_id) or b"") for status in CLOSED_STATUSES
            ):
                self._cases.close(case_id, now_ms)
                self.changed.add(case_id)
        for case_id in self._rng.sample(ids, min(plan.vanish, len(ids))):
            self._cases.hide(case_id, hidden=True)
            self.changed.add(case_id)
        for _ in range(plan.create):
            self.changed.add(self._cases.create(now_ms))

    def _modify(self, case_id: int, number: int, now_ms: int) -> None:
        """Changes one thing that Case Status shows, or at least the date."""
        row = rows.unpack(self._cases.row(case_id) or b"{}")
        area, staff = area_of(str(row.get("caseType"))), row.get("caseStaff")
        fields: dict[str, Any] = {}
        if number % 3 == 0:
            fields["caseName"] = f"{row.get('caseName')} (round {self.rounds})"
        elif number % 3 == 1 and staff:
            fields["caseStaff"] = [{**staff[0], "lastName": f"Round-{self.rounds}"}, *staff[1:]]
        elif area and row.get("caseStatus") not in CLOSED_STATUSES:
            open_stages = area.stages[:-1]
            fields["caseStatus"] = self._rng.choice(self._rng.choice(open_stages).statuses)
        self._cases.change(case_id, fields, now_ms)
