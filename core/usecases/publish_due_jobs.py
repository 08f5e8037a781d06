"""Turn due slots of the timetable into jobs, and take up again what was lost on the way."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from core.actor import SYSTEM, Actor
from core.delivery import PROBED_REASONS
from core.errors import CasebridgeError
from core.foreign import Steps, is_an_end, unexpected
from core.issue import IssueKind
from core.job import OF_NO_FIRM
from core.night import own_latest, place_of
from core.ports.clock import Clock
from core.ports.deliveries import ImportPace
from core.ports.notices import Notices
from core.ports.unit_of_work import UnitOfWork, UnitsOfWork
from core.process import KEEP_GONE_FOR
from core.reason import Reason
from core.run import Trigger
from core.schedule import DELIVERED_BY, Daily, JobName, Rhythm
from core.usecases.probe_connection import AHEAD_OF_THE_NIGHTLY_RUN
from core.usecases.steps.begin_run import begin_run
from core.usecases.steps.take_back import take_back
from core.usecases.steps.written_twice import tell_what_is_there_twice
from core.window import window_for

REPUBLISH_AFTER: Final = timedelta(minutes=1)
IMPORT_PACE: Final = ImportPace()
PROBE_EVERY: Final = timedelta(minutes=5)
FIRMS_A_TICK: Final = 100
"""So many nightly runs a scheduler starts a tick, where many are due at once: after a downtime, say."""


class PublishDueJobs:
    """The scheduler's work. Any number of schedulers may do it at once; the store's rows decide."""

    def __init__(
        self, units_of_work: UnitsOfWork, clock: Clock, timetable: Mapping[JobName, Rhythm], notices: Notices
    ) -> None:
        self._units_of_work = units_of_work
        self._notices = notices
        self._clock = clock
        self._timetable = timetable
        self._issues_looked_at = 0  # lost with the process: then the look begins anew

    def tick(self, actor: Actor) -> dict[JobName, int]:
        """Start the jobs of every slot that is due, each slot once. Returns the number of jobs a slot.

        Raises TransientError from the store at once, any other error of a slot after the others' turn.
        """
        actor.must_be_system()
        started: dict[JobName, int] = {}
        steps = Steps()
        for name, rhythm in self._timetable.items():
            with steps.each(f"the slot of {name}"), self._units_of_work(SYSTEM) as uow:
                uow.jobs.open_slot(name, rhythm.latest(self._clock.now()))
                uow.commit()
                due_at = uow.jobs.claim_slot(name)
                if due_at is not None:
                    if isinstance(rhythm, Daily):
                        uow.jobs.begin_round(name, due_at)
                        started[name] = 0
                    else:
                        started[name] = self._fan_out(uow, name)
                    uow.commit()
                if isinstance(rhythm, Daily) and (number := self._go_round(uow, name, rhythm.span)):
                    started[name] = number
        steps.raise_first()
        return started

    def _go_round(self, uow: UnitOfWork, name: JobName, span: timedelta) -> int:
        """Start the firms whose turn it is by now: a bounded number, the others with the next tick."""
        under_way = uow.jobs.claim_round(name)
        if under_way is None:
            return 0
        now = self._clock.now()
        reached = under_way.aim(now, span)
        found = uow.firms.nightly(under_way.reached, reached, FIRMS_A_TICK)
        if len(found) >= FIRMS_A_TICK:
            reached = place_of(found[-1][0]) + 1
        number = 0
        if found and name is JobName.SYNC_CASES:
            number = self._start_nightly(uow, found)
        elif found:
            number = uow.jobs.enqueue(name, [firm_id for firm_id, _ in found])
        uow.jobs.move_round(name, under_way.moved(reached, now))
        uow.commit()
        return number

    def recover(self, actor: Actor, *, waiting_longer_than: timedelta = REPUBLISH_AFTER) -> int:
        """Publish again what the broker lost, resume runs, and wake what has become ready.

        Meant to be called every few seconds: retries after seconds would else wait for the tick. Raises as
        `tick` does.
        """
        actor.must_be_system()
        number = 0
        steps = Steps()
        # One transaction a step: what one of them meets holds up none of the others.
        with steps.each("the taking back of what was lost"):
            number += take_back(self._units_of_work)
            with self._units_of_work(SYSTEM) as uow:
                uow.processes.forget_gone(KEEP_GONE_FOR)
                uow.commit()
        with steps.each("the search for lost jobs"), self._units_of_work(SYSTEM) as uow:
            number += uow.jobs.requeue_lost(waiting_longer_than)
            uow.commit()
        with steps.each("the resuming of runs"), self._units_of_work(SYSTEM) as uow:
            for run_id, firm_id in uow.runs.due_without_job():
                number += uow.jobs.enqueue(JobName.SYNC_CASES, [firm_id], run_id=run_id)
            uow.commit()
        with steps.each("the resuming of bulk operations"), self._units_of_work(SYSTEM) as uow:
            if uow.bulk.is_any_left():
                number += uow.jobs.enqueue(JobName.BULK_OPERATIONS, [OF_NO_FIRM])
            uow.commit()
        with steps.each("the settling of issues"), self._units_of_work(SYSTEM) as uow:
            uow.deliveries.probe_holds(PROBED_REASONS, PROBE_EVERY)
            self._issues_looked_at = uow.issues.resolve_settled(after=self._issues_looked_at).after or 0
            uow.commit()
        for name, kind in DELIVERED_BY.items():
            with steps.each(f"the waking of {name}"), self._units_of_work(SYSTEM) as uow:
                due = uow.deliveries.firms_due(kind)
                awake = [firm_id for firm_id, immediate in uow.firms.known(due).items() if immediate]
                if awake:
                    number += uow.jobs.enqueue(name, awake)
                uow.commit()
        with steps.each("the waking of imports"), self._units_of_work(SYSTEM) as uow:
            waiting = uow.deliveries.firms_waiting_for_import(IMPORT_PACE)
            if waiting:
                number += uow.jobs.enqueue(JobName.IMPORT_CASES, waiting)
            uow.commit()
        with steps.each("the search for what is there twice"):
            tell_what_is_there_twice(self._units_of_work, self._notices)
        steps.raise_first()
        return number

    def wake(self, actor: Actor) -> tuple[int, timedelta | None]:
        """Let firms go on whose pause has just come to its end: all that waits, whatever its timetable.

        Returns the number of jobs, and how long the next pause to end still lasts (None: there is none).
        Meant to be called when that time has passed, and every second.
        """
        actor.must_be_system()
        number = 0
        with self._units_of_work(SYSTEM) as uow:
            firms = set(uow.firms.wake())
            following = uow.firms.next_to_wake()
            uow.commit()  # cut short from here on, `recover` finds what waits
            if firms:
                number = self._go_on(uow, firms)
                uow.commit()
        return number, following

    def _go_on(self, uow: UnitOfWork, firms: set[str]) -> int:
        number = 0
        for run_id, firm_id in uow.runs.due_without_job():
            if firm_id in firms:
                number += uow.jobs.enqueue(JobName.SYNC_CASES, [firm_id], run_id=run_id)
        # A probe that met the pause will have found nothing out.
        if soon := [firm_id for firm_id in sorted(firms) if self._is_before_its_nightly_run(firm_id)]:
            number += uow.jobs.enqueue(JobName.PROBE_CONNECTIONS, uow.firms.nightly_among(soon))
        due = {name: uow.deliveries.firms_due(kind) for name, kind in DELIVERED_BY.items()}
        due[JobName.IMPORT_CASES] = uow.deliveries.firms_waiting_for_import(IMPORT_PACE)
        due[JobName.SYNC_SHARED_NOTES] = uow.shared_notes.firms_due()
        for name, firm_ids in due.items():
            if waiting := [firm_id for firm_id in firm_ids if firm_id in firms]:
                number += uow.jobs.enqueue(name, waiting)
        return number

    def _is_before_its_nightly_run(self, firm_id: str) -> bool:
        now, probes = self._clock.now(), self._timetable.get(JobName.PROBE_CONNECTIONS)
        if not isinstance(probes, Daily):
            return False
        return now - own_latest(probes, firm_id, now) < AHEAD_OF_THE_NIGHTLY_RUN

    def _fan_out(self, uow: UnitOfWork, name: JobName) -> int:
        if name is JobName.SYNC_SHARED_NOTES:
            uow.shared_notes.forget_switched_off()
            return uow.jobs.enqueue(name, uow.shared_notes.firms_due())
        if name is JobName.SYNC_MESSAGES:
            uow.deliveries.release_resolved_holds()
        firms = uow.deliveries.firms_due(DELIVERED_BY[name])
        return uow.jobs.enqueue(name, firms) if firms else 0

    def _start_nightly(self, uow: UnitOfWork, firms: Sequence[tuple[str, bool]]) -> int:
        now = self._clock.now()
        windows = {firm_id: window_for(now, first=first) for firm_id, first in firms}
        started: Mapping[str, int] = {}
        try:
            runs = uow.runs.start_many(Trigger.NIGHTLY, windows)
            number = uow.jobs.enqueue_runs(JobName.SYNC_CASES, runs)
            started = runs
        except CasebridgeError:
            raise
        except BaseException as error:  # told with its firm below, where each is started by itself
            if is_an_end(error):
                raise
            unexpected(error, "the start of nightly runs together")
            number = 0
        for firm_id, window in windows.items():  # one by one where a run is under way
            if firm_id in started:
                continue
            try:
                begin_run(uow, firm_id, Trigger.NIGHTLY, window)
                number += 1
            except CasebridgeError as error:
                if error.reason is not Reason.TOO_BUSY:
                    raise  # the store's: it is about all firms
                uow.issues.open(firm_id, IssueKind.SYNC_FAILED, Trigger.NIGHTLY.value, str(error))
            except BaseException as error:  # one firm's defect holds up no other firm's night
                if is_an_end(error):
                    raise
                told = unexpected(error, "the start of the nightly run", firm_id=firm_id)
                uow.issues.open(firm_id, IssueKind.SYNC_FAILED, Trigger.NIGHTLY.value, str(told))
        return number
