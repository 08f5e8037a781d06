"""What all answers share: lists, ids, texts, instants."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.smartadvocate import wire


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2024-08-14T19:02:41.41Z", datetime(2024, 8, 14, 19, 2, 41, 410000, UTC)),
        ("2024-08-14T19:02:41.663Z", datetime(2024, 8, 14, 19, 2, 41, 663000, UTC)),
        ("2024-08-14T19:02:00Z", datetime(2024, 8, 14, 19, 2, tzinfo=UTC)),
        ("2025-11-05T08:15:30.107-08:00", datetime(2025, 11, 5, 16, 15, 30, 107000, UTC)),
        ("2025-10-05T08:15:30.107-07:00", datetime(2025, 10, 5, 15, 15, 30, 107000, UTC)),
        ("2025-10-05T08:15:30.1234567+00:00", datetime(2025, 10, 5, 8, 15, 30, 123456, UTC)),
        ("2025-10-05T08:15:30", datetime(2025, 10, 5, 8, 15, 30, tzinfo=UTC)),
        ("2025-10-05", datetime(2025, 10, 5, tzinfo=UTC)),
        ("2025-10-05t08:15:30z", datetime(2025, 10, 5, 8, 15, 30, tzinfo=UTC)),
        (" 2025-10-05T08:15:30Z\r\n", datetime(2025, 10, 5, 8, 15, 30, tzinfo=UTC)),
        ("/Date(1759652130000)/", datetime(2025, 10, 5, 8, 15, 30, tzinfo=UTC)),
        ("/Date(1759652130107-0700)/", datetime(2025, 10, 5, 8, 15, 30, 107000, UTC)),
        ("\\/Date(1759652130000+0530)\\/", datetime(2025, 10, 5, 8, 15, 30, tzinfo=UTC)),
    ],
)
def test_any_offset_and_any_fraction_is_read_into_utc(written: str, meant: datetime) -> None:
    read = wire.instant(written)
    assert read == meant
    assert read.utcoffset() == timedelta(0)


def test_a_time_without_zone_is_in_the_zone_of_the_firms_profile() -> None:
    read = wire.instant("2025-07-01T08:00:00", ZoneInfo("America/New_York"))
    assert read == datetime(2025, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        "0001-01-01T00:00:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-10:00",
        "soon",
        "05/01/2026",
        "1/2/2026 12:00:00 AM",
        "/Date(-62135596800000)/",
        "/Date(-2208988800000-0500)/",
        "/Date(0)/",
        "/Date(3453235200000)/",
        "/Date(999999999999999)/",
        "/Date(1759652130000+9999)/",
        "/Date(1759652130000",
        "/Date(soon)/",
        "1759652130000",
        1759652130000,
        True,
        {"date": "2025-10-05"},
        "2024-05-01T00:00:00." + "0" * 100_000,
        "\ud83d",
        "",
        None,
        7,
        [],
    ],
)
def test_an_absurd_date_is_no_date(written: Any) -> None:
    assert wire.instant(written) is None
    assert wire.calendar_date(written) is None


@pytest.mark.parametrize("zone", [None, ZoneInfo("America/Los_Angeles"), ZoneInfo("Pacific/Kiritimati")])
@pytest.mark.parametrize("written", ["1900-01-01T00:00:00", "1970-01-01T00:00:00", "2079-06-06T00:00:00"])
def test_what_stands_for_no_date_does_so_in_every_zone(written: str, zone: ZoneInfo | None) -> None:
    assert wire.instant(written, zone) is None


@pytest.mark.parametrize("written", ["1969-12-31T19:00:00", "1970-01-01T05:00:00Z", "1970-01-01T14:00:00"])
def test_the_beginning_of_1970_is_no_day_wherever_it_was_written(written: str) -> None:
    assert wire.calendar_date(written) is None


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("1904-01-02T00:00:00", date(1904, 1, 2)),
        ("1969-12-31T00:00:00", date(1969, 12, 31)),
        ("1962-07-09T00:00:00", date(1962, 7, 9)),
        ("1970-01-01T14:30:00", date(1970, 1, 1)),
        ("1970-01-02T00:00:00Z", date(1970, 1, 2)),
        ("2079-06-05T00:00:00", date(2079, 6, 5)),
    ],
)
def test_an_old_incident_and_a_day_to_come_are_days(written: str, day: date) -> None:
    assert wire.calendar_date(written) == day


@pytest.mark.parametrize(
    "written",
    [
        "2024-05-01T00:00:00Z",
        "2024-05-01T00:00:00-07:00",
        "2024-04-30T17:00:00-07:00",
        "2024-05-01T02:00:00+02:00",
        "2024-05-01T00:00:00",
        "2024-05-01",
        "2024-05-01T21:30:00-07:00",
    ],
)
def test_a_day_is_the_same_day_in_any_deployments_offset(written: str) -> None:
    assert wire.calendar_date(written) == date(2024, 5, 1)


def test_a_window_is_written_in_utc_with_z() -> None:
    local = datetime(2024, 3, 1, 1, 0, tzinfo=timezone(timedelta(hours=-5)))
    assert wire.moment_from(local) == "2024-03-01T06:00:00.000Z"
    assert wire.moment_until(local + timedelta(microseconds=1)) == "2024-03-01T06:00:00.001Z"


@pytest.mark.parametrize(
    "answer",
    [
        [{"a": 1}],
        {"records": [{"a": 1}]},
        {"Records": [{"a": 1}], "x": []},
        {"pageRequest": {}, "cases": [{"a": 1}]},
        {"records": None, "cases": [{"a": 1}]},
        {"records": [], "Records": None, "cases": [{"a": 1}]},
        {"records": None, "RECORDS": [{"a": 1}]},
    ],
)
def test_a_list_comes_bare_or_as_records_or_under_its_plural_name(answer: Any) -> None:
    assert wire.rows(answer, "cases") == [{"a": 1}]


def test_an_empty_body_and_a_null_list_are_empty_lists() -> None:
    assert wire.rows(wire.load(b"  "), "cases") == []
    assert wire.rows({"records": None}, "cases") == wire.rows({"records": [], "cases": None}, "cases") == []
    assert wire.rows({"pageRequest": {"totalRecords": 0}}, "cases") == []
    assert wire.rows({"message": "no records found", "totalCount": 0}, "cases") == []
    for several in (1, None, "0", False):
        with pytest.raises(wire.UnreadableError):
            wire.rows({"totalCount": several}, "cases")


@pytest.mark.parametrize("answer", [{"message": "no"}, "text", 5, {"records": {}}])
def test_anything_else_is_not_taken_for_an_empty_list(answer: Any) -> None:
    with pytest.raises(wire.UnreadableError):
        wire.rows(answer, "cases")


def test_an_envelope_from_the_profile_is_the_only_one_accepted() -> None:
    assert wire.rows({"items": [1], "records": [2]}, "cases", "items") == [1]
    with pytest.raises(wire.UnreadableError, match="bare list"):
        wire.rows([1], "cases", "items")
    with pytest.raises(wire.UnreadableError, match="array"):
        wire.rows({"records": []}, "cases", "array")


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (300417, "300417"),
        ("300417", "300417"),
        (300417.0, "300417"),
        ("0300417", "300417"),
        (" 300417   ", "300417"),
        ("300417\r\n", "300417"),
        (10**17, "1" + "0" * 17),
    ],
)
def test_an_id_is_a_positive_whole_number_however_it_is_written(value: Any, read: str) -> None:
    assert wire.identifier(value) == read


@pytest.mark.parametrize(
    "value",
    [0, -1, True, None, "", "12a", "٣", 1.5, float("nan"), [], {}, "9" * 30, 10**30, 1e17, "3 00417", "+5"],
)
def test_anything_else_is_no_id(value: Any) -> None:
    assert wire.identifier(value) is None


def test_text_loses_what_cannot_be_stored_and_keeps_the_rest() -> None:
    assert wire.text("Zoë\x00 \ud800 O'Brien\n", 100) == "Zoë  \ufffd O'Brien "
    assert wire.text("a" * 5_000_000, 200) == "a" * 200
    assert wire.text(2400017, 10) == wire.text(2400017.0, 10) == "2400017"
    assert wire.text(1.5, 10) == wire.text(10**30, 10) == wire.text(float("inf"), 10) == ""
    assert wire.text(True, 10) == wire.text(None, 10) == wire.text({}, 10) == ""


def test_bytes_that_are_no_utf_8_do_not_lose_the_rest_of_the_answer() -> None:
    assert wire.load(b'[{"name": "Mu\xf1oz"}, {"name": "ok"}]') == [{"name": "Mu\ufffdoz"}, {"name": "ok"}]
    assert wire.load(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("body", [b"<html>", b'[{"a": 1}', b"[" * 100_000, b"1" * 10_000, b'{"a": 01}'])
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(wire.UnreadableError, match="JSON"):
        wire.load(body)


@pytest.mark.parametrize(
    ("answer", "number"),
    [
        ({"cases": [], "pageRequest": {"totalRecords": 47}}, 47),
        ({"records": [], "totalCount": 0}, 0),
        ({"records": [], "TotalRecords": 9}, 9),
        ({"records": [], "totalRecords": "47"}, None),
        ({"records": [], "totalRecords": -1}, None),
        ({"records": [], "totalRecords": 10**30}, None),
        ({"records": [], "totalRecords": True}, None),
        ({"records": []}, None),
        ([], None),
        (None, None),
    ],
)
def test_a_total_is_read_where_the_server_tells_one(answer: object, number: int | None) -> None:
    assert wire.total(answer) == number


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("/Date(1777593600000)/", date(2026, 5, 1)),
        ("/Date(1777608000000-0400)/", date(2026, 5, 1)),
        ("/Date(1777593600000-0400)/", date(2026, 5, 1)),
    ],
)
def test_a_day_as_net_writes_it_is_the_midnight_it_stands_for(written: str, day: date) -> None:
    assert wire.calendar_date(written) == day


NAMED_MONTHS = [
    "Mon Nov 02 2026 12:00:00 GMT-0500 (Eastern Standard Time)",
    "Mon Nov 02 2026 18:00:00 GMT+0100 (Central European Standard Time)",
    "Mon, 02 Nov 2026 17:00:00 GMT",
    "Nov  2 2026 12:00PM",
    "Nov  2 2026 12:00:00:000PM",
    "02 Nov 2026 12:00:00:000",
    "November 2, 2026, 12:00 pm",
    "2026/11/02 12:00:00",
    "2026-11-02T17:00:00Z[UTC]",
    "2026-11-02T12:00:00-05:00[America/New_York]",
]


@pytest.mark.parametrize("written", NAMED_MONTHS)
def test_a_time_is_read_where_nobody_could_read_another(written: str) -> None:
    assert wire.instant(written, ZoneInfo("America/New_York")) == datetime(2026, 11, 2, 17, tzinfo=UTC)
    assert wire.calendar_date(written) == date(2026, 11, 2)


@pytest.mark.parametrize(
    "written",
    [
        *("Jan  1 1900 12:00AM", "Dec 31 9999 11:59PM", "Jan 1 1970", "Jun  6 2079 11:59PM"),
        *("11/2/2026", "2/11/2026 12:00:00 PM", "02-NOV-26", "Nov 31 2026", "2026/2/11", "2026/11/02/1"),
        *("Anf 2 2026", "Marchy 2 2026", "Nov 2 2026 13:00PM", "Nov 2 2026 0:00AM", "Nov 2 2026 24:00"),
        *("Nov 2 2026 12:00 +25:00", "Nov \uff12 2026", "Nov 2 2026 12:00 (x", "(" * 79, "a " * 39, "1" * 79),
    ],
)
def test_what_has_two_readings_or_none_is_no_time(written: str) -> None:
    assert wire.instant(written) is None
    assert wire.calendar_date(written) is None
