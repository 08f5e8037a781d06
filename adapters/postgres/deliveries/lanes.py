"""Deliveries in their lanes: added, claimed, recorded, given back."""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from adapters.postgres.deliveries.settling import WORDS, Settling, arrays
from adapters.postgres.store.session import Row
from adapters.postgres.store.statements import Statements
from adapters.postgres.store.text import bulk, short
from core.delivery import Attempt, Delivery, DeliveryState, LostClaim
from core.errors import ContentExpiredError
from core.event import EventKind, content_from_data
from core.ports.deliveries import Lane, NewDelivery
from core.process import process_of
from core.reason import Reason

_SQL: Final = Statements.beside(__file__)
_LaneKey = tuple[str, str, str]  # firm id, kind, case integration id
_CLAIM_TRIES: Final = 8
_NO_TROUBLE: Final = (None, Reason.CASE_BEING_IMPORTED)
_EXPIRED: Final = ContentExpiredError.reason


class Lanes(Settling):
    """What the intake adds and workers do."""

    def add(self, items: Sequence[NewDelivery]) -> None:
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
                "detail": short(item.detail),
                "data": item.event.content.to_data(),
            }
            for n, item in enumerate(items)
        ]
        self._session.run(_SQL["add"], {**WORDS, "rows": bulk(rows), "count": len(rows)})
        held = Counter((i.event.firm_id, i.hold) for i in items if i.hold not in _NO_TROUBLE)
        for (firm_id, hold), number in held.items():
            self._say_waiting(firm_id, DeliveryState.HELD.value, hold, number)

    def firms_due(self, kind: EventKind) -> Sequence[str]:
        rows = self._session.rows(_SQL["firms_due"], {**WORDS, "kind": kind.value})
        return [firm_id for (firm_id,) in rows]

    def claim(self, firm_id: str, kind: EventKind, *, owner: str, lanes: int, limit: int) -> Sequence[Lane]:
        lane = {"firm_id": firm_id, "kind": kind.value}
        wanted = {**lane, "owner": owner, "process_id": process_of(owner), "lanes": lanes}
        claimed = self._claim_lanes(wanted)
        if not claimed:
            return []
        self._doubt([(firm_id, kind.value, case_id, lease_end) for case_id, lease_end, _ in claimed])
        cases = [case_id for case_id, _, _ in claimed]
        newest = {case_id: newest_at for case_id, _, newest_at in claimed}
        next_ones = _SQL["claim_documents" if kind is EventKind.DOCUMENT_UPLOADED else "claim_messages"]
        rows = self._session.rows(next_ones, {**WORDS, **lane, "cases": cases, "limit": limit})
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

    def record(self, owner: str, attempts: Sequence[Attempt]) -> Sequence[Attempt]:
        if not attempts:
            return []
        # A transaction may be repeated whose commit was not answered: the second time nothing is `sending`.
        owned = {
            (firm_id, kind, case_id)
            for firm_id, kind, case_id in self._session.rows(_SQL["lock_owned"], {"owner": owner})
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
                "paused_s": None if attempt.pause is None else attempt.pause.total_seconds(),
            }
            for attempt in attempts
            if _lane_of(attempt.delivery) in owned
        ]
        if rows:
            self._session.run(_SQL["record"], {**WORDS, "rows": bulk(rows)})
            self._say_troubles([a for a in attempts if _lane_of(a.delivery) in owned])
        if expired := [
            a.delivery for a in attempts if a.reason == _EXPIRED and _lane_of(a.delivery) in owned
        ]:
            self._session.run(
                _SQL["unhold_refreshed"],
                {
                    **WORDS,
                    "delivery_ids": [delivery.delivery_id for delivery in expired],
                    "urls": [delivery.document.content_url for delivery in expired],
                    "reason": _EXPIRED,
                },
            )

        return [attempt for attempt in attempts if _lane_of(attempt.delivery) not in owned]

    def release(self, firm_id: str, kind: EventKind, owner: str, cases: Sequence[str]) -> None:
        owned = {
            case_id
            for owned_firm, owned_kind, case_id in self._session.rows(_SQL["lock_owned"], {"owner": owner})
            if (owned_firm, owned_kind) == (firm_id, kind.value)
        }
        given_back = [(firm_id, kind.value, case_id) for case_id in sorted(owned.intersection(cases))]
        if given_back:
            self._session.run(_SQL["release"], {**WORDS, **arrays(given_back)})
            self._settle(given_back)

    def _say_troubles(self, attempts: Sequence[Attempt]) -> None:
        """Let one line be said for each firm, state and reason. A pause has one of its own."""
        troubles: defaultdict[tuple[str, str, str | None], list[Attempt]] = defaultdict(list)
        for attempt in attempts:
            if attempt.state is not DeliveryState.DELIVERED and attempt.pause is None:
                troubles[attempt.delivery.firm_id, attempt.state.value, attempt.reason].append(attempt)
        for (firm_id, state, reason), of_them in troubles.items():
            self._say_waiting(firm_id, state, reason, len(of_them), of_them[0].detail)

    def _claim_lanes(self, wanted: Mapping[str, Any]) -> list[tuple[str, datetime | None, datetime | None]]:
        """Claim the lanes ready longest, in that order: case, end of a former lease, newest that went out.

        A lease is that of a claim of the release before this one.

        Where others have all of those in hand, the next ones are tried.
        """
        key = (str(wanted["kind"]), str(wanted["firm_id"]))
        for since in self._session.fronts.searches(key):
            for tries in range(_CLAIM_TRIES):
                asked = {**wanted, "since": since or "-infinity", "passed": tries * int(wanted["lanes"])}
                began_s = time.perf_counter()
                rows = self._session.rows(_SQL["claim"], asked)
                number, first, *_ = rows[0]
                if since is None and tries == 0:
                    self._session.fronts.searched_all(key, first, time.perf_counter() - began_s)
                found = [row for row in rows if row[2] is not None]
                if found:
                    return [
                        (case_id, lease_end, newest_at)
                        for *_, case_id, lease_end, _, newest_at in sorted(found, key=lambda r: r[4])
                    ]
                if number == 0:
                    break
        return []

    def _doubt(self, lanes: Sequence[Row]) -> None:
        """Doubt what was being sent in those lanes that have had an owner until their lease ended."""
        lost = [lane for lane in lanes if lane[3] is not None]
        if lost:
            parameters = {**arrays(lost), "lease_ends": [lane[3] for lane in lost]}
            self._session.run(
                _SQL["doubt"], {**WORDS, **parameters, "lease_ran_out": Reason.LEASE_RAN_OUT.value}
            )


def _lane_of(delivery: Delivery) -> _LaneKey:
    return (delivery.firm_id, delivery.kind.value, delivery.case_integration_id)


def _place(delivery: Delivery) -> tuple[datetime, int]:
    return (delivery.occurred_at, delivery.delivery_id)


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _delivery(firm_id: str, kind: EventKind, row: Sequence[Any], newest_at: datetime | None) -> Delivery:
    delivery_id, case_id, subject_id, occurred_at, data, attempts, doubtful_since, *others = row
    first_attempt_at, probe_of, lost_owner, lost_place, lost_at = others
    # An attempt since then may be under way as well: that this claim did not begin it proves nothing.
    is_of_claim = lost_owner is not None and doubtful_since is not None and lost_at == doubtful_since
    return Delivery(
        delivery_id=delivery_id,
        firm_id=firm_id,
        kind=kind,
        case_integration_id=case_id,
        subject_id=subject_id,
        occurred_at=occurred_at,
        content=content_from_data(kind, data),
        attempts=attempts,
        doubtful=doubtful_since is not None,
        doubtful_since=doubtful_since,
        first_attempt_at=first_attempt_at,
        late=newest_at is not None and occurred_at < newest_at,
        probe_of=Reason.of(probe_of) if probe_of else None,
        lost_claim=LostClaim(lost_owner, lost_place) if is_of_claim else None,
    )
