"""Ids by name: kept, asked for again, and found in rows where there is no list."""

import threading
from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest

from adapters.smartadvocate.names import ASK_AGAIN, KEEP, KEEP_SEEN, Names
from core.errors import NeedsPersonError, PermissionMissingError, RateLimitedError, TransientError
from core.reason import Reason
from tests.fakes import FakeClock
from tests.fakes.samples import a_firm

FIRM = a_firm()


class Server:
    """Answers, and counts how often it was asked."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.names = Names(self.clock.now)
        self.listed: dict[str, str] = {"Plaintiff": "57", "Case": "51"}
        self.in_rows: dict[str, str] = {}
        self.error: Exception | None = None
        self.asked = {"list": 0, "rows": 0}

    def find(self, name: str) -> str | None:
        return self.names.find(FIRM, name, self._list, self._rows).id

    def _list(self) -> Mapping[str, str]:
        self.asked["list"] += 1
        if self.error:
            raise self.error
        return dict(self.listed)

    def _rows(self) -> Mapping[str, str]:
        self.asked["rows"] += 1
        return dict(self.in_rows)


def test_a_list_is_asked_for_once_and_again_after_ten_minutes() -> None:
    server = Server()
    assert [server.find(name) for name in ("Plaintiff", "Case", "Plaintiff")] == ["57", "51", "57"]
    assert server.asked == {"list": 1, "rows": 0}
    server.listed["Plaintiff"] = "99"
    server.clock.advance(KEEP)
    assert server.find("Plaintiff") == "99"


def test_a_missing_name_is_looked_for_again_after_a_minute_and_not_before() -> None:
    server = Server()
    assert [server.find("New type") for _ in range(50)] == [None] * 50
    assert server.asked["list"] == 1
    server.listed["New type"] = "60"
    server.clock.advance(ASK_AGAIN)
    assert server.find("New type") == "60"


@pytest.mark.parametrize(
    "error",
    [
        NeedsPersonError("no such route", reason=Reason.ROUTE_UNKNOWN),
        PermissionMissingError("not allowed"),
        TransientError("500"),
    ],
)
def test_without_a_list_the_names_in_rows_count(error: Exception) -> None:
    server = Server()
    server.error = error
    server.in_rows = {"Plaintiff": "57"}
    assert server.find("Plaintiff") == "57"
    assert server.find("Call") is None
    assert server.asked == {"list": 1, "rows": 1}


def test_names_seen_in_rows_that_were_read_anyway_need_no_reading_of_their_own() -> None:
    server = Server()
    server.error = NeedsPersonError("no such route")
    server.names.observe(FIRM, {"Plaintiff": "57"})
    assert server.find("Plaintiff") == "57"
    assert server.asked["rows"] == 0
    server.clock.advance(KEEP_SEEN)
    assert server.find("Plaintiff") is None


def test_a_rate_limit_is_told_and_nothing_more_is_asked() -> None:
    server = Server()
    server.error = RateLimitedError("slow down", retry_after=timedelta(seconds=7))
    with pytest.raises(RateLimitedError):
        server.find("Plaintiff")
    assert server.asked["rows"] == 0


def test_of_many_threads_one_asks() -> None:
    server = Server()
    found: list[str | None] = []

    def look() -> None:
        found.append(server.find("Plaintiff"))

    together = [threading.Thread(target=look) for _ in range(16)]
    _run(together, lambda thread: thread.start())
    _run(together, lambda thread: thread.join())
    assert found == ["57"] * 16
    assert server.asked["list"] == 1


def _run(threads: list[threading.Thread], do: Callable[[threading.Thread], None]) -> None:
    for thread in threads:
        do(thread)
