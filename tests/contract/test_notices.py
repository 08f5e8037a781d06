"""What notices promise (`core.ports.notices.Notices`)."""

import logging
from collections.abc import Callable, Iterator

import pytest
import structlog
from structlog.testing import capture_logs

from adapters.system.notices import LogNotices
from core.event import EventKind
from core.ports.notices import Notices
from core.written_twice import WrittenTwice
from tests.fakes.notices import FakeNotices

TWICE = WrittenTwice(7, "north", EventKind.MESSAGE_SENT, "300417", "72", "71")


class InMemory:
    def __init__(self) -> None:
        self.fake = FakeNotices()
        self.notices: Notices = self.fake

    def errors(self) -> list[tuple[str, str]]:
        return self.fake.errors

    def twice(self) -> list[tuple[str, str]]:
        return [(found.kept_id, found.stray_id) for found in self.fake.twice]


class Logged:
    def __init__(self, lines: list, count: Callable[[str, str], None] | None = None) -> None:  # type: ignore[type-arg]  # of structlog's, any
        self.counted: list[tuple[str, str]] = []
        self.lines = lines
        self.notices: Notices = LogNotices(count or (lambda *counted: self.counted.append(counted)))

    def errors(self) -> list[tuple[str, str]]:
        told = [
            (line["doing"], line["error_chain"][0]["type"])
            for line in self.lines
            if line["event"] == "unexpected_error" and line["log_level"] == "error"
        ]
        assert self.counted == told
        return told

    def twice(self) -> list[tuple[str, str]]:
        return [
            (line["kept_id"], line["stray_id"]) for line in self.lines if line["event"] == "written_twice"
        ]


@pytest.fixture(params=["in memory", "in the log"])
def subject(request: pytest.FixtureRequest) -> Iterator[InMemory | Logged]:
    structlog.reset_defaults()
    logging.getLogger().setLevel(logging.WARNING)
    with capture_logs() as lines:
        yield InMemory() if request.param == "in memory" else Logged(lines)


def test_an_unexpected_error_is_told_with_its_type(subject: InMemory | Logged) -> None:
    for error in (KeyError("a client's secret"), RecursionError()):
        subject.notices.unexpected(error, "deliver", firm="north", delivery_id=7)
    assert subject.errors() == [("deliver", "builtins.KeyError"), ("deliver", "builtins.RecursionError")]


def test_what_is_there_twice_is_told_with_both_ids(subject: InMemory | Logged) -> None:
    subject.notices.written_twice(TWICE)
    assert subject.twice() == [("72", "71")]


def test_a_line_of_the_log_has_places_and_ids_and_no_words() -> None:
    with capture_logs() as lines:
        notices = LogNotices(lambda *_: None)
        try:
            raise ValueError("a client's secret")  # noqa: TRY301 - as a library would
        except ValueError as error:
            notices.unexpected(error, "deliver", firm="north", delivery_id=7)
    [line] = lines
    assert "secret" not in repr(line)
    assert (line["firm"], line["delivery_id"]) == ("north", 7)
    assert "test_notices.py" in line["error_chain"][0]["frames"][0]


def test_a_count_that_fails_does_no_harm() -> None:
    def fail(*_: str) -> None:
        raise OSError

    with capture_logs() as lines:
        LogNotices(fail).unexpected(KeyError(), "deliver")
    assert [line["event"] for line in lines] == ["unexpected_error", "unexpected_error_not_counted"]
