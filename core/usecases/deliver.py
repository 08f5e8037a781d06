"""Deliver what waits for a firm, messages or documents: in order, each exactly once (design, section 6).

What is particular to a kind is behind its `Carrier`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core.actor import SYSTEM, Actor
from core.delivery import (
    PROBED_REASONS,
    SETTLE_AFTER_LOST_ANSWER,
    WAITS_FOR_IMPORT,
    Attempt,
    Delivery,
    DeliveryState,
    after_error,
    after_pause,
)
from core.errors import (
    AnswerLostError,
    CasebridgeError,
    ConnectionRejectedError,
    FirmPausedError,
    RateLimitedError,
)
from core.firm import Firm
from core.issue import IssueKind
from core.job import Job
from core.pause import LONGEST_PAUSE
from core.ports.clock import Clock
from core.ports.deliveries import Lane
from core.ports.notices import Notices
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.reason import Reason
from core.schedule import JobName
from core.usecases.steps.carrier import Carrier
from core.usecases.steps.job import Slice, Task, work_off
from core.usecases.steps.lose_connection import lose_connection
from core.usecases.steps.written_twice import tell_what_is_there_twice


@dataclass(frozen=True, slots=True)
class Pace:
    """Limits of a slice, each kind's own. A claim must outlive the slowest call: `lease` > `call_limit`.

    `slice_` is how long a job works before it hands over; `lanes` and `per_lane` bound one claim.
    """

    slice_: timedelta = timedelta(seconds=20)
    lease: timedelta = timedelta(seconds=60)
    call_limit: timedelta = timedelta(seconds=30)
    settle: timedelta = SETTLE_AFTER_LOST_ANSWER
    longest_pause: timedelta = LONGEST_PAUSE
    lanes: int = 40
    per_lane: int = 20


@dataclass(slots=True)
class _Work:
    """What came of one claim, to be stored in one transaction."""

    attempts: list[Attempt] = field(default_factory=list)
    stopped_by: CasebridgeError | None = None


class Deliver:
    """Works off one job of its carrier's kind: a bounded slice of one firm's messages or documents."""

    def __init__(
        self,
        units_of_work: UnitsOfWork,
        carrier: Carrier,
        clock: Clock,
        *,
        worker: str,
        stopping: Callable[[], bool],
        pace: Pace,
        notices: Notices,
    ) -> None:
        self._units_of_work = units_of_work
        self._carrier = carrier
        self._clock = clock
        self._worker = worker
        self._stopping = stopping
        self._pace = pace
        self._notices = notices

    def __call__(self, actor: Actor, job_id: int) -> None:
        """Run the job; a repeated or outdated id does nothing. Raises TransientError from the store only."""
        actor.must_be_system()
        work_off(self._units_of_work, job_id, self._pace.slice_ + self._pace.lease, self._slice)

    def _slice(self, task: Task) -> bool:
        """Claim and send until nothing is ready (False) or the slice is over (True: there may be more)."""
        job, firm = task.job, task.firm
        if firm is None or not firm.may_be_called(self._clock.now()):
            return False
        owner = f"{self._worker}:{job.job_id}"
        slice_ = Slice.begin(self._pace.slice_, self._clock, self._stopping)
        while True:
            claimed_at = self._clock.now()
            lanes, imported = self._claim(job, firm, owner)
            if not lanes:
                return False
            work = _Work([self._hold(lane) for lane in lanes if lane.case_integration_id not in imported])
            # If this is cut short, nothing is stored: the claim runs out, and all of it counts as doubtful.
            ready = [lane for lane in lanes if lane.case_integration_id in imported]
            self._send_all(firm, ready, work, slice_, self._safe_until(claimed_at))
            self._store(firm, owner, lanes, work)
            if work.stopped_by is not None:
                return False
            if slice_.is_over:
                return True

    def _safe_until(self, claimed_at: datetime) -> datetime:
        """Return when the last call may begin so that it ends while the claim still holds."""
        return claimed_at + self._pace.lease - self._pace.call_limit

    def _claim(self, job: Job, firm: Firm, owner: str) -> tuple[Sequence[Lane], set[str]]:
        """Claim lanes; also tell which of their cases are imported."""
        with self._units_of_work(SYSTEM) as uow:
            lanes = uow.deliveries.claim(
                firm.firm_id,
                self._carrier.kind,
                owner=owner,
                lanes=self._pace.lanes,
                limit=self._pace.per_lane,
                lease=self._pace.lease,
            )
            # A full claim means there is more: another worker may help, up to the firm's limit.
            if len(lanes) == self._pace.lanes and uow.jobs.running(job.name, firm.firm_id) < firm.concurrency:
                uow.jobs.enqueue(job.name, [firm.firm_id])
            keys = {(firm.firm_id, lane.case_integration_id) for lane in lanes}
            imported = {case for _, case in uow.cases.existing(keys)} if keys else set()
            uow.commit()
        return lanes, imported

    def _hold(self, lane: Lane) -> Attempt:
        """What came before its firm meets here that its case is not imported either."""
        return Attempt(
            lane.deliveries[0],
            DeliveryState.HELD,
            self._clock.now(),
            reason=Reason.CASE_BEING_IMPORTED,
            detail="the case is not imported yet",
        )

    def _send_all(
        self,
        firm: Firm,
        lanes: Sequence[Lane],
        work: _Work,
        slice_: Slice,
        safe_until: datetime,
    ) -> None:
        for lane in lanes:
            for delivery in lane.deliveries:
                began_at = self._clock.now()
                if slice_.is_over or began_at >= safe_until:
                    return
                attempt, error = self._attempt(firm, lane, delivery, safe_until)
                if attempt is None:  # nothing was sent: it is given back as if it had never been taken up
                    work.stopped_by = error
                    return
                attempt = replace(attempt, began_at=began_at)
                work.attempts.append(attempt)
                if isinstance(error, RateLimitedError | ConnectionRejectedError):
                    work.stopped_by = error
                    return
                if attempt.state not in {DeliveryState.DELIVERED, DeliveryState.FAILED}:
                    break  # it holds back the later ones of its case, and only of its case

    def _attempt(
        self, firm: Firm, lane: Lane, delivery: Delivery, safe_until: datetime
    ) -> tuple[Attempt | None, CasebridgeError | None]:
        """Return how it ended, None where the firm was paused already; and what stood in the way."""
        try:
            if in_doubt := lane.may_be_there(delivery):
                there = self._carrier.find(firm, in_doubt)
                if stored_id := there.get(delivery.delivery_id):
                    return self._adopted(delivery, stored_id), None
                settled_at = (delivery.doubtful_since or self._clock.now()) + self._pace.settle
                if delivery.doubtful and self._clock.now() < settled_at:
                    return self._wait(delivery, settled_at), None
                # A newer one is there, though nobody has learned it yet: its answer was lost.
                delivery = replace(delivery, late=delivery.late or bool(there))
            stored_id = self._carrier.write(firm, delivery, not_after=safe_until)
        except AnswerLostError as lost:
            return self._after_lost_answer(firm, delivery, lost), lost
        except FirmPausedError as paused:
            return None, paused
        except RateLimitedError as asked:
            return after_pause(delivery, asked, self._clock.now()), asked
        except CasebridgeError as error:
            return self._after(delivery, error), error
        except Exception as error:  # noqa: BLE001 - whatever it is, it may have been stored
            self._tell(error, delivery)
            detail = f"an unexpected {type(error).__name__}"
            unexpected = AnswerLostError(detail, reason=Reason.UNEXPECTED_ERROR)
            return self._after(delivery, unexpected), unexpected
        return Attempt(delivery, DeliveryState.DELIVERED, self._clock.now(), stored_id=stored_id), None

    def _after(self, delivery: Delivery, error: CasebridgeError) -> Attempt:
        pace = self._pace
        return after_error(
            delivery, error, self._clock.now(), settle=pace.settle, longest_pause=pace.longest_pause
        )

    def _after_lost_answer(self, firm: Firm, delivery: Delivery, lost: AnswerLostError) -> Attempt:
        """Look once at once: what is there is adopted; what is not may still come, so it stays unknown."""
        try:
            stored_id = self._carrier.find(firm, [delivery]).get(delivery.delivery_id)
        except CasebridgeError:
            stored_id = None
        except Exception as error:  # noqa: BLE001 - it stays unknown, as it is without having looked
            self._tell(error, delivery)
            stored_id = None
        return self._adopted(delivery, stored_id) if stored_id else self._after(delivery, lost)

    def _tell(self, error: Exception, delivery: Delivery) -> None:
        self._notices.unexpected(
            error,
            "deliver",
            firm=delivery.firm_id,
            delivery_id=delivery.delivery_id,
            kind=delivery.kind.value,
        )

    def _adopted(self, delivery: Delivery, stored_id: str) -> Attempt:
        now = self._clock.now()
        return Attempt(delivery, DeliveryState.DELIVERED, now, stored_id=stored_id, adopted=True)

    def _wait(self, delivery: Delivery, until: datetime) -> Attempt:
        now = self._clock.now()
        detail = f"the answer was lost and the {self._carrier.noun} is not there yet"
        return Attempt(
            delivery, DeliveryState.UNKNOWN, now, run_at=until, reason=Reason.ANSWER_LOST, detail=detail
        )

    def _store(self, firm: Firm, owner: str, lanes: Sequence[Lane], work: _Work) -> None:
        with self._units_of_work(SYSTEM) as uow:
            lost = uow.deliveries.record(owner, work.attempts)
            kept = [attempt for attempt in work.attempts if attempt not in lost]
            uow.deliveries.release(
                firm.firm_id, self._carrier.kind, owner, [lane.case_integration_id for lane in lanes]
            )
            uow.outbox.announce([a for attempt in kept for a in self._carrier.announcements(attempt)])
            for attempt in kept:
                _report(uow, attempt)
            if any(attempt.reason == Reason.CASE_BEING_IMPORTED for attempt in kept):
                uow.jobs.enqueue(JobName.IMPORT_CASES, [firm.firm_id])
            if isinstance(work.stopped_by, ConnectionRejectedError):
                lose_connection(uow, firm.firm_id, work.stopped_by)
            uow.commit()
        if any(attempt.stored_id is not None for attempt in lost):
            self._keep_strays(lost)
        self._lift(firm, kept)

    def _keep_strays(self, lost: Sequence[Attempt]) -> None:
        """We stood still past the end of our claim: what we wrote may be there twice, and is told then."""
        with self._units_of_work(SYSTEM) as uow:
            uow.deliveries.keep_strays(lost)
            uow.commit()
        tell_what_is_there_twice(self._units_of_work, self._notices)

    def _lift(self, firm: Firm, attempts: Sequence[Attempt]) -> None:
        """A probe went through: what was held for the same reason flows, and its issue is over.

        In a transaction of its own, because it locks other lanes. Cut short, the next probe does it.
        """
        reasons = {
            attempt.delivery.probe_of
            for attempt in attempts
            if attempt.state is DeliveryState.DELIVERED and attempt.delivery.probe_of in PROBED_REASONS
        }
        lifted = sorted(reason for reason in reasons if reason is not None)
        if not lifted:
            return
        with self._units_of_work(SYSTEM) as uow:
            uow.deliveries.release_holds(firm.firm_id, lifted)
            uow.issues.resolve_settled(firm.firm_id)
            uow.commit()


def _report(uow: UnitOfWork, attempt: Attempt) -> None:
    """Open one issue a firm and reason for what waits for a person or was given up."""
    if attempt.reason in {ConnectionRejectedError.reason, *WAITS_FOR_IMPORT}:
        return  # the lost connection has an issue of its own; an import is tried, and opens one if it fails
    if attempt.state in {DeliveryState.HELD, DeliveryState.FAILED} and attempt.reason:
        kind = IssueKind.DELIVERY_HELD if attempt.state is DeliveryState.HELD else IssueKind.DELIVERY_FAILED
        uow.issues.open(attempt.delivery.firm_id, kind, attempt.reason, attempt.detail or attempt.reason)
