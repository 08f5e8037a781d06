"""Settings turned into when jobs are due, how long they work, and how long they wait."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from bootstrap.settings import Settings
from core.schedule import Daily, Every, JobName
from core.usecases.deliver import Pace
from core.usecases.probe_connection import AHEAD_OF_THE_NIGHTLY_RUN
from core.usecases.read_shared_notes import ReadingPace
from core.usecases.sync_cases import SLICE


def pace(settings: Settings) -> Pace:
    """Return how long the delivery of messages may take at each step."""
    return Pace(
        slice_=timedelta(seconds=settings.slice_s),
        within=timedelta(seconds=settings.call_limit_s),
        settle=timedelta(seconds=settings.settle_s),
        longest_pause=longest_pause(settings),
    )


def longest_pause(settings: Settings) -> timedelta:
    """Return how long a server may have a firm left alone."""
    return timedelta(seconds=settings.longest_pause_s)


def document_pace(settings: Settings) -> Pace:
    """A few documents at a time, each of which may take long."""
    return replace(pace(settings), within=timedelta(seconds=settings.document_limit_s), lanes=4, per_lane=1)


def reading_pace(settings: Settings) -> ReadingPace:
    """A case is not read twice for one tick, however short that is set."""
    usual = ReadingPace()
    unread_for = min(usual.unread_for, timedelta(seconds=settings.shared_notes_every_s / 2))
    slice_ = min(usual.slice_, timedelta(seconds=1.25 * settings.slice_s))
    return replace(usual, unread_for=unread_for, slice_=slice_)


def cases_slice(settings: Settings) -> timedelta:
    """Return how long one job of a run works before it hands over."""
    return min(SLICE, timedelta(seconds=1.5 * settings.slice_s))


def timetable(settings: Settings) -> dict[JobName, Every | Daily]:
    """Return when each timed job is due; a connection is probed an hour before its firm's nightly run."""
    span = timedelta(minutes=settings.night_span_min)
    return {
        JobName.SYNC_MESSAGES: Every(timedelta(seconds=settings.messages_every_s)),
        JobName.SYNC_DOCUMENTS: Every(timedelta(seconds=settings.documents_every_s)),
        JobName.SYNC_CASES: Daily(settings.cases_at_utc, span),
        JobName.SYNC_SHARED_NOTES: Every(timedelta(seconds=settings.shared_notes_every_s)),
        JobName.PROBE_CONNECTIONS: Daily(_an_hour_before(settings.cases_at_utc), span),
    }


def _an_hour_before(moment: time) -> time:
    return (datetime.combine(date.min + timedelta(days=1), moment) - AHEAD_OF_THE_NIGHTLY_RUN).time()
