"""Port: jobs, the seats they work in, and the slots of the timetable. The broker carries their ids."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from core.job import Job
from core.night import Round
from core.schedule import JobName


class Jobs(Protocol):
    """Jobs; a firm's job of one name (and run) is unique while it waits.

    A seat is the right to call a firm's SmartAdvocate. All seats of a firm together, jobs' and those that
    people's commands take, are at most the firm's `concurrency`, whatever process they are in. Each method
    that takes or gives back a seat is the first of its transaction, which is committed at once.

    A slot is one moment of the timetable, a row unique on (job, due_at); any number of schedulers claim them.
    """

    def enqueue(self, name: JobName, firm_ids: Sequence[str], *, run_id: int | None = None) -> int:
        """Put a job for each firm in the queue, through the outbox, unless one waits. The number added."""
        ...

    def enqueue_runs(self, name: JobName, runs: Mapping[str, int]) -> int:
        """Do the same for one run each of many firms: the runs' numbers by firm."""
        ...

    def start(self, job_id: int, owner: str) -> Job | None:
        """Take up a waiting job in this name, or return None.

        None for a repeated or outdated message, where no seat is free, and for a process that is gone.

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

        Returns the number published. A parked job waits for its seat alone, however long.
        """
        ...

    def take_back(self, owners: Sequence[str] | None = None) -> int:
        """Take jobs and seats from these owners, or (None) from all processes that are gone.

        Returns the number of jobs published. A job is replaced by one that waits, with another number, unless
        one does: whoever comes back to the old one has no part in it. The run of which it was a slice counts
        it (`Run.cut_short`) where nobody came back from it. Seats that are free by it go to parked jobs. The
        same for what the release before this one held, whose lease has run out.
        """
        ...

    def ask_seat(self, firm_id: str, owner: str) -> int:
        """Ask in this name for the next seat that becomes free, and return the number of the request.

        While it stands, no job takes that seat.
        """
        ...

    def take_seat(self, seat_id: int) -> bool:
        """Take the seat asked for. False while none is free, or the request was taken back."""
        ...

    def leave_seat(self, seat_id: int) -> None:
        """Give back a seat or a request; the firm's next parked job is published. Unknown ids do nothing."""
        ...

    def open_slot(self, name: JobName, due_at: datetime) -> None:
        """Note that the slot is due. The first ever of `sync-cases` counts as done: none was missed."""
        ...

    def claim_slot(self, name: JobName) -> datetime | None:
        """Lock the newest open slot until the transaction ends, and return its instant (UTC).

        It and all older ones are done when the transaction commits: one catch-up stands for all that were
        missed. None if there is none, or another scheduler has it.
        """
        ...

    def begin_round(self, name: JobName, due_at: datetime) -> None:
        """Let a daily slot begin its round of the firms; what is left of an older one is dropped."""
        ...

    def claim_round(self, name: JobName) -> Round | None:
        """Lock the round that is under way until the transaction ends, and return it.

        None if there is none, or another scheduler has it.
        """
        ...

    def move_round(self, name: JobName, to: Round) -> None:
        """Note how far the round has come that this transaction has locked."""
        ...
