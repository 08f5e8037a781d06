"""Dramatiq's actors: one for each job queue. It takes a job's id and hands it to the handler."""

from collections.abc import Callable, Mapping

import dramatiq

from core.errors import PermanentError
from core.reason import Reason

Handler = Callable[[int], None]


def register_actors(broker: dramatiq.Broker, handlers: Mapping[str, Handler]) -> None:
    """Give each queue its one actor of the same name. Where several jobs wait, earlier entries go first.

    A handler takes the job's id. What it raises is logged without content and ends the job's message; the
    job's row decides when it is tried again.
    """
    for priority, (name, handler) in enumerate(handlers.items()):
        _register(broker, name, handler, priority)


def _register(broker: dramatiq.Broker, name: str, handler: Handler, priority: int) -> None:
    # `throws` keeps Dramatiq from logging the traceback with its values; `JobLog` logs the failure.
    @dramatiq.actor(broker=broker, queue_name=name, actor_name=name, priority=priority, throws=BaseException)
    def run_job(job_id: int) -> None:
        if type(job_id) is not int:
            raise PermanentError(f"a message in {name} has no job id", reason=Reason.MALFORMED_JOB)
        handler(job_id)
