"""Runs of the case sync and their results in Postgres."""

import builtins
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import structlog
from psycopg.types.json import Jsonb

from adapters.postgres.store.actors import firms_of
from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.text import bulk, short
from core.actor import ALL_FIRMS, Reach
from core.case import Outcome, SkipReason
from core.cursor import Cursor, Window
from core.errors import TransientError
from core.firm_view import Seen
from core.ports.runs import Runs
from core.reason import Reason
from core.run import OVER_A_WINDOW, CaseResult, OneByOne, Run, RunState, Trigger, position_from_data
from core.schedule import JobName
from core.storable import storable

_SQL: Final = Statements.beside(__file__)
_JOIN_ATTEMPTS = 5
_AS_WANTED: Final = (RunState.FINISHED, RunState.CANCELLED)
_OVER_A_WINDOW: Final = [trigger.value for trigger in OVER_A_WINDOW]

_log = structlog.get_logger(__name__)


class PostgresRuns(Runs):
    """See `core.ports.runs.Runs`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def start(self, firm_id: str, trigger: Trigger, window: Window) -> tuple[Run, bool]:
        new = {
            "firm_id": firm_id,
            "trigger": trigger.value,
            "since": window.since,
            "until": window.until,
        }
        for _ in range(_JOIN_ATTEMPTS):
            if row := self._session.row(_SQL["insert"], new):
                return _run(row), True
            if (run := self.open(firm_id)) is not None:
                return run, False
        # Each time the open run ended between the two statements.
        raise TransientError(
            f"runs of firm {firm_id!r} start and end too fast to join one",
            reason=Reason.TOO_BUSY,
            firm_id=firm_id,
        )

    def start_many(self, trigger: Trigger, windows: Mapping[str, Window]) -> dict[str, int]:
        new = {
            "trigger": trigger.value,
            "firm_ids": list(windows),
            "sinces": [window.since for window in windows.values()],
            "untils": [window.until for window in windows.values()],
        }
        return dict(self._session.rows(_SQL["insert_many"], new))

    def follow_with(self, run_id: int, trigger: Trigger) -> bool:
        asked = {"run_id": run_id, "trigger": trigger.value, "reset": Trigger.RESET.value}
        return self._session.run(_SQL["follow_with"], asked) > 0

    def record(self, firm_id: str, trigger: Trigger, at: datetime, results: Sequence[CaseResult]) -> Run:
        new = {"firm_id": firm_id, "trigger": trigger.value, "at": at, "finished": RunState.FINISHED.value}
        [row] = self._session.rows(_SQL["record"], new)
        run = _run(row)
        self._store(run, _first_that_matters(results))
        return run

    def get(self, run_id: int) -> Run | None:
        row = self._session.row(_SQL["get"], {"run_id": run_id})
        return _run(row) if row else None

    def open(self, firm_id: str) -> Run | None:
        row = self._session.row(_SQL["open"], {"firm_id": firm_id})
        return _run(row) if row else None

    def list(self, firms: Reach, limit: int = 50, *, before: int | None = None) -> Sequence[Run]:
        asked = {"firms": firms_of(firms), "limit": limit, "before": before}
        name = "list" if firms is ALL_FIRMS else "list_of_firms"
        return [_run(row) for row in self._session.rows(_SQL[name], asked)]

    def advance(
        self,
        run: Run,
        cursor: Cursor | OneByOne | None,
        results: Sequence[CaseResult],
        cases_left: int | None = None,
    ) -> bool:
        step = {
            "run_id": run.run_id,
            "version": run.version,
            "cursor": Jsonb(cursor.to_data()) if cursor else None,
            "cases_left": cases_left,
        }
        if self._session.run(_SQL["advance"], step) == 0:
            return False
        self._store(run, _first_that_matters(results))
        return True

    def put_off(self, run: Run, until: datetime, reason: Reason, detail: str) -> None:
        resting = {"run_id": run.run_id, "version": run.version, "until": until}
        if self._session.run(_SQL["put_off"], {**resting, "reason": _why(reason, detail)}):
            words = {"firm_id": run.firm_id, "reason": reason.value, "run_id": run.run_id, "detail": detail}
            self._session.afterwards(lambda: _log.warning("run_put_off", **words, until=until.isoformat()))

    def due_without_job(self) -> Sequence[tuple[int, str]]:
        rows = self._session.rows(_SQL["due_without_job"], {"job": JobName.SYNC_CASES.value})
        return [(run_id, firm_id) for run_id, firm_id in rows]

    def finish(self, run_id: int, state: RunState, reason: Reason | None = None, detail: str = "") -> bool:
        ending: dict[str, Any] = {"run_id": run_id, "state": state.value, "reason": _why(reason, detail)}
        ending |= {"is_good": state is RunState.FINISHED, "over_a_window": _OVER_A_WINDOW}
        row = self._session.row(_SQL["finish"], ending)
        if row is None:
            return False
        self._session.run(_SQL["forget_set"], {"run_id": run_id})
        words = {"firm_id": row[0], "reason": reason and reason.value, "run_id": run_id, "detail": detail}
        words |= {"state": state.value}
        if state in _AS_WANTED:
            self._session.afterwards(lambda: _log.info("run_ended", **words))
        else:
            self._session.afterwards(lambda: _log.warning("run_ended", **words))
        return True

    def counts(self, run_id: int) -> Mapping[str, int]:
        counts: dict[str, int] = {}
        for outcome, skip, number in self._session.rows(_SQL["counts"], {"run_id": run_id}):
            counts[outcome] = counts.get(outcome, 0) + number
            if skip is not None:
                counts[f"{outcome}:{skip}"] = number
        return counts

    def results(
        self,
        run_id: int,
        *,
        outcome: Outcome | None = None,
        skip: SkipReason | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> Sequence[CaseResult]:
        asked = {
            "run_id": run_id,
            "outcome": outcome and outcome.value,
            "skip": skip and skip.value,
            "since": storable(after or ""),
            "after": None if after is None else storable(after),
            "limit": limit,
        }
        return [
            CaseResult(
                case_id,
                Outcome(done),
                number,
                SkipReason(why) if why is not None else None,
                tuple(changed),
                client,
                detail,
            )
            for case_id, done, number, why, changed, client, detail in self._session.rows(
                _SQL["results"], asked
            )
        ]

    def last_seen(self, firm_id: str, integration_id: str) -> Seen | None:
        asked = {"firm_id": firm_id, "integration_id": storable(integration_id)}
        row = self._session.row(_SQL["last_seen"], asked)
        if row is None:
            return None
        run_id, at, outcome, skip, detail = row
        return Seen(run_id, at, Outcome(outcome), SkipReason(skip) if skip else None, detail)

    def meet(self, run: Run, integration_ids: Sequence[str], *, anew: bool) -> int:
        asked = {"run_id": run.run_id, "firm_id": run.firm_id}
        if anew:
            self._session.run(_SQL["forget_set"], asked)
        if integration_ids:
            met = builtins.list(dict.fromkeys(integration_ids))
            self._session.run(_SQL["meet"], {**asked, "integration_ids": met})
        [(number,)] = self._session.rows(_SQL["count_met"], asked)
        return int(number)

    def closing(self, run: Run, now: datetime, limit: int) -> Sequence[str]:
        asked = {"firm_id": run.firm_id, "run_id": run.run_id, "now": now, "limit": limit}
        return [integration_id for (integration_id,) in self._session.rows(_SQL["closing"], asked)]

    def unseen(self, run: Run, limit: int) -> Sequence[str]:
        asked = {"firm_id": run.firm_id, "run_id": run.run_id, "limit": limit}
        return [integration_id for (integration_id,) in self._session.rows(_SQL["unseen"], asked)]

    def _store(self, run: Run, results: Sequence[CaseResult]) -> None:
        if not results:
            return
        rows = bulk(
            [
                {
                    "integration_id": result.integration_id,
                    "outcome": result.outcome.value,
                    "readable_id": result.readable_id,
                    "skip": result.skip.value if result.skip else None,
                    "changed": result.changed,
                    "client": result.client,
                    "detail": (short(result.detail) or "")[:500],
                }
                for result in results
            ]
        )
        self._session.run(
            _SQL["store_results"],
            {
                "run_id": run.run_id,
                "firm_id": run.firm_id,
                "rows": rows,
                "unchanged": Outcome.UNCHANGED.value,
            },
        )


def _run(row: Row) -> Run:
    (
        run_id, firm_id, trigger, since, until, state, started_at, cursor, pages, failures, why, version,
        cases_left, ended_at, then, cut_short,
    ) = row  # fmt: skip
    reason, detail = _reason_and_detail(why)
    return Run(
        run_id=run_id,
        firm_id=firm_id,
        trigger=Trigger(trigger),
        window=Window(since, until),
        state=RunState(state),
        started_at=started_at,
        cursor=position_from_data(cursor) if cursor is not None else None,
        pages=pages,
        failures=failures,
        reason=reason,
        detail=detail,
        version=version,
        cases_left=cases_left,
        ended_at=ended_at,
        then=Trigger(then) if then is not None else None,
        cut_short=cut_short,
    )


def _why(reason: Reason | None, detail: str) -> str | None:
    """Return both as the one text that the table keeps."""
    return short(": ".join(part for part in (reason, detail) if part)) or None


def _reason_and_detail(why: str | None) -> tuple[Reason | None, str | None]:
    word, _, detail = (why or "").partition(": ")
    return (Reason(word), detail or None) if word in tuple(Reason) else (None, why)


def _first_that_matters(results: Sequence[CaseResult]) -> Sequence[CaseResult]:
    """Return one result a case: what happened to it is told, not that it settled."""
    by_case: dict[str, CaseResult] = {}
    for result in results:
        known = by_case.get(result.integration_id)
        if known is None or known.outcome is Outcome.UNCHANGED:
            by_case[result.integration_id] = result
    return [*by_case.values()]
