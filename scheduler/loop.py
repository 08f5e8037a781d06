"""The loop of `casebridge schedule`: due slots, lost jobs, and the outbox."""

import random
import threading
import time
from dataclasses import dataclass

import structlog

from core.actor import SYSTEM
from core.complaint import Complaint
from core.errors import CasebridgeError
from core.foreign import Steps
from core.unexpected import error_chain
from core.usecases.publish_due_jobs import PublishDueJobs
from core.usecases.relay import Relay

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Intervals:
    """How often the loop looks, in seconds. The relay is woken by the store and needs no interval."""

    tick_s: float = 1.0
    wake_s: float = 1.0  # or when the next pause of a firm ends, where that is sooner
    recover_s: float = 5.0
    longest_backoff_s: float = 15.0


class Scheduler:
    """Runs until stopped; a store or broker that is away is waited for, with growing pauses.

    That it is away is said when it begins, and rarely again.
    """

    def __init__(
        self,
        due_jobs: PublishDueJobs,
        relay: Relay,
        intervals: Intervals | None = None,
        *,
        hurry: threading.Event | None = None,
    ) -> None:
        """`hurry` is set when there is something to recover now: a process is gone."""
        self._due_jobs = due_jobs
        self._relay = relay
        self._hurry = hurry or threading.Event()
        self._intervals = intervals or Intervals()
        self._stop = threading.Event()
        self._defect = Complaint()
        self._next_tick = self._next_wake = self._next_recover = 0.0

    def stop(self) -> None:
        """Ask the loop to end after the step it is in. Safe to call from a signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Loop until `stop`. Raises nothing that time can cure."""
        failures, complaint = 0, Complaint()
        while not self._stop.is_set():
            try:
                published = self._step()
                failures = 0
                away_s = complaint.over()
                if away_s is not None:
                    _log.info("scheduler_goes_on", after_s=round(away_s, 1))
            except CasebridgeError as error:
                failures += 1
                pause = min(0.25 * 2 ** min(failures, 10), self._intervals.longest_backoff_s)
                pause *= random.uniform(0.5, 1.0)
                if complaint.is_news(f"{error.reason}: {error}"):
                    _log.warning(
                        "scheduler_waits", reason=error.reason, detail=str(error), pause_s=round(pause, 2)
                    )
                self._stop.wait(pause)
                continue
            if not published:
                self._relay.wait(SYSTEM, self._until_next())

    def _step(self) -> int:
        """Do what is due, each thing whatever became of the others. Raises TransientError at once."""
        now = time.monotonic()
        steps = Steps()
        if now >= self._next_tick:
            with steps.each("the tick"):
                for name, jobs in self._due_jobs.tick(SYSTEM).items():
                    _log.info("slot_started", job=name, jobs=jobs)
            self._next_tick = now + self._intervals.tick_s
        if now >= self._next_wake:
            wait_s = self._intervals.wake_s
            with steps.each("the waking"):
                jobs, following = self._due_jobs.wake(SYSTEM)
                if jobs:
                    _log.info("pauses_over", jobs=jobs)
                if following is not None:
                    wait_s = min(wait_s, max(0.0, following.total_seconds()))
            self._next_wake = now + wait_s
        if now >= self._next_recover or self._hurry.is_set():
            self._hurry.clear()
            with steps.each("the recovery"):
                if number := self._due_jobs.recover(SYSTEM):
                    _log.info("jobs_recovered", jobs=number)
            self._next_recover = now + self._intervals.recover_s
        error = steps.first
        if error is not None and self._defect.is_news(str(error)):
            _log.error("scheduler_step_failed", detail=str(error), error_chain=error_chain(error))
        return self._relay.publish_window(SYSTEM)

    def _until_next(self) -> float:
        return max(0.0, min(self._next_tick, self._next_wake, self._next_recover) - time.monotonic())
