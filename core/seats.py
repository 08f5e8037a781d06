"""Seats: how many jobs and commands may call one firm's SmartAdvocate at once, and who goes first."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from core.schedule import JobName

_ORDER: Final = (JobName.SYNC_MESSAGES, JobName.SYNC_DOCUMENTS, JobName.SYNC_CASES)


@dataclass(frozen=True, slots=True)
class Room:
    """Seats of one firm that are free: `free` in all, `for_others` of them for jobs other than messages.

    A firm has `concurrency` seats. Where it has more than one, the last is kept for messages, which are due
    within two minutes: a run of hours keeps none of them waiting. A person's command may take any.
    """

    free: int
    for_others: int

    @classmethod
    def of(cls, concurrency: int, taken: int, by_other_jobs: int) -> "Room":
        """Count: `taken` seats in all, `by_other_jobs` of them by jobs other than messages."""
        seats = max(1, concurrency)
        return cls(seats - taken, max(1, seats - 1) - by_other_jobs)

    def seats(self, name: JobName) -> bool:
        """Tell whether a job of this name may sit down."""
        return self.free > 0 and (name is JobName.SYNC_MESSAGES or self.for_others > 0)

    def without(self, name: JobName) -> "Room":
        """Return what is left when a job of this name has sat down."""
        return Room(self.free - 1, self.for_others - (name is not JobName.SYNC_MESSAGES))


def choose(room: Room, parked: Iterable[tuple[int, JobName]]) -> Sequence[int]:
    """Return the ids of parked jobs that find seats: messages before documents before cases, then by age."""
    chosen = []
    for job_id, name in sorted(parked, key=lambda job: (_rank(job[1]), job[0])):
        if room.seats(name):
            room = room.without(name)
            chosen.append(job_id)
    return chosen


def _rank(name: JobName) -> int:
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)
