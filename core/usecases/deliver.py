"""Deliver what waits for a firm, messages or documents: in order, each exactly once (design, section 6).

What is particular to a kind is behind its `Carrier`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from core.actor import SYSTEM, Actor
from core.clearance import Clearance
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
from core.doubt import Doubts
from core.errors import (
    AnswerLostError,
    CasebridgeError,
    ConnectionRejectedError,
    FirmPausedError,
    NotBegunError,
    RateLimitedError,
)
from core.firm import Firm
from core.foreign import is_an_end, kept
from core.issue import IssueKind
from core.job import Job
from core.pause import LONGEST_PAUSE
from core.ports.clock import Clock
from core.ports.deliveries import Lane
from core.ports.notices import Notices
from core.ports.processes import Errand, Life
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.reason import Reason
from core.schedule import JobName
from core.usecases.steps.carrier import Carrier
from core.usecases.steps.job import Slice, Task, work_off
from core.usecases.steps.lose_connection import lose_connection
from core.usecases.steps.written_twice import tell_what_is_there_twice


@dataclass(frozen=True, slots=True)
class Pace:
    """Limits of a slice, each kind's own.

    `slice_` is how long a job works before it hands over; `lanes` and `per_lane` bound one claim. `within` is
    how long one delivery may take until the last of it is sent, its turn in the firm's rate included.
    """

    slice_: timedelta = timedelta(seconds=20)
    within: timedelta = timedelta(seconds=30)
    settle: timedelta = SETTLE_AFTER_LOST_ANSWER
    longest_pause: timedelta = LONGEST_PAUSE
    lanes: int = 40
    per_lane: int = 20


@dataclass(frozen=True, slots=True)
class _Sending:
    """A slice of one firm's deliveries."""

    firm: Firm
    errand: Errand
    slice_: Slice
    doubts: Doubts

    @property
    def is_over(self) -> bool:
        """Whether no other call is to begin."""
        return self.slice_.is_over or not self.errand.may_begin()


@dataclass(slots=True)
class _Work:
    """What came of a claim, or of a part of it, to be stored in one transaction."""

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
        life: Life,
        stopping: Callable[[], bool],
        pace: Pace,
        notices: Notices,
    ) -> None:
        self._units_of_work = units_of_work
        self._carrier = carrier
        self._clock = clock
        self._life = life
        self._stopping = stopping
        self._pace = pace
        self._notices = notices

    def __call__(self, actor: Actor, job_id: int) -> None:
        """Run the job; a repeated or outdated id does nothing. Raises TransientError from the store only."""
        actor.must_be_system()
        work_off(self._units_of_work, job_id, self._life, self._slice)

    def _slice(self, task: Task) -> bool:
        """Claim and send until nothing is ready (False) or the slice is over (True: there may be more)."""
        job, firm = task.job, task.firm
        if firm is None or not firm.may_be_called(self._clock.now()):
            return False
        slice_ = Slice.begin(self._pace.slice_, self._clock, self._stopping)
        sending = _Sending(firm, task.errand, slice_, Doubts())
        while True:
            lanes, imported = self._claim(job, firm, task.errand.owner)
            if not lanes:
                return False
            # If this is cut short, what is not stored counts as doubtful.
            not_here = [lane for lane in lanes if lane.case_integration_id not in imported]
            if not_here:
                self._store(sending, not_here, _Work([self._hold(lane) for lane in not_here]))
            ready = [lane for lane in lanes if lane.case_integration_id in imported]
            if self._send_all(sending, ready):
                return False
            if sending.is_over:
                return True

    def _claim(self, job: Job, firm: Firm, owner: str) -> tuple[Sequence[Lane], set[str]]:
        """Claim lanes; also tell which of their cases are imported."""
        with self._units_of_work(SYSTEM) as uow:
            lanes = uow.deliveries.claim(
                firm.firm_id,
                self._carrier.kind,
                owner=owner,
                lanes=self._pace.lanes,
                limit=self._pace.per_lane,
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

    def _send_all(self, sending: "_Sending", lanes: Sequence[Lane]) -> bool:
        """Send what was claimed, and store what came of it. True where the firm has to wait.

        Only after what is delivered the next one may begin with nothing stored between: so whoever finds the
        claim lost can tell from what is there how far it came (`core.doubt`).
        """
        work = _Work()
        for place, lane in enumerate(lanes):
            for delivery in lane.deliveries:
                if sending.is_over:
                    self._store(sending, lanes, work)
                    return False
                self._send(sending, lane, delivery, work)
                if work.stopped_by is not None:
                    self._store(sending, lanes, work)
                    return True
                if work.attempts[-1].state is not DeliveryState.DELIVERED:
                    # It holds back the later ones of its case, or they go with the next claim.
                    self._store(sending, lanes[: place + 1], work)
                    work = _Work()
                    break
        self._store(sending, lanes, work)
        return False

    def _send(self, sending: "_Sending", lane: Lane, delivery: Delivery, work: _Work) -> None:
        """Add what came of it to the work, and what stops all of it."""
        began_at = self._clock.now()
        attempt, error = self._attempt(sending, lane, delivery, began_at)
        if attempt is None:  # nothing was sent: it is given back as if it had never been taken up
            work.stopped_by = error
            return
        work.attempts.append(replace(attempt, began_at=began_at))
        if isinstance(error, RateLimitedError | ConnectionRejectedError):
            work.stopped_by = error

    def _attempt(
        self, sending: "_Sending", lane: Lane, delivery: Delivery, began_at: datetime
    ) -> tuple[Attempt | None, CasebridgeError | None]:
        """Return how it ended, None where nothing could be begun; and what stood in the way."""
        firm, doubts = sending.firm, sending.doubts
        clearance = Clearance(began_at + self._pace.within, sending.errand.may_begin)
        delivery = doubts.cleared(delivery)
        try:
            if in_doubt := doubts.may_be_there(lane, delivery):
                there = self._carrier.find(firm, in_doubt)
                doubts.looked_for(in_doubt, there)
                stored_id = there.get(delivery.delivery_id)
                if stored_id is not None:  # it may be there under an id that nobody can read
                    return self._adopted(delivery, stored_id), None
                settled_at = (delivery.doubtful_since or self._clock.now()) + self._pace.settle
                if delivery.doubtful and self._clock.now() < settled_at:
                    return self._wait(delivery, settled_at), None
                # A newer one is there, though nobody has learned it yet: its answer was lost.
                delivery = replace(delivery, late=delivery.late or bool(there))
            stored_id = self._carrier.write(firm, delivery, clearance)
        except AnswerLostError as lost:
            return self._after_lost_answer(firm, delivery, lost), kept(lost)
        except (FirmPausedError, NotBegunError) as nothing_sent:
            return None, kept(nothing_sent)
        except RateLimitedError as asked:
            return after_pause(delivery, asked, self._clock.now()), kept(asked)
        except CasebridgeError as error:
            return self._after(delivery, error), kept(error)
        except BaseException as error:  # whatever it is, it may have been stored
            if is_an_end(error):
                raise
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
        except BaseException as error:  # it stays unknown, as it is without having looked
            if is_an_end(error):
                raise
            self._tell(error, delivery)
            stored_id = None
        return self._after(delivery, lost) if stored_id is None else self._adopted(delivery, stored_id)

    def _tell(self, error: BaseException, delivery: Delivery) -> None:
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

    def _store(self, sending: "_Sending", lanes: Sequence[Lane], work: _Work) -> None:
        """Record the work and give the lanes back, in one transaction."""
        firm, owner = sending.firm, sending.errand.owner
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
        if strays := [attempt for attempt in lost if attempt.stored_id]:
            self._keep_strays(strays)
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
