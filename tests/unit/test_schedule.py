"""A slot is an instant that every scheduler computes alike."""

from datetime import UTC, datetime, time, timedelta

import pytest

from bootstrap import paces
from bootstrap.settings import Settings
from core.schedule import TIMETABLE, Daily, Every, JobName


def test_the_timetable_is_that_of_the_walkthrough() -> None:
    assert {
        JobName.SYNC_MESSAGES: Every(timedelta(minutes=2)),
        JobName.SYNC_DOCUMENTS: Every(timedelta(minutes=20)),
        JobName.SYNC_CASES: Daily(time(21, 15), timedelta(minutes=45)),
        JobName.SYNC_SHARED_NOTES: Every(timedelta(minutes=2)),
        # An hour ahead; ours, not the walkthrough's.
        JobName.PROBE_CONNECTIONS: Daily(time(20, 15), timedelta(minutes=45)),
    } == TIMETABLE


def test_an_installation_that_sets_nothing_has_the_timetable_of_the_walkthrough() -> None:
    assert paces.timetable(Settings()) == TIMETABLE


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("12:01:59.999999", "12:00:00"),
        ("12:02:00", "12:02:00"),
        ("12:02:00.000001", "12:02:00"),
        ("00:00:00", "00:00:00"),
    ],
)
def test_messages_are_due_at_every_even_minute(now: str, slot: str) -> None:
    latest = TIMETABLE[JobName.SYNC_MESSAGES].latest(datetime.fromisoformat(f"2026-11-02T{now}+00:00"))
    assert latest == datetime.fromisoformat(f"2026-11-02T{slot}+00:00")


@pytest.mark.parametrize(("now", "day"), [("21:14:59", 1), ("21:15:00", 2), ("23:59:59", 2), ("00:00:00", 1)])
def test_the_night_begins_at_2115_utc(now: str, day: int) -> None:
    latest = TIMETABLE[JobName.SYNC_CASES].latest(datetime.fromisoformat(f"2026-11-02T{now}+00:00"))
    assert latest == datetime(2026, 11, day, 21, 15, tzinfo=UTC)


def test_clocks_that_change_to_summer_time_move_no_slot() -> None:
    for day in (datetime(2026, 3, 8, 22, tzinfo=UTC), datetime(2026, 11, 1, 22, tzinfo=UTC)):
        assert TIMETABLE[JobName.SYNC_CASES].latest(day) == day.replace(hour=21, minute=15)
