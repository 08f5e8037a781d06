"""`python -m tests.faults.process …`: the `casebridge` command, which may kill itself at a step, believe
another date, or be as impatient as a test. The product knows nothing of it: the parts are wrapped here.

| variable | does |
|---|---|
| `FAULTS_KILL_AT`, `FAULTS_KILL_AFTER` | SIGKILL when this step (see `STEPS`) is passed for the n-th time |
| `FAULTS_CLOCK_OFFSET_S` | the machine's clock is wrong by so much |
| `FAULTS_RETRY_S` | pause before any retry, and after which what the broker lost is published again |
"""

import functools
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

KILL_AT, KILL_AFTER = "FAULTS_KILL_AT", "FAULTS_KILL_AFTER"
CLOCK_OFFSET_S, RETRY_S = "FAULTS_CLOCK_OFFSET_S", "FAULTS_RETRY_S"

# A fifth of the product's.
HEARTBEAT_S: Final = {
    "every": 0.6,
    "look_every": 0.2,
    "look_within": 0.6,
    "gone_after": 3.0,
    "calls_for": 2.0,
}

STEPS: Final = {
    "intake": (
        "events consumed",
        "events recorded",
        "deliveries added",
        "jobs enqueued",
        "jobs enqueued, committed",
        "events to be acknowledged",
        "events acknowledged",
    ),
    "scheduler": (
        "slot claimed",
        "slot claimed, committed",
        "outbox read",
        "outbox published",
        "outbox marked",
        "outbox committed",
    ),
    "worker": (
        "job consumed",
        "job started",
        "job started, committed",
        "lanes claimed",
        "lanes claimed, committed",
        "note to be sent",
        "note sent",
        "attempts recorded",
        "attempts recorded, committed",
        "job finished",
        "job finished, committed",
        "job to be acknowledged",
        "job acknowledged",
    ),
}


class Steps:
    """Counts the passings of the step at which this process is to end."""

    def __init__(self, kill_at: str, kill_after: int) -> None:
        self._kill_at = kill_at
        self._left = kill_after
        self._lock = threading.Lock()
        self._last = threading.local()

    def passed(self, step: str) -> None:
        self._last.step = step
        if step != self._kill_at:
            return
        with self._lock:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def committed(self) -> None:
        """What the thread passed last is in the store now."""
        step = getattr(self._last, "step", None)
        if step is not None:
            self._last.step = None
            self.passed(f"{step}, committed")
            self._last.step = None

    def around(
        self, owner: type, method: str, before: str | None, after: str | None, *, always: bool = False
    ) -> None:
        """Let calls of a method pass steps; the later one if the call came to something."""
        real: Callable[..., Any] = getattr(owner, method)

        @functools.wraps(real)
        def stepping(*arguments: Any, **options: Any) -> Any:
            if before is not None:
                self.passed(before)
            result = real(*arguments, **options)
            if after is not None and (always or result is None or result):
                self.passed(after)
            return result

        setattr(owner, method, stepping)


def kill_at(step: str, after: int) -> None:
    """Wrap the parts of the role that has this step."""
    from pika.adapters.blocking_connection import BlockingChannel

    from adapters.postgres.deliveries.deliveries import PostgresDeliveries
    from adapters.postgres.inbox.inbox import PostgresInbox
    from adapters.postgres.jobs.jobs import PostgresJobs
    from adapters.postgres.outbox.outbox_reader import PostgresOutboxWindow
    from adapters.postgres.unit_of_work import PostgresUnitOfWork
    from adapters.rabbitmq.job_consumer import JobConsumer
    from adapters.rabbitmq.publisher import RabbitPublisher
    from adapters.smartadvocate.client import SmartAdvocate
    from core.usecases.deliver import Deliver
    from core.usecases.receive_events import ReceiveEvents
    from core.usecases.relay import Relay

    steps = Steps(step, after)
    if step in STEPS["intake"]:
        steps.around(ReceiveEvents, "__call__", "events consumed", None)
        steps.around(PostgresInbox, "record", None, "events recorded")
        steps.around(PostgresDeliveries, "add", None, "deliveries added")
        steps.around(PostgresJobs, "enqueue", None, "jobs enqueued")
        steps.around(BlockingChannel, "basic_ack", "events to be acknowledged", "events acknowledged")
    elif step in STEPS["scheduler"]:
        steps.around(PostgresJobs, "claim_slot", None, "slot claimed")
        steps.around(RabbitPublisher, "publish", "outbox read", "outbox published")
        steps.around(PostgresOutboxWindow, "mark_published", None, "outbox marked")
        steps.around(Relay, "publish_window", None, "outbox committed")
    elif step in STEPS["worker"]:
        steps.around(Deliver, "__call__", "job consumed", None)
        steps.around(PostgresJobs, "start", None, "job started")
        steps.around(PostgresDeliveries, "claim", None, "lanes claimed")
        steps.around(SmartAdvocate, "insert_note", "note to be sent", "note sent")
        # What it returns was left out: nothing, as a rule.
        steps.around(PostgresDeliveries, "record", None, "attempts recorded", always=True)
        steps.around(PostgresJobs, "finish", None, "job finished")
        steps.around(JobConsumer, "ack", "job to be acknowledged", "job acknowledged")
    else:
        raise SystemExit(f"no process passes {step!r}")
    real = PostgresUnitOfWork.commit

    def commit(unit: PostgresUnitOfWork) -> None:
        real(unit)
        steps.committed()

    setattr(PostgresUnitOfWork, "commit", commit)  # noqa: B010 - mypy would not let it be assigned


def believe_in_another_date(offset_s: float) -> None:
    """Set the machine's clock wrong for everything in this process that asks for the date."""
    real = time.time
    setattr(time, "time", lambda: real() + offset_s)  # noqa: B010 - mypy knows it as final


def be_impatient(pause_s: float) -> None:
    """Shorten pauses that are constants: a test cannot wait for the product's minutes."""
    import core.process
    import core.retry
    from adapters.rabbitmq import broker
    from core.usecases.publish_due_jobs import PublishDueJobs

    for name, seconds in HEARTBEAT_S.items():
        object.__setattr__(core.process.HEARTBEAT, name, timedelta(seconds=seconds))
    setattr(core.retry, "RETRY_DELAYS", (timedelta(seconds=pause_s),) * 200)  # noqa: B010 - mypy knows it as final
    _default(PublishDueJobs.recover, "waiting_longer_than", timedelta(seconds=max(2.0, pause_s)))
    _default(broker.make_broker, "renew_after_s", 3.0)


def _default(function: Any, name: str, value: object) -> None:
    """Change what a keyword argument is where a caller says nothing."""
    function.__kwdefaults__[name] = value


def main() -> None:
    """Prepare this process as the environment says, and run the command."""
    if offset := os.environ.get(CLOCK_OFFSET_S):
        believe_in_another_date(float(offset))
    if pause := os.environ.get(RETRY_S):
        be_impatient(float(pause))
    if step := os.environ.get(KILL_AT):
        kill_at(step, int(os.environ.get(KILL_AFTER, "1")))
    from bootstrap import main as casebridge

    casebridge()


if __name__ == "__main__":
    main()
