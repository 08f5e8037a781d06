"""Runs of the case sync and their results in Postgres."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from psycopg.types.json import Jsonb

from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.text import bulk, short
from core.case import Outcome, SkipReason
from core.errors import TransientError
from core.run import CaseResult, OneByOne, Run, RunState, Trigger, position_from_data
from core.schedule import JobName
from core.window import Cursor, Window

_INSERT = """
insert into runs (firm_id, trigger, window_since, window_until, state)
values (%(firm_id)s, %(trigger)s, %(since)s, %(until)s, 'waiting')
on conflict (firm_id) where state = 'waiting' do nothing
returning run_id, firm_id, trigger, window_since, window_until, state, started_at, cursor, pages, failures,
          reason, version, cases_left, ended_at, then_trigger
"""
_OPEN = """
select run_id, firm_id, trigger, window_since, window_until, state, started_at, cursor, pages, failures,
       reason, version, cases_left, ended_at, then_trigger
from runs
where firm_id = %(firm_id)s and state = 'waiting'
"""
_GET = """
select run_id, firm_id, trigger, window_since, window_until, state, started_at, cursor, pages, failures,
       reason, version, cases_left, ended_at, then_trigger
from runs
where run_id = %(run_id)s
"""
_LIST = """
select run_id, firm_id, trigger, window_since, window_until, state, started_at, cursor, pages, failures,
       reason, version, cases_left, ended_at, then_trigger
from runs
order by run_id desc
limit %(limit)s
"""
_LIST_OF_FIRM = """
select run_id, firm_id, trigger, window_since, window_until, state, started_at, cursor, pages, failures,
       reason, version, cases_left, ended_at, then_trigger
from runs
where firm_id = %(firm_id)s
order by run_id desc
limit %(limit)s
"""
_FOLLOW_WITH = """
update runs
set then_trigger = case when then_trigger = %(reset)s then then_trigger else %(trigger)s end
where run_id = %(run_id)s and state = 'waiting'
"""
_RECORD = """
insert into runs (firm_id, trigger, window_since, window_until, state, started_at, ended_at, pages)
values (%(firm_id)s, %(trigger)s, %(at)s, %(at)s, 'finished', %(at)s, %(at)s, 1)
returning run_id, firm_id, trigger, window_since, window_until, state, started_at, cursor, pages, failures,
          reason, version, cases_left, ended_at, then_trigger
"""
_ADVANCE = """
update runs
set cursor = %(cursor)s, pages = pages + 1, failures = 0, version = version + 1, rests_until = null,
    cases_left = %(cases_left)s
where run_id = %(run_id)s and state = 'waiting' and version = %(version)s
"""
_STORE_RESULTS = """
insert into run_results (run_id, integration_id, firm_id, outcome, readable_id, skip, changed, client, detail)
select %(run_id)s, integration_id, %(firm_id)s, outcome, readable_id, skip, changed, client, detail
from jsonb_to_recordset(%(rows)s::jsonb) as result (
    integration_id text, outcome text, readable_id text, skip text, changed text[], client text, detail text
)
on conflict (run_id, integration_id) do update
set outcome = excluded.outcome,
    readable_id = excluded.readable_id,
    skip = excluded.skip,
    changed = excluded.changed,
    client = excluded.client,
    detail = excluded.detail
where run_results.outcome = %(unchanged)s
"""
_PUT_OFF = """
update runs
set failures = failures + 1, version = version + 1, rests_until = %(until)s, reason = %(reason)s
where run_id = %(run_id)s and state = 'waiting' and version = %(version)s
"""
_DUE_WITHOUT_JOB = """
select run_id, firm_id
from runs
where state = 'waiting'
  and (rests_until is null or rests_until <= statement_timestamp())
  and not exists (select from jobs where jobs.name = %(job)s and jobs.run_id = runs.run_id)
order by run_id
"""
_FINISH = """
update runs
set state = %(state)s, reason = %(reason)s, ended_at = statement_timestamp()
where run_id = %(run_id)s and state = 'waiting'
"""
_COUNTS = """
select outcome, skip, count(*)
from run_results
where run_id = %(run_id)s
group by outcome, skip
"""
# A client's name stands in the row only where the case is stored nowhere else.
_RESULTS = """
select result.integration_id, result.outcome, result.readable_id, result.skip, result.changed,
       case
           when result.client <> '' or cases.firm_id is null then result.client
           else trim(cases.client_first_name || ' ' || cases.client_last_name)
       end,
       result.detail
from run_results as result
left join cases on cases.firm_id = result.firm_id and cases.integration_id = result.integration_id
where result.run_id = %(run_id)s
  and (%(after)s::text is null or result.integration_id > %(after)s collate "C")
order by result.integration_id
limit %(limit)s
"""
# A difference of sets, no anti-join: by statistics that are older than the run it has one row, and all of its
# rows would be read again for each case.
_UNSEEN = """
select integration_id
from cases
where firm_id = %(firm_id)s and not closed
except
select integration_id
from run_results
where run_id = %(run_id)s
order by integration_id
limit %(limit)s
"""
_JOIN_ATTEMPTS = 5


class PostgresRuns:
    """Runs; at most one of a firm is waiting or under way at a time."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def start(self, firm_id: str, trigger: Trigger, window: Window) -> tuple[Run, bool]:
        """Start a run, or join the firm's open one. The flag is True if it is new."""
        new = {
            "firm_id": firm_id,
            "trigger": trigger.value,
            "since": window.since,
            "until": window.until,
        }
        for _ in range(_JOIN_ATTEMPTS):
            if row := self._session.row(_INSERT, new):
                return _run(row), True
            if row := self._session.row(_OPEN, {"firm_id": firm_id}):
                return _run(row), False
        # Each time the open run ended between the two statements.
        raise TransientError(f"runs of firm {firm_id!r} start and end too fast to join one; try again")

    def follow_with(self, run_id: int, trigger: Trigger) -> bool:
        """Note that another run is to follow an open one; a reset stays noted."""
        asked = {"run_id": run_id, "trigger": trigger.value, "reset": Trigger.RESET.value}
        return self._session.run(_FOLLOW_WITH, asked) > 0

    def record(self, firm_id: str, trigger: Trigger, at: datetime, results: Sequence[CaseResult]) -> Run:
        """Store a run that is over, with its results."""
        row = self._session.row(_RECORD, {"firm_id": firm_id, "trigger": trigger.value, "at": at})
        assert row is not None  # noqa: S101 - an insert returns its row
        run = _run(row)
        self._store(run, _first_that_matters(results))
        return run

    def get(self, run_id: int) -> Run | None:
        """Return the run, or None."""
        row = self._session.row(_GET, {"run_id": run_id})
        return _run(row) if row else None

    def list(self, firm_id: str | None = None, limit: int = 50) -> Sequence[Run]:
        """Return runs, newest first."""
        if firm_id is None:
            rows = self._session.rows(_LIST, {"limit": limit})
        else:
            rows = self._session.rows(_LIST_OF_FIRM, {"firm_id": firm_id, "limit": limit})
        return [_run(row) for row in rows]

    def advance(
        self,
        run: Run,
        cursor: Cursor | OneByOne | None,
        results: Sequence[CaseResult],
        cases_left: int | None = None,
    ) -> bool:
        """Store one page's results and where to read next (None: nothing is left).

        False, and nothing stored, if the run is no longer open or another worker has advanced it since
        `run` was read. A case that has a row in this run keeps it unless it was `unchanged`.
        """
        step = {
            "run_id": run.run_id,
            "version": run.version,
            "cursor": Jsonb(cursor.to_data()) if cursor else None,
            "cases_left": cases_left,
        }
        if self._session.run(_ADVANCE, step) == 0:
            return False
        self._store(run, _first_that_matters(results))
        return True

    def put_off(self, run: Run, until: datetime, reason: str) -> None:
        """Count a failed slice and let the run rest until then (UTC). `advance` sets the count back to 0."""
        self._session.run(
            _PUT_OFF,
            {"run_id": run.run_id, "version": run.version, "until": until, "reason": short(reason)},
        )

    def due_without_job(self) -> Sequence[tuple[int, str]]:
        """Return (run id, firm id) of open runs that rest no longer and have no job, by the store's clock."""
        rows = self._session.rows(_DUE_WITHOUT_JOB, {"job": JobName.SYNC_CASES.value})
        return [(run_id, firm_id) for run_id, firm_id in rows]

    def finish(self, run_id: int, state: RunState, reason: str | None = None) -> bool:
        """End an open run; False if it had ended."""
        ending = {"run_id": run_id, "state": state.value, "reason": short(reason)}
        return self._session.run(_FINISH, ending) > 0

    def counts(self, run_id: int) -> Mapping[str, int]:
        """Return the number of cases by outcome, and by `skipped:<reason>`."""
        counts: dict[str, int] = {}
        for outcome, skip, number in self._session.rows(_COUNTS, {"run_id": run_id}):
            counts[outcome] = counts.get(outcome, 0) + number
            if skip is not None:
                counts[f"{outcome}:{skip}"] = number
        return counts

    def results(
        self, run_id: int, *, after: str | None = None, limit: int | None = None
    ) -> Sequence[CaseResult]:
        """Return a row a case, by integration id (byte order), with the client's name where known."""
        return [
            CaseResult(
                integration_id,
                Outcome(outcome),
                readable_id,
                SkipReason(skip) if skip is not None else None,
                tuple(changed),
                client,
                detail,
            )
            for integration_id, outcome, readable_id, skip, changed, client, detail in self._session.rows(
                _RESULTS, {"run_id": run_id, "after": after, "limit": limit}
            )
        ]

    def unseen(self, run: Run, limit: int) -> Sequence[str]:
        """Return open cases of the firm without a row in this run, by integration id."""
        asked = {"firm_id": run.firm_id, "run_id": run.run_id, "limit": limit}
        return [integration_id for (integration_id,) in self._session.rows(_UNSEEN, asked)]

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
            _STORE_RESULTS,
            {
                "run_id": run.run_id,
                "firm_id": run.firm_id,
                "rows": rows,
                "unchanged": Outcome.UNCHANGED.value,
            },
        )


def _run(row: Row) -> Run:
    (
        run_id, firm_id, trigger, since, until, state, started_at, cursor, pages, failures, reason, version,
        cases_left, ended_at, then,
    ) = row  # fmt: skip
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
        version=version,
        cases_left=cases_left,
        ended_at=ended_at,
        then=Trigger(then) if then is not None else None,
    )


def _first_that_matters(results: Sequence[CaseResult]) -> Sequence[CaseResult]:
    """Return one result a case: what happened to it is told, not that it settled."""
    by_case: dict[str, CaseResult] = {}
    for result in results:
        known = by_case.get(result.integration_id)
        if known is None or known.outcome is Outcome.UNCHANGED:
            by_case[result.integration_id] = result
    return [*by_case.values()]
