"""Port: jobs. Rows in the store; the broker carries their ids."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

from core.job import Job
from core.schedule import JobName


class Jobs(Protocol):
    """Jobs; a firm's job of one name (and run) is unique while it waits."""

    def enqueue(self, name: JobName, firm_ids: Sequence[str], *, run_id: int | None = None) -> int:
        """Put a job for each firm in the queue, through the outbox, unless one waits. The number added."""
        ...

    def start(self, job_id: int, lease: timedelta) -> Job | None:
        """Take up a waiting job, or return None: a repeated or outdated message, or no seat is free.

        All jobs of a firm that are worked on, in any process, are at most its `concurrency`; where that is
        more than one, all but messages leave one seat free. A job that finds no seat is parked: it waits on,
        and is published when it can have one, messages before documents before cases. The first of its
        transaction, which is committed at once.
        """
        ...

    def running(self, name: JobName, firm_id: str) -> int:
        """Return how many of the firm's jobs of this name are being worked on."""
        ...

    def finish(self, job: Job) -> None:
        """Remove a job that was taken up; its seat goes to the firm's next parked job.

        The first of its transaction.
        """
        ...

    def requeue_lost(self, waiting_longer_than: timedelta) -> int:
        """Publish again what waits longer than that since it was last published.

        Returns the number published. A job whose lease ran out is replaced by one that waits, with another
        number, unless one does: whoever comes back to the old one has no part in it. A parked job waits for
        its seat alone, however long; a seat is free, too, when its lease ran out.
        """
        ...
