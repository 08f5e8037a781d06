"""Deliveries and their lanes in Postgres. The statements, and the rules they share, are in `lanes_sql.py`."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from adapters.postgres.deliveries import holds_sql, lanes_sql
from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.text import bulk, short
from core.delivery import WAITS_FOR_IMPORT, Attempt, Delivery, HoldReason
from core.errors import ContentExpiredError
from core.event import EventKind, UpstreamEvent
from core.ports.deliveries import ImportPace, Lane, NewDelivery

_LaneKey = tuple[str, str, str]  # firm id, kind, case integration id
_CLAIM_TRIES = 8
_WAITS_FOR_IMPORT = [reason.value for reason in WAITS_FOR_IMPORT]
_RESOLVABLE = {"firm_unknown": HoldReason.FIRM_UNKNOWN.value, "waits_for_import": _WAITS_FOR_IMPORT}
_KINDS = [kind.value for kind in EventKind]
_EXPIRED = ContentExpiredError.reason


class PostgresDeliveries:
    """Deliveries and their lanes. Leases count by the database's clock alone."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, items: Sequence[NewDelivery]) -> None:
        """Add deliveries; their lanes become ready unless held, waiting for a retry, or claimed.

        A message older than all that is open in its case waits for none of it.
        """
        if not items:
            return
        rows = [
            {
                "n": n,
                "firm_id": item.event.firm_id,
                "kind": item.event.kind.value,
                "subject_id": item.event.subject_id,
                "case_integration_id": item.event.case_integration_id,
                "occurred_at": item.event.occurred_at.isoformat(),
                "hold": item.hold.value if item.hold else None,
                "data": dict(item.event.data),
            }
            for n, item in enumerate(items)
        ]
        self._session.run(lanes_sql.ADD, {"rows": bulk(rows), "count": len(rows)})

    def firms_due(self, kind: EventKind) -> Sequence[str]:
        """Return connected firms, not paused, with a lane that is ready now. Idle firms cost nothing."""
        return [firm_id for (firm_id,) in self._session.rows(lanes_sql.FIRMS_DUE, {"kind": kind.value})]

    def claim(
        self, firm_id: str, kind: EventKind, *, owner: str, lanes: int, limit: int, lease: timedelta
    ) -> Sequence[Lane]:
        """Claim up to `lanes` ready lanes with up to `limit` deliveries each, those ready longest first.

        Lanes that another transaction has in hand are passed over. The claim must be committed before
        anything is sent.
        """
        lane = {"firm_id": firm_id, "kind": kind.value}
        claimed = self._claim_lanes({**lane, "owner": owner, "lanes": lanes, "lease": lease})
        if not claimed:
            return []
        self._doubt([(firm_id, kind.value, case_id, lease_end) for case_id, lease_end, _ in claimed])
        cases = [case_id for case_id, _, _ in claimed]
        newest = {case_id: newest_at for case_id, _, newest_at in claimed}
        next_ones = (
            lanes_sql.CLAIM_DOCUMENTS if kind is EventKind.DOCUMENT_UPLOADED else lanes_sql.CLAIM_DELIVERIES
        )
        rows = self._session.rows(next_ones, {**lane, "cases": cases, "limit": limit})
        by_case: dict[str, list[Delivery]] = {case_id: [] for case_id in cases}
        in_doubt: defaultdict[str, list[Delivery]] = defaultdict(list)
        for *row, is_claimed in rows:
            delivery = _delivery(firm_id, kind, row, newest[row[1]])
            (by_case if is_claimed else in_doubt)[delivery.case_integration_id].append(delivery)
        # What was ready when the lane was put there may have been held or delivered since.
        self._settle([(firm_id, kind.value, case_id) for case_id, taken in by_case.items() if not taken])
        return [
            Lane(case_id, tuple(sorted(taken, key=_place)), tuple(sorted(in_doubt[case_id], key=_place)))
            for case_id, taken in by_case.items()
            if taken
        ]

    def record(self, owner: str, attempts: Sequence[Attempt]) -> None:
        """Store how attempts ended. An attempt whose lane is no longer `owner`'s is left out.

        So is a second one of the same claim: a transaction may be repeated whose commit was not answered.
        """
        if not attempts:
            return
        owned = {
            (firm_id, kind, case_id)
            for firm_id, kind, case_id in self._session.rows(lanes_sql.LOCK_OWNED, {"owner": owner})
        }
        rows = [
            {
                "delivery_id": attempt.delivery.delivery_id,
                "state": attempt.state.value,
                "ended_at": attempt.ended_at.isoformat(),
                "run_at": _iso(attempt.run_at),
                "reason": attempt.reason,
                "detail": short(attempt.detail),
                "stored_id": attempt.stored_id,
                "adopted": attempt.adopted,
                "doubtful_since": _iso(attempt.doubtful_since),
                "late": attempt.late,
                "began_at": _iso(attempt.began_at),
                "took_ms": attempt.took_ms,
                "status": attempt.status,
            }
            for attempt in attempts
            if _lane_of(attempt.delivery) in owned
        ]
        if rows:
            self._session.run(lanes_sql.RECORD, {"rows": bulk(rows)})
        if expired := [
            a.delivery for a in attempts if a.reason == _EXPIRED and _lane_of(a.delivery) in owned
        ]:
            self._session.run(
                lanes_sql.UNHOLD_REFRESHED,
                {
                    "delivery_ids": [delivery.delivery_id for delivery in expired],
                    "urls": [delivery.data["content_url"] for delivery in expired],
                    "reason": _EXPIRED,
                },
            )

    def release(self, firm_id: str, kind: EventKind, owner: str, cases: Sequence[str]) -> None:
        """Give lanes back. What is still `sending` there was not begun: `pending`, or `unknown` if doubtful.

        A lane is ready when its first open delivery is, at rest when that one is held or there is none.
        """
        owned = {
            case_id
            for owned_firm, owned_kind, case_id in self._session.rows(lanes_sql.LOCK_OWNED, {"owner": owner})
            if (owned_firm, owned_kind) == (firm_id, kind.value)
        }
        given_back = [(firm_id, kind.value, case_id) for case_id in sorted(owned.intersection(cases))]
        if given_back:
            self._session.run(lanes_sql.RELEASE_DELIVERIES, lanes_sql.arrays(given_back))
            self._settle(given_back)

    def release_holds(self, firm_id: str, reasons: Sequence[str], cases: Sequence[str] | None = None) -> int:
        """Make the firm's deliveries held for these reasons pending again, in all cases or in `cases`.

        CASE_NOT_IMPORTED stands for all that waits for its case. Returns their number. Their attempts are
        counted anew.
        """
        all_reasons = {str(reason) for reason in reasons}
        if HoldReason.CASE_NOT_IMPORTED in all_reasons:
            all_reasons.update(_WAITS_FOR_IMPORT)
        chosen = {"reasons": sorted(all_reasons)}
        lanes = self._session.rows(
            lanes_sql.LANES_WITH_HOLDS,
            {**chosen, "firm_id": firm_id, "cases": None if cases is None else list(cases)},
        )
        if not lanes:
            return 0
        locked = self._session.rows(lanes_sql.LOCK_LANES, lanes_sql.arrays(lanes))
        number = self._session.run(lanes_sql.RELEASE_HOLDS, {**chosen, **lanes_sql.arrays(lanes)})
        self._settle([(firm, kind, case_id) for firm, kind, case_id, is_claimed in locked if not is_claimed])
        return number

    def refresh_content(self, events: Sequence[UpstreamEvent]) -> int:
        """Take over the `content_url` of repeated document events, where it is a new one. Their number."""
        fresh = {
            "rows": bulk(
                [
                    {
                        "firm_id": event.firm_id,
                        "kind": event.kind.value,
                        "subject_id": event.subject_id,
                        "content_url": event.data["content_url"],
                    }
                    for event in events
                ]
            )
        }
        lanes = self._session.rows(lanes_sql.LANES_TO_REFRESH, fresh)
        if not lanes:
            return 0
        locked = self._session.rows(lanes_sql.LOCK_LANES, lanes_sql.arrays(lanes))
        number = self._session.run(lanes_sql.REFRESH_CONTENT, {**fresh, "reason": _EXPIRED})
        self._settle([(firm, kind, case_id) for firm, kind, case_id, is_claimed in locked if not is_claimed])
        return number

    def release_resolved_holds(self) -> int:
        """Make pending again what is held for a firm or a case that exists by now. Their number."""
        locked = self._session.rows(lanes_sql.LOCK_RESOLVED_LANES, _RESOLVABLE)
        if not locked:
            return 0
        number = self._session.run(
            lanes_sql.RELEASE_RESOLVED_HOLDS, {**_RESOLVABLE, **lanes_sql.arrays(locked)}
        )
        self._settle(locked)
        return number

    def probe_holds(self, reasons: Sequence[str], every: timedelta) -> Sequence[tuple[str, EventKind]]:
        """Let one delivery a firm, kind and reason out of its hold, to see whether that still stands."""
        due: dict[tuple[str, ...], str] = {}  # lane -> reason
        for reason in sorted(reasons):
            due.update(dict.fromkeys(self._probes_due(reason, every), reason))
        if not due:
            return []
        # All at once: taken reason by reason they would not be in order.
        lanes = list(due)
        locked = self._session.rows(lanes_sql.LOCK_LANES, lanes_sql.arrays(lanes))
        for reason in sorted(set(due.values())):
            of_reason = [lane for lane in lanes if due[lane] == reason]
            self._session.run(holds_sql.LET_OUT, {"reason": reason, **lanes_sql.arrays(of_reason)})
        self._session.run(holds_sql.NOTE_TRIES, lanes_sql.arrays(lanes))
        self._settle([row[:3] for row in locked if not row[3]])
        return [(firm_id, EventKind(kind)) for firm_id, kind, _ in lanes]

    def _probes_due(self, reason: str, every: timedelta) -> list[Row]:
        """Return the lanes to be probed, none that another scheduler has just noted."""
        given = {"reason": reason, "every": every}
        found = self._session.rows(holds_sql.PROBES_DUE, {**given, "kinds": _KINDS})
        if not found:
            return []
        firm_kinds = {"firm_ids": [row[0] for row in found], "kinds": [row[1] for row in found]}
        noted = set(self._session.rows(holds_sql.NOTE_PROBES, {**given, **firm_kinds}))
        return [row[:3] for row in found if row[:2] in noted and not row[3]]

    def firms_waiting_for_import(self, pace: ImportPace) -> Sequence[str]:
        """Return connected firms, not paused, for which `take_waiting_cases` would find something."""
        found: set[str] = set()
        for reason, again_after in (
            (HoldReason.CASE_BEING_IMPORTED, pace.waiting),
            (HoldReason.CASE_NOT_IMPORTED, pace.held),
        ):
            given = {"reason": reason.value, "again_after": again_after}
            rows = self._session.rows(holds_sql.FIRMS_WAITING_FOR_IMPORT, given)
            found.update(firm_id for (firm_id,) in rows)
        return sorted(found)

    def take_waiting_cases(self, firm_id: str, *, pace: ImportPace, limit: int) -> Sequence[str]:
        """Return cases whose deliveries wait for their import, those tried longest ago first."""
        given = {"firm_id": firm_id, "reasons": _WAITS_FOR_IMPORT, "limit": limit}
        rows = self._session.rows(
            holds_sql.TAKE_WAITING, {**given, "waiting": pace.waiting, "held": pace.held}
        )
        by_age = sorted(rows, key=lambda row: (row[1] is not None, row[1], row[0]))
        return list(dict.fromkeys(case_id for case_id, _ in by_age))

    def hold_for_import(self, firm_id: str, case_integration_id: str, detail: str) -> int:
        """Hold what waits for the import of this case, saying in `detail` why that failed. Their number."""
        given = {"reasons": _WAITS_FOR_IMPORT}
        case = {"firm_id": firm_id, "kinds": _KINDS, "case_id": case_integration_id}
        lanes = self._session.rows(holds_sql.LANES_WAITING_FOR, {**given, **case})
        if not lanes:
            return 0
        said = {"reason": HoldReason.CASE_NOT_IMPORTED.value, "detail": short(detail)}
        number = self._session.run(holds_sql.HOLD_FOR_IMPORT, {**given, **said, **lanes_sql.arrays(lanes)})
        self._settle(lanes)
        return number

    def _claim_lanes(self, wanted: Mapping[str, Any]) -> list[tuple[str, datetime | None, datetime | None]]:
        """Claim the lanes ready longest, in that order: case, end of a former lease, newest that went out.

        Where others have all of those in hand, the next ones are tried.
        """
        for tries in range(_CLAIM_TRIES):
            passed = tries * int(wanted["lanes"])
            rows = self._session.rows(lanes_sql.CLAIM_LANES, {**wanted, "passed": passed})
            found = [row for row in rows if row[1] is not None]
            if found or rows[0][0] == 0:
                return [
                    (case_id, lease_end, newest_at)
                    for _, case_id, lease_end, _, newest_at in sorted(found, key=lambda r: (r[3], r[1]))
                ]
        return []

    def _doubt(self, lanes: Sequence[Row]) -> None:
        """Doubt what was being sent in those lanes that have had an owner until their lease ended."""
        lost = [lane for lane in lanes if lane[3] is not None]
        if lost:
            arrays = lanes_sql.arrays([lane[:3] for lane in lost])
            self._session.run(lanes_sql.DOUBT, {**arrays, "lease_ends": [lane[3] for lane in lost]})

    def _settle(self, lanes: Sequence[Row]) -> None:
        """Put locked lanes where their first open delivery says; nobody owns them afterwards."""
        for statement, chosen in lanes_sql.settling(lanes):
            self._session.run(statement, chosen)


def _lane_of(delivery: Delivery) -> _LaneKey:
    return (delivery.firm_id, delivery.kind.value, delivery.case_integration_id)


def _place(delivery: Delivery) -> tuple[datetime, int]:
    return (delivery.occurred_at, delivery.delivery_id)


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _delivery(firm_id: str, kind: EventKind, row: Sequence[Any], newest_at: datetime | None) -> Delivery:
    delivery_id, case_id, subject_id, occurred_at, data, attempts, doubtful_since, *others = row
    first_attempt_at, probe_of = others
    return Delivery(
        delivery_id=delivery_id,
        firm_id=firm_id,
        kind=kind,
        case_integration_id=case_id,
        subject_id=subject_id,
        occurred_at=occurred_at,
        data=data,
        attempts=attempts,
        doubtful=doubtful_since is not None,
        doubtful_since=doubtful_since,
        first_attempt_at=first_attempt_at,
        late=newest_at is not None and occurred_at < newest_at,
        probe_of=probe_of,
    )
