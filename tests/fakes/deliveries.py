"""Deliveries and their lanes in memory."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from core.actor import Reach
from core.delivery import OPEN_STATES, WAITS_FOR_IMPORT, Attempt, Delivery, DeliveryState, LostClaim
from core.delivery_selection import Befell, Discarded, GivenUp, Replayed, Selection, TimelineEntry
from core.document import DocumentUploaded
from core.errors import ContentExpiredError
from core.event import EventKind, UpstreamEvent, content_from_data
from core.firm import ConnectionState
from core.instant import MOST_AHEAD
from core.ports.deliveries import Deliveries, ImportPace, Lane, NewDelivery
from core.reason import Reason
from core.written_twice import WrittenTwice
from tests.fakes.delivery_desk import FakeDesk
from tests.fakes.processes import is_alive, lost_until
from tests.fakes.tables import DeliveryRow, LaneKey, LaneRow
from tests.fakes.texts import FakeTexts

WAITING_FOR_A_TIME = {DeliveryState.RETRYING, DeliveryState.UNKNOWN}


class FakeDeliveries(FakeDesk, FakeTexts, Deliveries):
    """Deliveries by number, lanes by firm, kind and case."""

    def add(self, items: Sequence[NewDelivery]) -> None:
        touched: dict[LaneKey, Reason | None] = {}
        added: set[int] = set()
        known = {(*row.lane[:2], row.subject_id) for row in self._rows.values()}
        for item in items:
            if (item.event.firm_id, item.event.kind, item.event.subject_id) in known:
                continue
            event, held = item.event, item.hold not in {None, Reason.CASE_BEING_IMPORTED}
            lane = (event.firm_id, event.kind, event.case_integration_id)
            row_id = self._transaction.next_id()
            self._rows[row_id] = DeliveryRow(
                row_id,
                lane,
                event.subject_id,
                event.occurred_at,
                event.content.to_data(),
                DeliveryState.HELD if held else DeliveryState.PENDING,
                reason=item.hold,
                detail=item.detail,
                created_at=self._now,
            )
            touched.setdefault(lane, item.hold)
            added.add(row_id)
        open_rows = self._open_rows()
        for key, hold in touched.items():
            lane_row = self._lanes.setdefault(key, LaneRow())
            waits = lane_row.ready_at is not None and lane_row.ready_at > self._now
            comes_first = open_rows[key][0].delivery_id in added
            at_once = hold is None and (comes_first or key[1] is EventKind.DOCUMENT_UPLOADED)
            if lane_row.owner is None and (at_once or (lane_row.held_for is None and not waits)):
                self._set_ready([key])
                if hold is Reason.CASE_BEING_IMPORTED and lane_row.ready_at is None:
                    self._lanes[key] = replace(self._lanes[key], ready_at=None, held_for=hold)

    def firms_due(self, kind: EventKind) -> Sequence[str]:
        return sorted(
            {
                firm_id
                for (firm_id, lane_kind, _), lane in self._lanes.items()
                if lane_kind is kind and self._is_due(lane) and self._flows(firm_id)
            }
        )

    def claim(self, firm_id: str, kind: EventKind, *, owner: str, lanes: int, limit: int) -> Sequence[Lane]:
        if not is_alive(self._transaction, owner):
            return []
        due = sorted(
            (lane.ready_at or self._now, key)
            for key, lane in self._lanes.items()
            if key[:2] == (firm_id, kind) and self._is_due(lane)
        )
        claimed: list[Lane] = []
        for place, (_, key) in enumerate(due):
            if len(claimed) == lanes:
                break
            taken = self._take(key, limit)
            if not taken:
                self._set_ready([key])
                continue
            self._lanes[key] = replace(
                self._lanes[key], ready_at=None, held_for=None, owner=owner, place=place
            )
            claimed.append(Lane(key[2], tuple(taken), self._in_doubt(key)))
        return claimed

    def take_back(self, owners: Sequence[str] | None = None) -> Sequence[tuple[str, EventKind]]:
        lost = {
            key: until
            for key, lane in self._lanes.items()
            if lane.owner is not None
            and (until := lost_until(self._transaction, lane.owner, owners)) is not None
        }
        for key, until in lost.items():
            lane = self._lanes[key]
            rows = [row for row in self._open_rows()[key] if row.state is DeliveryState.SENDING]
            for number, row in enumerate(rows):
                self._doubt(row, until, LostClaim(lane.owner or "", lane.place * 1000 + number))
            self._set_ready([key])
            first = self._now - timedelta(hours=1) + timedelta(milliseconds=lane.place)
            ready_at = self._lanes[key].ready_at
            if ready_at is not None and ready_at <= self._now:
                self._lanes[key] = replace(self._lanes[key], ready_at=first)
        return sorted({key[:2] for key in lost})

    def record(self, owner: str, attempts: Sequence[Attempt]) -> Sequence[Attempt]:
        lost: list[Attempt] = []
        for attempt in attempts:
            row = self._rows.get(attempt.delivery.delivery_id)
            if row is None or self._lanes[row.lane].owner != owner:
                lost.append(attempt)
                continue
            if row.state is not DeliveryState.SENDING:
                continue
            doubt = row.doubtful_since
            if attempt.state is DeliveryState.UNKNOWN:
                doubt = attempt.doubtful_since or doubt or attempt.ended_at
            self._remember(row, attempt)
            waits = attempt.state in WAITING_FOR_A_TIME
            self._rows[row.delivery_id] = replace(
                row,
                state=attempt.state,
                late=attempt.late,
                began_at=attempt.began_at,
                probe_of=row.probe_of if waits else None,
                attempts=row.attempts + (attempt.pause is None),
                first_attempt_at=_first_attempt_at(row, attempt),
                doubtful_since=None if attempt.state is DeliveryState.DELIVERED else doubt,
                run_at=attempt.run_at,
                ended_at=attempt.ended_at,
                stored_id=attempt.stored_id,
                reason=attempt.reason,
                detail=attempt.detail,
                adopted=attempt.adopted,
            )
            row = self._rows[row.delivery_id]
            expired = row.reason == ContentExpiredError.reason
            if expired and row.data["content_url"] != attempt.delivery.document.content_url:
                self._rows[row.delivery_id] = replace(self._waiting_again(row), reason=None, detail=None)
        return lost

    def keep_strays(self, attempts: Sequence[Attempt]) -> None:
        for attempt in attempts:
            if attempt.stored_id is not None and attempt.delivery.delivery_id in self._rows:
                stray = (attempt.delivery.delivery_id, attempt.stored_id)
                self._transaction.tables.strays[stray] = self._now

    def written_twice(self) -> Sequence[WrittenTwice]:
        strays, found = self._transaction.tables.strays, []
        for delivery_id, stray_id in sorted(strays):
            row = self._rows.get(delivery_id)
            if row is not None and row.state is not DeliveryState.DELIVERED:
                continue
            del strays[delivery_id, stray_id]
            if row is not None and row.stored_id and row.stored_id != stray_id:
                found.append(WrittenTwice(delivery_id, *row.lane, row.stored_id, stray_id))
        return found

    def release(self, firm_id: str, kind: EventKind, owner: str, cases: Sequence[str]) -> None:
        keys = [(firm_id, kind, case) for case in dict.fromkeys(cases)]
        keys = [key for key in keys if key in self._lanes and self._lanes[key].owner == owner]
        open_rows = self._open_rows()
        for key in keys:
            for row in open_rows[key]:
                if row.state is DeliveryState.SENDING:
                    never_begun = row.attempts == 0 and row.doubtful_since is None
                    begun = None if never_begun else row.first_attempt_at
                    self._rows[row.delivery_id] = replace(self._waiting_again(row), first_attempt_at=begun)
        self._set_ready(keys)

    def release_holds(
        self, firm_id: str, reasons: Sequence[Reason], cases: Sequence[str] | None = None
    ) -> int:
        wanted = {str(reason) for reason in reasons}
        if Reason.CASE_NOT_IMPORTED in wanted:
            wanted.update(WAITS_FOR_IMPORT)
        return self._unhold(
            row
            for row in self._held()
            if row.lane[0] == firm_id and row.reason in wanted and (cases is None or row.lane[2] in cases)
        )

    def refresh_content(self, events: Sequence[UpstreamEvent]) -> int:
        fresh: dict[int, DeliveryRow] = {}
        for event in events:
            if not isinstance(event.content, DocumentUploaded):
                continue
            url = event.content.content_url
            for row in self._rows.values():
                known = (*row.lane[:2], row.subject_id) == (event.firm_id, event.kind, event.subject_id)
                earlier = [*row.data.get("earlier_urls", []), row.data.get("content_url")]
                waits = row.state is not DeliveryState.DELIVERED and "content_url" in row.data
                if known and waits and url not in earlier:
                    data = {**row.data, "content_url": url, "earlier_urls": earlier}
                    fresh[row.delivery_id] = self._rows[row.delivery_id] = replace(row, data=data)
        self._unhold(
            row
            for row in fresh.values()
            if row.state is DeliveryState.HELD and row.reason == ContentExpiredError.reason
        )
        return len(fresh)

    def release_resolved_holds(self) -> int:
        tables = self._transaction.tables
        return self._unhold(
            row
            for row in self._held()
            if (row.reason == Reason.FIRM_UNKNOWN and row.lane[0] in tables.firms)
            or (row.reason in WAITS_FOR_IMPORT and (row.lane[0], row.lane[2]) in tables.cases)
        )

    def probe_holds(self, reasons: Sequence[Reason], every: timedelta) -> Sequence[tuple[str, EventKind]]:
        probes, let_out = self._transaction.tables.probes, []
        for reason in sorted(reasons):
            for firm_id, kind in sorted(
                {key[:2] for key, lane in self._lanes.items() if lane.held_for == reason}
            ):
                seen = probes.get((firm_id, kind, reason))
                if not self._flows(firm_id) or (seen is not None and seen > self._now - every):
                    continue
                probes[firm_id, kind, reason] = self._now
                if seen is not None:
                    self._let_out(firm_id, kind, reason)
                    let_out.append((firm_id, kind))
        return let_out

    def firms_waiting_for_import(self, pace: ImportPace) -> Sequence[str]:
        return sorted({key[0] for key in self._waiting(pace) if self._flows(key[0])})

    def take_waiting_cases(self, firm_id: str, *, pace: ImportPace, limit: int) -> Sequence[str]:
        keys = [key for key in self._waiting(pace) if key[0] == firm_id]
        never = datetime.min.replace(tzinfo=UTC)
        keys.sort(key=lambda key: (self._lanes[key].tried_at or never, key[2]))
        for key in keys[:limit]:
            self._lanes[key] = replace(self._lanes[key], tried_at=self._now)
        return list(dict.fromkeys(key[2] for key in keys[:limit]))

    def forget_try(self, firm_id: str, case_integration_id: str) -> None:
        for key, lane in self._lanes.items():
            if (key[0], key[2]) == (firm_id, case_integration_id) and lane.held_for in WAITS_FOR_IMPORT:
                self._lanes[key] = replace(lane, tried_at=None)

    def hold_for_import(self, firm_id: str, case_integration_id: str, detail: str) -> int:
        keys = [
            key
            for key, lane in self._lanes.items()
            if (key[0], key[2]) == (firm_id, case_integration_id) and lane.held_for in WAITS_FOR_IMPORT
        ]
        number = 0
        for row in [row for key in keys for row in self._open_rows()[key] if row.reason in WAITS_FOR_IMPORT]:
            reason = Reason.CASE_NOT_IMPORTED
            self._rows[row.delivery_id] = replace(row, state=DeliveryState.HELD, reason=reason, detail=detail)
            self._note(row, TimelineEntry(self._now, DeliveryState.HELD, reason=reason, detail=detail))
            number += 1
        self._set_ready(keys)
        return number

    def replay(self, firms: Reach, selection: Selection, *, after: int, limit: int) -> Replayed:
        wanted = selection.replayable()
        found = [row for row in self._selected(firms, wanted) if wanted.states and row.delivery_id > after]
        rows = sorted(found, key=lambda row: row.delivery_id)[:limit]
        self._unhold(rows)
        for row in rows:
            again = replace(self._rows[row.delivery_id], probe_of=row.reason or row.probe_of)
            self._rows[row.delivery_id] = again
            self._lanes[row.lane] = replace(self._lanes[row.lane], tried_at=None)
            self._note(row, TimelineEntry(self._now, Befell.REPLAYED))
        owners: frozenset[tuple[str, EventKind]] = frozenset(row.lane[:2] for row in rows)
        return Replayed(len(rows), owners, rows[-1].delivery_id if rows and len(rows) == limit else None)

    def discard(self, firms: Reach, selection: Selection, *, after: int, limit: int, why: str) -> Discarded:
        wanted = selection.discardable()
        found = [row for row in self._selected(firms, wanted) if wanted.states and row.delivery_id > after]
        rows = sorted(found, key=lambda row: row.delivery_id)[:limit]
        for row in rows:
            self._rows[row.delivery_id] = replace(
                row,
                state=DeliveryState.FAILED,
                reason=Reason.DISCARDED,
                detail=why,
                run_at=None,
                probe_of=None,
            )
            self._note(row, TimelineEntry(self._now, Befell.DISCARDED, detail=why))
        self._set_ready({row.lane for row in rows if self._lanes[row.lane].owner is None})
        given_up = tuple(
            GivenUp(*row.lane, row.subject_id) for row in rows if row.state is not DeliveryState.FAILED
        )
        last = rows[-1].delivery_id if rows and len(rows) == limit else None
        return Discarded(len(rows), given_up, last)

    def _let_out(self, firm_id: str, kind: EventKind, reason: Reason) -> None:
        never = datetime.min.replace(tzinfo=UTC)
        _, key = min(
            (lane.tried_at or never, key)
            for key, lane in self._lanes.items()
            if key[:2] == (firm_id, kind) and lane.held_for == reason
        )
        row = self._open_rows()[key][0]
        if row.state is DeliveryState.HELD and row.reason == reason:
            self._unhold([row])
            self._rows[row.delivery_id] = replace(self._rows[row.delivery_id], probe_of=reason)
        self._lanes[key] = replace(self._lanes[key], tried_at=self._now)

    def _waiting(self, pace: ImportPace) -> list[LaneKey]:
        after: dict[str | None, timedelta] = {
            Reason.CASE_BEING_IMPORTED: pace.waiting,
            Reason.CASE_NOT_IMPORTED: pace.held,
        }
        return [
            key
            for key, lane in self._lanes.items()
            if lane.held_for in after
            and (lane.tried_at is None or lane.tried_at <= self._now - after[lane.held_for])
        ]

    def _remember(self, row: DeliveryRow, attempt: Attempt) -> None:
        if attempt.state is DeliveryState.DELIVERED and row.occurred_at <= self._now + MOST_AHEAD:
            lane = self._lanes[row.lane]
            newest = max(lane.newest_at or row.occurred_at, row.occurred_at)
            self._lanes[row.lane] = replace(lane, newest_at=newest)
        note = TimelineEntry(
            attempt.ended_at,
            attempt.state,
            attempt.began_at,
            attempt.took_ms,
            attempt.status,
            Befell.ADOPTED if attempt.adopted else attempt.reason,
            attempt.detail,
            attempt.late,
        )
        self._note(row, note)

    def _note(self, row: DeliveryRow, entry: TimelineEntry) -> None:
        self._transaction.tables.timelines[self._transaction.next_id()] = (row.delivery_id, entry)

    def _take(self, key: LaneKey, limit: int) -> list[Delivery]:
        taken: list[Delivery] = []
        for row in self._open_rows()[key]:
            ahead = row.state in WAITING_FOR_A_TIME and row.run_at is not None and row.run_at > self._now
            if row.state is DeliveryState.HELD or ahead:
                if key[1] is EventKind.DOCUMENT_UPLOADED:
                    continue  # documents do not hold each other back
                break
            if len(taken) == limit:
                break
            begun = row.first_attempt_at or self._now
            self._rows[row.delivery_id] = replace(row, state=DeliveryState.SENDING, first_attempt_at=begun)
            taken.append(self._delivery(self._rows[row.delivery_id]))
        return taken

    def _in_doubt(self, key: LaneKey) -> tuple[Delivery, ...]:
        if key[1] is EventKind.DOCUMENT_UPLOADED:
            return ()
        rows = [row for row in self._rows.values() if row.lane == key and row.doubtful_since is not None]
        return tuple(self._delivery(row) for row in sorted(rows, key=lambda row: row.place))

    def _doubt(self, row: DeliveryRow, until: datetime, claim: LostClaim) -> None:
        in_doubt_before = row.doubtful_since is not None
        self._rows[row.delivery_id] = replace(
            row,
            state=DeliveryState.UNKNOWN,
            run_at=self._now,
            doubtful_since=until,
            lost_claim=None if in_doubt_before else claim,
            lost_at=until,
        )
        self._note(row, TimelineEntry(until, DeliveryState.UNKNOWN, reason=Reason.PROCESS_GONE))

    def _waiting_again(self, row: DeliveryRow) -> DeliveryRow:
        if row.doubtful_since is None:
            return replace(row, state=DeliveryState.PENDING, run_at=None)
        return replace(row, state=DeliveryState.UNKNOWN, run_at=self._now)

    def _unhold(self, rows: Iterable[DeliveryRow]) -> int:
        """Attempts begin anew: a day of waiting for a person is no day of retries."""
        touched = {row.delivery_id: row for row in rows}
        for row in touched.values():
            self._rows[row.delivery_id] = replace(
                self._waiting_again(row), reason=None, detail=None, attempts=0, first_attempt_at=None
            )
        self._set_ready({row.lane for row in touched.values() if self._lanes[row.lane].owner is None})
        return len(touched)

    def _set_ready(self, keys: Collection[LaneKey]) -> None:
        """Put each lane where its first open delivery says."""
        open_rows = self._open_rows()
        for key in keys:
            first = next(iter(open_rows[key]), None)
            if key[1] is EventKind.DOCUMENT_UPLOADED:
                first = min(open_rows[key], key=self._can_go, default=None)
            old = self._lanes[key]
            rest = replace(old, owner=None, place=0, ready_at=None, held_for=None)
            if first is None:
                self._lanes[key] = rest
            elif first.state is DeliveryState.HELD:
                self._lanes[key] = replace(rest, held_for=first.reason or "held")
            else:
                waits = first.state in WAITING_FOR_A_TIME
                ready_at = first.run_at or self._now if waits else self._now
                self._lanes[key] = replace(rest, ready_at=ready_at)

    def _can_go(self, row: DeliveryRow) -> tuple[bool, datetime, tuple[datetime, int]]:
        """Which document of a lane comes first: the one that can go first."""
        waits = row.state in WAITING_FOR_A_TIME
        return (row.state is DeliveryState.HELD, row.run_at or self._now if waits else self._now, row.place)

    def _open_rows(self) -> defaultdict[LaneKey, list[DeliveryRow]]:
        by_lane: defaultdict[LaneKey, list[DeliveryRow]] = defaultdict(list)
        for row in sorted(self._rows.values(), key=lambda row: row.place):
            if row.state in OPEN_STATES:
                by_lane[row.lane].append(row)
        return by_lane

    def _held(self) -> list[DeliveryRow]:
        """What is held, and what waits for the import of its case."""
        return [
            row
            for row in self._rows.values()
            if row.state is DeliveryState.HELD
            or (row.state is DeliveryState.PENDING and row.reason in WAITS_FOR_IMPORT)
        ]

    def _is_due(self, lane: LaneRow) -> bool:
        return lane.owner is None and lane.ready_at is not None and lane.ready_at <= self._now

    def _flows(self, firm_id: str) -> bool:
        firm = self._transaction.tables.firms.get(firm_id)
        return (
            firm is not None
            and firm.connection is ConnectionState.CONNECTED
            and (firm.paused_until is None or firm.paused_until <= self._now)
        )

    def _delivery(self, row: DeliveryRow) -> Delivery:
        firm_id, kind, case = row.lane
        newest_at = self._lanes[row.lane].newest_at
        return Delivery(
            delivery_id=row.delivery_id,
            firm_id=firm_id,
            kind=kind,
            case_integration_id=case,
            subject_id=row.subject_id,
            occurred_at=row.occurred_at,
            content=content_from_data(kind, row.data),
            attempts=row.attempts,
            doubtful=row.doubtful_since is not None,
            doubtful_since=row.doubtful_since,
            first_attempt_at=row.first_attempt_at,
            late=newest_at is not None and row.occurred_at < newest_at,
            probe_of=row.probe_of,
            lost_claim=row.lost_claim if row.lost_at == row.doubtful_since else None,
        )

    @property
    def _now(self) -> datetime:
        return self._transaction.now()

    @property
    def _rows(self) -> dict[int, DeliveryRow]:
        return self._transaction.tables.deliveries

    @property
    def _lanes(self) -> dict[LaneKey, LaneRow]:
        return self._transaction.tables.lanes


def _first_attempt_at(row: DeliveryRow, attempt: Attempt) -> datetime | None:
    if attempt.pause is None or row.first_attempt_at is None:
        return row.first_attempt_at
    if row.attempts == 0 and row.doubtful_since is None:
        return None
    return row.first_attempt_at + attempt.pause
