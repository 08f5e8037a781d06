"""Timed jobs and their slots: every slot is an instant, the same for every scheduler (design, section 9)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Protocol

from core.event import EventKind


class JobName(StrEnum):
    """Jobs; each has its own queue. All but `import-cases` and `bulk-operations` stand in the timetable."""

    SYNC_MESSAGES = "sync-messages"
    SYNC_DOCUMENTS = "sync-documents"
    SYNC_CASES = "sync-cases"
    IMPORT_CASES = "import-cases"
    SYNC_SHARED_NOTES = "sync-shared-notes"
    PROBE_CONNECTIONS = "probe-connections"
    BULK_OPERATIONS = "bulk-operations"


# In the order in which a transaction asks for them, where it asks for both.
DELIVERED_BY: Final[Mapping[JobName, EventKind]] = {
    JobName.SYNC_MESSAGES: EventKind.MESSAGE_SENT,
    JobName.SYNC_DOCUMENTS: EventKind.DOCUMENT_UPLOADED,
}


_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))


class Rhythm(Protocol):
    """Tells the latest instant at or before `now` (UTC) at which a job was due, and the following one.

    `str` says in words how often that is.
    """

    def latest(self, now: datetime) -> datetime: ...  # noqa: D102 - the class says it
    def following(self, now: datetime) -> datetime: ...  # noqa: D102 - the class says it


@dataclass(frozen=True, slots=True)
class Every:
    """Due at every multiple of `period` since the Unix epoch."""

    period: timedelta

    def __str__(self) -> str:
        """Return it in words: `every 2 minutes`."""
        seconds = int(self.period.total_seconds())
        size, unit = next((size, unit) for size, unit in _UNITS if seconds % size == 0)
        return f"every {unit}" if seconds == size else f"every {seconds // size} {unit}s"

    def latest(self, now: datetime) -> datetime:
        """Round down to the period; `now` in UTC."""
        seconds = int(self.period.total_seconds())
        return datetime.fromtimestamp(int(now.timestamp()) // seconds * seconds, UTC)

    def following(self, now: datetime) -> datetime:
        """Return the first one after `now`."""
        return self.latest(now) + self.period


@dataclass(frozen=True, slots=True)
class Daily:
    """Due once a day at a wall-clock time in UTC; each firm at its own place in the `span` from then on.

    The span is shorter than a day. `latest` and `following` are its beginnings; `core.night` has the firms'.
    """

    at: time
    span: timedelta = timedelta()

    def __str__(self) -> str:
        """Return it in words: `every day at 21:15 UTC`, and over how many minutes firms are spread."""
        if self.span:
            minutes = int(self.span.total_seconds()) // 60
            return f"every day from {self.at:%H:%M} UTC, firm by firm over {minutes} minutes"
        return f"every day at {self.at:%H:%M} UTC"

    def latest(self, now: datetime) -> datetime:
        """Return today's instant if it has come, else yesterday's."""
        today = datetime.combine(now.astimezone(UTC).date(), self.at, UTC)
        return today if today <= now else today - timedelta(days=1)

    def following(self, now: datetime) -> datetime:
        """Return the first one after `now`."""
        return self.latest(now) + timedelta(days=1)


# Jobs whose very first slot counts as done: there was nothing before it that could have been missed.
NIGHTLY: Final = (JobName.SYNC_CASES, JobName.PROBE_CONNECTIONS)

NIGHT_SPAN: Final = timedelta(minutes=45)

# Walkthrough, 03: messages every two minutes, documents every 20 minutes, cases nightly at 9:15 PM UTC, which
# is when the night begins.
TIMETABLE: Final[dict[JobName, Rhythm]] = {
    JobName.SYNC_MESSAGES: Every(timedelta(minutes=2)),
    JobName.SYNC_DOCUMENTS: Every(timedelta(minutes=20)),
    JobName.SYNC_CASES: Daily(time(21, 15), NIGHT_SPAN),
    JobName.SYNC_SHARED_NOTES: Every(timedelta(minutes=2)),
    # An hour before, firm by firm: time to repair a connection that has died.
    JobName.PROBE_CONNECTIONS: Daily(time(20, 15), NIGHT_SPAN),
}
