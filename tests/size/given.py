"""What statements are asked with at size: values of rows that are there, by the names of parameters."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import psycopg
from psycopg.types.json import Jsonb

from adapters.postgres.deliveries.settling import WORDS
from core.event import EventKind
from core.run import OVER_A_WINDOW

AT_ONCE: Final = 50
"""Lanes, cases, events that one statement is about."""

_MESSAGE: Final = EventKind.MESSAGE_SENT.value
_LANES: Final = """
select firm_id, kind, case_integration_id
from deliveries where firm_id = %s order by delivery_id desc limit %s
"""
_CASES: Final = (
    "select integration_id, readable_id from cases where firm_id = %s order by integration_id limit %s"
)
_NEWEST: Final = """
select (select max(delivery_id) from deliveries), (select max(attempt_id) from delivery_attempts),
       (select max(place) from outbox), (select max(run_id) from runs where firm_id = %s),
       (select max(issue_id) from issues),
       (select max(id) from rejected_events), (select max(entry_id) from audit_log)
"""


@dataclass(frozen=True, slots=True)
class Given:
    """Values for one firm and one reach; files and statements that mean another thing have their own."""

    firm_id: str
    firms: Sequence[str] | None
    common: Mapping[str, Any]
    own: Mapping[str, Mapping[str, Any]]

    def of(self, statement: str) -> Mapping[str, Any]:
        """Return the values for a statement, named `file.name`; None for what is only written."""
        of_file = self.own.get(statement.partition(".")[0], {})
        return _Lenient({**self.common, **of_file, **self.own.get(statement, {})})


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> None:
        return None


def all_given(connection: psycopg.Connection[Any]) -> Iterator[Given]:
    """Give values about a large firm and a small one: for all firms, for one, and for two dozen."""
    firms = connection.execute("select firm_id, count(*) from cases group by 1 order by 2 desc").fetchall()
    large, small = firms[0][0], firms[-1][0]
    some = sorted(firm_id for firm_id, _ in firms[:: max(1, len(firms) // 24)])
    yield _given(connection, large, None)
    yield _given(connection, large, [large])
    yield _given(connection, small, [small])
    yield _given(connection, small, sorted({*some, small}))


def _given(connection: psycopg.Connection[Any], firm_id: str, firms: Sequence[str] | None) -> Given:
    lanes = connection.execute(_LANES, [firm_id, AT_ONCE]).fetchall()
    cases = connection.execute(_CASES, [firm_id, AT_ONCE]).fetchall()
    newest = connection.execute(_NEWEST, [firm_id]).fetchone()
    assert newest is not None
    delivery_id, attempt_id, place, run_id, issue_id, rejected_id, entry_id = newest
    now = datetime.now(UTC)
    case_ids = [case_id for case_id, _ in cases]
    ids = list(range(delivery_id - AT_ONCE, delivery_id))
    page = {"limit": AT_ONCE, "after": "", "before": None}
    lane = {
        "firm_ids": [row[0] for row in lanes],
        "kinds": [row[1] for row in lanes],
        "cases": [row[2] for row in lanes],
    }
    of_cases = {"firm_ids": [firm_id] * len(cases), "integration_ids": case_ids}
    kinds = [kind.value for kind in EventKind]
    held = {"reasons": ["case_being_imported", "case_not_imported"]}
    minutes, days = timedelta(minutes=5), timedelta(days=30)
    common: dict[str, Any] = {
        **WORDS,
        **page,
        **lane,
        **held,
        "firm_id": firm_id,
        "firms": firms,
        "within": firms,
        "integration_id": case_ids[0],
        "integration_ids": case_ids,
        "case": case_ids[0],
        "case_id": case_ids[0],
        "ids": ids,
        "delivery_ids": ids,
        "delivery_id": delivery_id - 9,
        "row_ids": ids,
        "run_id": run_id,
        "run_ids": [run_id],
        "issues": [issue_id - n for n in range(AT_ONCE)],
        "place": place - AT_ONCE,
        "number": 17,
        "id": rejected_id,
        "job_id": 7,
        "job_ids": [7, 8],
        "seat_id": 3,
        "bulk_id": 7,
        "key_id": 7,
        "session_id": 7,
        "letter_id": 7,
        "process_id": 3,
        "owner": "3/1",
        "owners": None,
        "kind": _MESSAGE,
        "name": "m-17",
        "key": "k-17",
        "keys": ["17", "18"],
        "thing": "note",
        "actor": "key 7",
        "person": "person7",
        "address": f"ada@{firm_id}.test",
        "reason": "case_not_imported",
        "digest": b"d",
        "session": b"s",
        "link": b"l",
        "state": b"s",
        "current": "another",
        "job": "sync-messages",
        "note_id": "17",
        "note_ids": ["17", "18"],
        "stored_ids": [str(n) for n in ids],
        "urls": ["https://x.test"] * len(ids),
        "places": [1] * len(lanes),
        "lease_ends": [now] * len(lanes),
        "calls_until": [now] * len(lanes),
        "rows": Jsonb([{"firm_id": firm_id, "kind": _MESSAGE, "subject_id": "m-17"}] * AT_ONCE),
        "subject_ids": ["m-17"] * len(lanes),
        "cured": case_ids,
        "now": now,
        "at": now,
        "day": date(2026, 11, 20),
        "due_at": now,
        "good_at": now,
        "since": now - timedelta(days=1),
        "looked_at": now,
        "day_count": 1,
        "words": "R-1",
        "first": "%",
        "last": "Adams1",
        "most": 10_001,
        "at_most": 10_001,
        "practice_area": "Auto",
        "stage": "Stage 1",
        "closed": False,
        "lanes": AT_ONCE,
        "passed": 0,
        "channels": ["casebridge_outbox"],
        "version": 3,
        "with_muted": False,
        "all": False,
        "newest": rejected_id,
        "newest_delivery": delivery_id,
        "newest_attempt": attempt_id,
        "tries": 5,
        "class": 1,
        "mark": "x",
        "by_hand": True,
        "visitor": "connect-link",
        "discarded": "discarded",
        "discardable": ["held", "failed"],
        "replayable": ["held", "failed"],
        "phases": ["failed", "held"],
        "states": ["held", "failed"],
        "firm_unknown": "firm_unknown",
        "waits_for_import": held["reasons"],
        "counted_state": "counted",
        "stoppable": ["counted", "confirmed", "running"],
        "finished": "finished",
        "unchanged": "unchanged",
        "moving": ["arrived", "leaving", "left"],
        "firm_moved": "firm_moved",
        "api_key": "API key",
        "bulk_operation": "bulk operation",
        "arrived": "arrived",
        "over_a_window": [trigger.value for trigger in OVER_A_WINDOW],
        "names": ["sync-messages", "sync-documents"],
        "waiting": minutes,
        "held_again": minutes,
        "again_after": minutes,
        "every": minutes,
        "unread_for": minutes,
        "active_for": minutes,
        "gone_after": minutes,
        "look_within": minutes,
        "quiet": minutes,
        "longer_than": minutes,
        "lease": minutes,
        "kept": days,
        "older_than": days,
        "lasting": minutes,
        "for": minutes,
        "process_gone": "process_gone",
        "lease_ran_out": "lease_ran_out",
        "spellings": [firm_id.encode()],
        "role": "casebridge_limited",
        "option": "member",
        "run_result": "run_result",
    }
    own: dict[str, dict[str, Any]] = {
        "removal": {
            "at": datetime(1970, 1, 1, tzinfo=UTC),
            "number": 0,
            "limit": 1_000,
            "results": 1_000,
            "keep": days,
            "about_deliveries": ["delivery_held", "delivery_failed"],
            "names": ["runs"],
            "keeps": [days],
        },
        "audit.record": {"action": "run_started", "away": ["left"], "may_be_done": ["firm_deleted"]},
        "cell.lock": {"key": 1},
        "jobs.claim_round": {"places": 10},
        "migrate.half_built": {"index": "jobs_of_run"},
        "buckets": {"who": "an address", "one": minutes, "whole": minutes, "noted": minutes},
        "admission.reserve": {"interval": minutes},
        "outbox.behind": {"firms": firms or [firm_id]},
        "outbox.last": {"firms": firms or [firm_id]},
        "outbox.newest": {"firms": firms or [firm_id], "kind": None, "before": place},
        "outbox.newest_of_case": {"firms": firms or [firm_id], "kind": None, "subject": case_ids[0]},
        "outbox.newest_of_all": {"kind": None, "subject": None, "before": place},
        "outbox.remove_texts": {"after": timedelta(days=7)},
        "answers.purge": {"after": days},
        "audit.list": {"before": entry_id},
        "bulk.list": {"before": 2**62},
        "cases.changed": {"id": case_ids[0], "at": now - timedelta(days=500)},
        "cases.existing": of_cases,
        "cases.get": of_cases,
        "cases.some": {"looked_at": 1_000},
        "cases.record_changes": {"run_id": run_id},
        "connections.lift_pause": {"reason": "unavailable"},
        "desk.named": {"firms": None},
        "desk.numbers": {"after": 0},
        "firms.all": {"after": "", "limit": 200},
        "firms.set_connection": {"state": "connected", "only_from": None},
        "firms.versions": {"kind": None},
        "holds.forget_try": {"kinds": kinds},
        "holds.lanes_waiting_for": {"kinds": kinds},
        "holds.probes_due": {"kinds": kinds, "reason": "permission_missing"},
        "inbox.rejected": {"reason": None},
        "inbox.discard": {"reason": None, "ids": None},
        "inbox.purge": {"after": days},
        "inbox.replayable": {"reason": None, "ids": None, "after": 0},
        "issues.list_open": {"after": 0},
        "issues.resolve": {"kind": "delivery_held"},
        "issues.resolve_settled": {"after": 0, "limit": 1_000},
        "issues.resolve_settled_of_firm": {"after": 0, "limit": 1_000},
        "issues.mute": {"until": now},
        "keys.credentials": {"limit": 200},
        "keys.tokens": {"limit": 200},
        "bulk.advance": {"after": None},
        "desk.find_before": {"before": delivery_id - 100},
        "desk.find_of_firms": {"firms": firms or [firm_id]},
        "audit.list_of_firms": {"firms": firms or [firm_id], "before": entry_id},
        "issues.list_open_of_firms": {"firms": firms or [firm_id], "after": 0},
        "runs.list_of_firms": {"firms": firms or [firm_id]},
        "letters.begin_writing": {"key": 1},
        "migrate.lock": {"key": 1},
        "outbox_reader.lock": {"key": 1},
        "outbox_reader.purge": {"rows": 1_000},
        "problems.modified": {"ids": case_ids},
        "reports.add_probe": {"passed": True},
        "runs.finish": {"is_good": True},
        "shared_notes.forget_cases": {"firm_ids": [firm_id]},
        "lost_claims.take_back": {"limit": 500},
        "letters.ended_runs": {"waiting": "waiting"},
        "letters.forget": {"after": days},
        "letters.unsent": {"kind": None},
        "letters.unwritten_reports": {"since": now.date(), "kind": "exceptions"},
        "letters.untold": {"kinds": ["connection_lost", "stage_unmapped", "delivery_held"]},
        "api_keys.list": {"words": "", "with_over": True},
        "api_keys.list_of_firms": {"within": firms or [firm_id], "words": "", "with_over": True},
        "firms.by_problems": {"issues": 1, "words": "", "firm_id": None},
        "firms.by_night": {"words": "", "firm_id": None},
        "problems.list": {"reason": None},
        "problems.names": {"reasons": ["stage_unmapped"]},
        "problems.to_retry": {"reasons": None},
        "problems.to_retry_by_time": {"reasons": None},
        "reports.exceptions": {"day": None},
        "reports.probes": {"kind": "verification"},
        "runs.closing": {"limit": 200},
        "runs.due_without_job": {"job": "sync-cases"},
        "runs.results": {"since": "", "after": None, "outcome": None, "skip": None},
        "shared_notes.active_conversations": {"before": now - timedelta(minutes=2)},
        "shared_notes.mark_active": {"for": minutes},
        "upkeep.count_deliveries": {},
        "texts.purge_delivered": {"after": days, "limit": 1_000, "private": ["text"]},
        "texts.purge_failed": {"after": days * 6, "limit": 1_000, "private": ["text"]},
        "cases.called": {"words": "Adams1", "last": "Adams1", "first": "%", "limit": 10_001},
        "cases.cases_where_before": {"number": "R-900", "id": case_ids[0]},
        "access.begin": {"firms": "*"},
    }
    own["desk.named"]["limit"] = 20
    own["firms.alike"] = {"firm_id": firm_id.upper()}
    return Given(firm_id, firms, common, own)
