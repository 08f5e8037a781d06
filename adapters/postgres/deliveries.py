"""Deliveries and their lanes in Postgres. The statements, and the rules they share, are in `lanes_sql.py`."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from adapters.postgres import lanes_sql
from adapters.postgres.session import Row, Session
from adapters.postgres.text import bulk, short
from core.delivery import Attempt, Delivery, HoldReason
from core.event import EventKind
from core.ports.deliveries import Lane, NewDelivery

_LaneKey = tuple[str, str, str]  # firm id, kind, case integration id
_CLAIM_TRIES = 8
_RESOLVABLE = {
    "firm_unknown": HoldReason.FIRM_UNKNOWN.value,
    "case_not_imported": HoldReason.CASE_NOT_IMPORTED.value,
}


class PostgresDeliveries:
    """Deliveries and their lanes. Leases count by the database's clock alone."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, items: Sequence[NewDelivery]) -> None:
        """Add deliveries; their lanes become ready unless held, waiting for a retry, or claimed."""
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
        self._doubt([(firm_id, kind.value, case_id, lease_end) for case_id, lease_end in claimed])
        cases = [case_id for case_id, _ in claimed]
        rows = self._session.rows(lanes_sql.CLAIM_DELIVERIES, {**lane, "cases": cases, "limit": limit})
        by_case: dict[str, list[Delivery]] = {case_id: [] for case_id in cases}
        for row in rows:
            delivery = _delivery(firm_id, kind, row)
            by_case[delivery.case_integration_id].append(delivery)
        # What was ready when the lane was put there may have been held or delivered since.
        self._settle([(firm_id, kind.value, case_id) for case_id, taken in by_case.items() if not taken])
        return [
            Lane(case_id, tuple(sorted(taken, key=lambda d: (d.occurred_at, d.delivery_id))))
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
            }
            for attempt in attempts
            if _lane_of(attempt.delivery) in owned
        ]
        if rows:
            self._session.run(lanes_sql.RECORD, {"rows": bulk(rows)})

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
            self._session.run(lanes_sql.RELEASE_DELIVERIES, _arrays(given_back))
            self._settle(given_back)

    def release_holds(self, firm_id: str, reasons: Sequence[str], cases: Sequence[str] | None = None) -> int:
        """Make the firm's deliveries held for these reasons pending again, in all cases or in `cases`.

        Returns their number. Their attempts are counted anew.
        """
        chosen = {"reasons": [str(reason) for reason in reasons]}
        lanes = self._session.rows(
            lanes_sql.LANES_WITH_HOLDS,
            {**chosen, "firm_id": firm_id, "cases": None if cases is None else list(cases)},
        )
        if not lanes:
            return 0
        locked = self._session.rows(lanes_sql.LOCK_LANES, _arrays(lanes))
        number = self._session.run(lanes_sql.RELEASE_HOLDS, {**chosen, **_arrays(lanes)})
        self._settle([(firm, kind, case_id) for firm, kind, case_id, is_claimed in locked if not is_claimed])
        return number

    def release_resolved_holds(self) -> int:
        """Make pending again what is held for a firm or a case that exists by now. Their number."""
        locked = self._session.rows(lanes_sql.LOCK_RESOLVED_LANES, _RESOLVABLE)
        if not locked:
            return 0
        number = self._session.run(lanes_sql.RELEASE_RESOLVED_HOLDS, {**_RESOLVABLE, **_arrays(locked)})
        self._settle(locked)
        return number

    def _claim_lanes(self, wanted: Mapping[str, Any]) -> list[tuple[str, datetime | None]]:
        """Claim the lanes that have been ready longest: case and end of a former lease, in that order.

        Where others have all of those in hand, the next ones are tried.
        """
        for tries in range(_CLAIM_TRIES):
            passed = tries * int(wanted["lanes"])
            rows = self._session.rows(lanes_sql.CLAIM_LANES, {**wanted, "passed": passed})
            found = [row for row in rows if row[1] is not None]
            if found or rows[0][0] == 0:
                return [
                    (case_id, lease_end)
                    for _, case_id, lease_end, _ in sorted(found, key=lambda row: (row[3], row[1]))
                ]
        return []

    def _doubt(self, lanes: Sequence[Row]) -> None:
        """Doubt what was being sent in those lanes that have had an owner until their lease ended."""
        lost = [lane for lane in lanes if lane[3] is not None]
        if lost:
            arrays = _arrays([lane[:3] for lane in lost])
            self._session.run(lanes_sql.DOUBT, {**arrays, "lease_ends": [lane[3] for lane in lost]})

    def _settle(self, lanes: Sequence[Row]) -> None:
        """Put locked lanes where their first open delivery says; nobody owns them afterwards."""
        if lanes:
            self._session.run(lanes_sql.SETTLE_LANES, _arrays(lanes))


def _arrays(lanes: Sequence[Row]) -> dict[str, list[str]]:
    return {
        "firm_ids": [firm_id for firm_id, _, _ in lanes],
        "kinds": [kind for _, kind, _ in lanes],
        "cases": [case_id for _, _, case_id in lanes],
    }


def _lane_of(delivery: Delivery) -> _LaneKey:
    return (delivery.firm_id, delivery.kind.value, delivery.case_integration_id)


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _delivery(firm_id: str, kind: EventKind, row: Row) -> Delivery:
    delivery_id, case_id, subject_id, occurred_at, data, attempts, doubtful_since, first_attempt_at = row
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
    )
