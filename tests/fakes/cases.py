"""Cases in memory."""

import builtins
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from core.actor import Reach, covers
from core.case import Case
from core.changes import CaseAsOf, FieldChange, PastChange
from core.firm_view import CaseFilter, CaseLine
from core.ports.cases import Cases
from core.storable import storable
from tests.fakes.transaction import Transaction


class FakeCases(Cases):
    """Cases by (firm id, integration id)."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    def lock(self, firm_id: str) -> None:
        _ = self._transaction.tables

    def get(self, firm_id: str, integration_ids: Sequence[str]) -> dict[str, Case]:
        rows = self._transaction.tables.cases
        return {case_id: rows[firm_id, case_id] for case_id in integration_ids if (firm_id, case_id) in rows}

    def existing(self, keys: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
        return set(keys) & self._transaction.tables.cases.keys()

    def number(self, firm_id: str) -> int:
        return sum(firm == firm_id for firm, _ in self._transaction.tables.cases)

    def some(self, firm_id: str, limit: int) -> Sequence[tuple[str, str]]:
        rows = [case for (firm, _), case in self._transaction.tables.cases.items() if firm == firm_id]
        rows.sort(key=lambda case: case.modified_at.timestamp() if case.modified_at else 0, reverse=True)
        return [(case.integration_id, case.readable_id) for case in rows[:limit]]

    def save(self, firm_id: str, cases: Sequence[Case]) -> None:
        rows, now = self._transaction.tables.cases, self._later_than_all(firm_id)
        for case in cases:
            known = rows.get((firm_id, case.integration_id))
            times = self._transaction.tables.case_times
            times[firm_id, case.integration_id] = (times.get((firm_id, case.integration_id), (now,))[0], now)
            rows[firm_id, case.integration_id] = replace(case, client=known.client) if known else case

    def _later_than_all(self, firm_id: str) -> datetime:
        times = self._transaction.tables.case_times.items()
        newest = max(
            (at + timedelta(microseconds=1) for (firm, _), (_, at) in times if firm == firm_id), default=None
        )
        now = self._transaction.now()
        return now if newest is None else max(now, newest)

    def record_changes(self, firm_id: str, run_id: int, changes: Sequence[FieldChange]) -> None:
        for change in changes:
            number = self._transaction.next_id()
            past = PastChange(run_id, self._transaction.now(), change, number)
            self._transaction.tables.case_changes[number] = (firm_id, past)

    def changes(
        self, firm_id: str, integration_id: str, limit: int = 50, *, before: int | None = None
    ) -> Sequence[PastChange]:
        rows = reversed(self._transaction.tables.case_changes.values())
        return [
            past
            for firm, past in rows
            if firm == firm_id
            and past.change.integration_id == integration_id
            and (before is None or past.number < before)
        ][:limit]

    def changed(self, firm_id: str, after: tuple[datetime, str], limit: int) -> Sequence[CaseAsOf]:
        times = self._transaction.tables.case_times
        rows = [
            CaseAsOf(firm_id, case, times[firm, case_id][1])
            for (firm, case_id), case in self._transaction.tables.cases.items()
            if firm == firm_id and (times[firm, case_id][1], case_id) > after
        ]
        return sorted(rows, key=lambda row: (row.changed_at, row.case.integration_id))[:limit]

    def changed_at(self, firm_id: str, integration_id: str) -> datetime | None:
        times = self._transaction.tables.case_times
        return times[firm_id, integration_id][1] if (firm_id, integration_id) in times else None

    def firms_with(self, firms: Reach, integration_id: str, limit: int) -> Sequence[str]:
        found = sorted(
            firm_id for firm_id, known in self._transaction.tables.cases if known == integration_id
        )
        return [firm_id for firm_id in found if covers(firms, frozenset({firm_id}))][:limit]

    def called(self, firm_id: str, words: str, limit: int) -> Sequence[str]:
        words = storable(words).strip()
        rows = self._transaction.tables.cases.items()
        return [number for (firm, number), case in rows if firm == firm_id and _is_called(case, words)][
            :limit
        ]

    def list(
        self,
        firm_id: str,
        wanted: CaseFilter,
        before: tuple[str, str] | None,
        limit: int,
        called: Sequence[str] = (),
    ) -> Sequence[CaseLine]:
        wanted = replace(wanted, words=storable(wanted.words))
        found = self._wanted(firm_id, wanted, called)
        found = [case for case in found if before is None or _place(case) < before]
        found.sort(key=_place, reverse=True)
        times = self._transaction.tables.case_times
        return [
            CaseLine(
                case.integration_id,
                case.readable_id,
                f"{case.client.first_name} {case.client.last_name}".strip(),
                case.practice_area,
                case.stage,
                case.closed,
                case.modified_at,
                times[firm_id, case.integration_id][1],
            )
            for case in found[:limit]
        ]

    def count(self, firm_id: str, wanted: CaseFilter, most: int, called: Sequence[str] = ()) -> int:
        wanted = replace(wanted, words=storable(wanted.words))
        return min(len(self._wanted(firm_id, wanted, called)), most)

    def _wanted(self, firm_id: str, wanted: CaseFilter, called: Sequence[str]) -> builtins.list[Case]:
        rows = self._transaction.tables.cases.items()
        return [case for (firm, _), case in rows if firm == firm_id and _matches(case, wanted, called)]


def _place(case: Case) -> tuple[str, str]:
    return (case.readable_id, case.integration_id)


def _matches(case: Case, wanted: CaseFilter, called: Sequence[str]) -> bool:
    words = wanted.words.strip()
    return (
        (case.readable_id.startswith(words) or case.integration_id in (words, *called))
        and (not wanted.practice_area or wanted.practice_area == case.practice_area)
        and (not wanted.stage or wanted.stage == case.stage)
        and wanted.closed in (None, case.closed)
    )


def _is_called(case: Case, words: str) -> bool:
    first, _, last = words.lower().rpartition(" ")
    firsts, lasts = case.client.first_name.lower(), case.client.last_name.lower()
    named = lasts.startswith(last) and firsts.startswith(first.strip())
    return named if lasts else firsts.startswith(words.lower())
