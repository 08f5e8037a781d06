"""Cursors: opaque, the same place back, and of one list alone."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.web.api.v1.announcements_schemas import position_from, position_text
from adapters.web.api.v1.cursors import BadCursorError, decode, encode, list_name
from adapters.web.pages.shell.cursor import from_text, to_text
from core.queries.announcements import Position

TIMES = st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - Hypothesis adds the zone
NUMBERS = st.integers(0, 2**63 - 1)


@given(TIMES, st.text().filter(lambda text: not text.startswith("@") and "\0" not in text))
def test_a_time_and_an_id_come_back(at: datetime, name: str) -> None:
    assert decode(encode((at, name), "a list"), "a list", datetime, str) == (at, name)


@given(NUMBERS)
def test_a_number_comes_back_in_its_own_list_alone(number: int) -> None:
    cursor = encode((number,), list_name("/v1/runs", {"firm_id": "north", "kind": None}))
    assert decode(cursor, list_name("/v1/runs", {"firm_id": "north"}), int) == (number,)
    for other in (list_name("/v1/runs", {}), list_name("/v1/audit", {"firm_id": "north"})):
        with pytest.raises(BadCursorError):
            decode(cursor, other, int)
    for kinds in ((str,), (int, int), (datetime,)):
        with pytest.raises(BadCursorError):
            decode(cursor, list_name("/v1/runs", {"firm_id": "north"}), *kinds)


@given(st.text())
def test_nothing_else_is_a_cursor(text: str) -> None:
    with pytest.raises(BadCursorError):
        decode(text, "a list", int)
    with pytest.raises(BadCursorError):
        decode(text, "a list", datetime, str)


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00"])
def test_a_cursor_to_beyond_the_calendar_is_none(time: str) -> None:
    forged = encode((f"@{time}", "x"), "a list")
    with pytest.raises(BadCursorError):
        decode(forged, "a list", datetime, str)


@pytest.mark.parametrize("text", ["x\0", "\ud800"])
def test_what_no_row_could_hold_is_no_place_of_a_list_or_a_page(text: str) -> None:
    with pytest.raises(BadCursorError):
        decode(encode((text,), "a list"), "a list", str)
    assert from_text(to_text((text,)), str) is None


def test_no_cursor_is_no_place() -> None:
    assert decode(None, "a list", int) is None


@given(st.text().filter(lambda text: "\0" not in text), NUMBERS)
def test_a_place_of_a_page_comes_back_as_what_it_is_alone(text: str, number: int) -> None:
    assert from_text(to_text((text, text)), str, str) == (text, text)
    assert from_text(to_text((number,)), int) == (number,)
    assert from_text(to_text((number,)), str) is from_text(to_text((text,)), str, str) is None


@pytest.mark.parametrize(
    "written", ["[" * 50_000, "{}", "7", "[true]", "[-1]", f"[{2**63}]", "[1e400]", "[null]"]
)
def test_nothing_else_is_a_place_of_a_page(written: str) -> None:
    assert from_text(urlsafe_b64encode(written.encode()).decode(), int) is None


@given(NUMBERS.filter(lambda number: number < 10**18), st.one_of(st.none(), TIMES))
def test_a_position_comes_back_to_the_second(place: int, at: datetime | None) -> None:
    whole = at.replace(microsecond=0) if at else None
    assert position_from(position_text(Position(place, at))) == Position(place, whole)


@pytest.mark.parametrize("text", ["", "5", "-", "5-x", "5-1-1", " 5-", "５-", f"{10**18}-"])
def test_nothing_else_is_a_position(text: str) -> None:
    with pytest.raises(BadCursorError):
        position_from(text)
