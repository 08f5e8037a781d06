"""What is away is said once, then ever more rarely; what waits for it tries ever more rarely."""

import pytest
import structlog

from adapters.system.process import LONGEST_PAUSE_S, patiently
from core.complaint import Complaint
from core.errors import TransientError
from core.reason import Reason


class Time:
    """A clock that goes on when somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds


def test_a_trouble_is_news_when_it_begins_and_ever_more_rarely_while_it_lasts() -> None:
    time = Time()
    complaint = Complaint(time)
    said_at = []
    for second in range(3600):
        time.now_s = second
        if complaint.is_news("the database is away"):
            said_at.append(second)
    assert said_at == [0, 60, 360, 1260, 2160, 3060]


def test_another_trouble_is_news_and_the_first_is_none_again_because_of_it() -> None:
    complaint = Complaint(Time())
    assert [complaint.is_news(what) for what in ("a", "b", "a", "b", "a")] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_after_it_is_over_the_same_trouble_is_news_again() -> None:
    time = Time()
    complaint = Complaint(time)
    assert complaint.over() is None
    assert complaint.is_news("away")
    time.now_s = 7.0
    assert complaint.over() == 7.0
    assert complaint.over() is None
    assert complaint.is_news("away")


def test_what_is_missing_at_the_start_is_one_line_and_looked_for_with_growing_pauses() -> None:
    """Seen: the same line 118 times in a minute."""
    time = Time()

    def step() -> None:
        raise TransientError("the database lacks 3 migrations", reason=Reason.SCHEMA_BEHIND)

    with structlog.testing.capture_logs() as said, pytest.raises(TransientError, match="lacks 3"):
        patiently(step, sleep=time.sleep, monotonic=time)
    [line] = said
    assert (line["event"], line["log_level"], line["reason"]) == ("waiting", "warning", "schema_behind")
    assert time.now_s == pytest.approx(60)
    assert time.slept[:-1] == sorted(time.slept[:-1])
    assert max(time.slept) <= LONGEST_PAUSE_S
    assert len(time.slept) < 20


def test_what_comes_meanwhile_is_told_quietly() -> None:
    time = Time()
    answers = [TransientError("away"), TransientError("away"), None]

    def step() -> str:
        answer = answers.pop(0)
        if answer is not None:
            raise answer
        return "here"

    with structlog.testing.capture_logs() as said:
        assert patiently(step, sleep=time.sleep, monotonic=time) == "here"
    assert [(line["event"], line["log_level"]) for line in said] == [
        ("waiting", "warning"),
        ("waited", "info"),
    ]


def test_what_is_there_at_once_is_not_spoken_of() -> None:
    with structlog.testing.capture_logs() as said:
        assert patiently(lambda: 1) == 1
    assert said == []
