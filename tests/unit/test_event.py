"""An upstream event is judged by the contract; its refusal names the field and never the content."""

import json
import random
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.document import DocumentUploaded, compose_document
from core.errors import InvalidEventError
from core.event import (
    MAX_ATTACHMENTS,
    MAX_DOCUMENT_BYTES,
    MAX_EVENT_BYTES,
    MAX_NAME_CHARACTERS,
    MAX_TEXT_BYTES,
    EventKind,
    UpstreamEvent,
    content_from_data,
    parse_event,
)
from core.event_fields import MAX_ID_CHARACTERS
from core.message import MessageSent, compose_note
from tests.fakes.samples import a_document, a_message, document_data, event_body, message_data
from tests.unit.judging import DOCUMENT, MESSAGE, SECRET, judged, refusal


def without(data: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != name}


def test_a_message_is_read_with_all_its_parts() -> None:
    event = parse_event(event_body(message_data(attachments=["a.pdf", "ü.png"])), expected=MESSAGE)
    assert (event.kind, event.event_id, event.source) == (MESSAGE, "event-m-1", "case-status")
    assert (event.firm_id, event.case_integration_id, event.subject_id) == ("north", "300417", "m-1")
    assert event.occurred_at == datetime(2026, 11, 2, 11, 0, tzinfo=UTC)
    assert event.content.to_data()["text"] == "When is my appointment?"
    assert event.content.to_data()["attachments"] == ["a.pdf", "ü.png"]


def test_a_document_is_read_with_all_its_parts() -> None:
    event = parse_event(event_body(document_data(sha256="AB" * 32), DOCUMENT))
    assert (event.kind, event.subject_id) == (DOCUMENT, "d-1")
    assert event.content.to_data()["sha256"] == "ab" * 32
    assert a_document().content.to_data()["sha256"] is None


def test_what_the_contract_does_not_name_is_dropped() -> None:
    event = parse_event(event_body(message_data(ssn="123-45-6789", extra={"deep": 1})))
    assert "ssn" not in event.content.to_data()
    assert "extra" not in event.content.to_data()


def test_attachments_may_be_absent() -> None:
    assert (
        parse_event(event_body(without(message_data(), "attachments"))).content.to_data()["attachments"] == []
    )


@pytest.mark.parametrize(
    "said", ["2026-11-02T12:00:00+01:00", "2026-11-02t11:00:00z", "2026-11-02T05:00:00.000-06:00"]
)
def test_equal_instants_are_equal_events_however_their_zone_is_written(said: str) -> None:
    assert a_message(sent_at=said) == a_message()


def test_the_order_of_fields_and_the_envelope_do_not_change_what_an_event_means() -> None:
    shuffled = list(message_data().items())
    random.Random(5).shuffle(shuffled)
    other = parse_event(
        event_body(dict(shuffled), id="another", source="elsewhere", time="2026-11-03T00:00:00Z")
    )
    assert other.digest == a_message().digest


@pytest.mark.parametrize("field", ["text", "sender_name", "direction", "sent_at", "case_integration_id"])
def test_other_content_has_another_digest(field: str) -> None:
    changed = {"direction": "outbound", "sent_at": "2026-11-02T11:00:01Z"}.get(field, "999")
    assert a_message(**{field: changed}).digest != a_message().digest


def test_an_event_does_not_show_its_content() -> None:
    assert SECRET not in repr(a_message(text=SECRET))


@pytest.mark.parametrize(
    "body", [b"", b"{", b"\xff\xfe", b"null", b"[]", b'"text"', b"12", b"NaN", b"{} {}", b"[" * 100_000]
)
def test_what_is_no_json_object_is_malformed(body: bytes) -> None:
    assert refusal(body).reason == "malformed"


def test_an_event_of_the_largest_size_passes_and_one_byte_more_is_oversized() -> None:
    body = event_body(message_data())
    assert parse_event(body + b" " * (MAX_EVENT_BYTES - len(body)))
    error = refusal(body + b" " * (MAX_EVENT_BYTES - len(body) + 1))
    assert error.reason == "oversized"
    assert str(MAX_EVENT_BYTES) in str(error)


@pytest.mark.parametrize("version", ["0.3", 1.0, None])
def test_another_envelope_is_foreign(version: object) -> None:
    assert refusal(event_body(message_data(), specversion=version)).reason == "foreign"


def test_an_unknown_type_is_told_with_the_known_ones() -> None:
    error = refusal(event_body(message_data(), type="message-read"))
    assert error.reason == "unknown_type"
    assert "message-sent" in str(error)


def test_an_event_in_the_wrong_place_is_foreign() -> None:
    assert refusal(event_body(message_data()), expected=DOCUMENT).reason == "foreign"


@pytest.mark.parametrize("name", ["id", "source", "type"])
@pytest.mark.parametrize("value", [None, "", " \t", 7, ["x"]])
def test_the_envelope_names_are_required_text(name: str, value: Any) -> None:
    error = refusal(event_body(message_data(), **{name: value}))
    assert error.reason == "malformed"
    assert name in str(error)


def test_a_subject_that_names_another_case_contradicts() -> None:
    assert refusal(event_body(message_data(), subject="1")).reason == "contradictory"


def test_subject_and_time_of_the_envelope_may_be_absent() -> None:
    envelope = json.loads(event_body(message_data()))
    del envelope["subject"], envelope["time"]
    assert parse_event(json.dumps(envelope).encode()).case_integration_id == "300417"


@pytest.mark.parametrize("data", [None, [], "text", 3])
def test_data_must_be_an_object(data: Any) -> None:
    assert (
        refusal(json.dumps({**json.loads(event_body(message_data())), "data": data}).encode()).reason
        == "malformed"
    )


@pytest.mark.parametrize("name", [name for name in message_data() if name != "attachments"])
@pytest.mark.parametrize("value", [None, 5, True, [], {}])
def test_each_field_of_a_message_is_required_text(name: str, value: Any) -> None:
    error = refusal(event_body({**message_data(), name: value}, subject="300417"))
    assert error.reason == "malformed"
    assert name in str(error)
    assert refusal(event_body(without(message_data(), name), subject="300417")).reason == "malformed"


@pytest.mark.parametrize("name", list(document_data()))
def test_each_field_of_a_document_is_required(name: str) -> None:
    error = refusal(event_body(without(document_data(), name), DOCUMENT, subject="300417"))
    assert error.reason == "malformed"
    assert name in str(error)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("direction", "sideways"),
        ("direction", "Inbound"),
        ("sender_role", "judge"),
        ("attachments", "a.pdf"),
        ("attachments", [1]),
        ("sent_at", "2026-11-02"),
        ("sent_at", "2026-11-02T11:00:00"),
        ("sent_at", "2026-11-02 11:00:00Z"),
        ("sent_at", "2026-02-30T11:00:00Z"),
        ("sent_at", "0001-01-01T00:00:00+23:59"),
        ("sent_at", "yesterday"),
        ("message_id", "a\x00b"),
        ("message_id", "a\ud800"),
        ("case_integration_id", "\ud800"),
    ],
)
def test_a_message_with_a_value_that_is_none_is_malformed(name: str, value: Any) -> None:
    assert refusal(event_body(message_data(**{name: value}))).reason == "malformed"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size", -1),
        ("size", 1.5),
        ("size", True),
        ("size", "1024"),
        ("sha256", "xyz"),
        ("sha256", "ab" * 31),
        ("sha256", 5),
        ("content_url", "ftp://files/x"),
        ("content_url", "//files/x"),
    ],
)
def test_a_document_with_a_value_that_is_none_is_malformed(name: str, value: Any) -> None:
    assert refusal(event_body(document_data(**{name: value}), DOCUMENT)).reason == "malformed"


@pytest.mark.parametrize("scheme", ["https", "HTTPS", "Http"])
def test_the_scheme_of_a_documents_address_is_one_in_any_letter_case(scheme: str) -> None:
    url = f"{scheme}://files.example.com/d"
    event = parse_event(event_body(document_data(content_url=url), DOCUMENT))
    assert isinstance(event.content, DocumentUploaded)
    assert event.content.content_url == url


@pytest.mark.parametrize(
    ("name", "at_the_limit", "beyond"),
    [
        ("text", "é" * (MAX_TEXT_BYTES // 2), "é" * (MAX_TEXT_BYTES // 2) + "x"),
        ("message_id", "é" * MAX_ID_CHARACTERS, "x" * (MAX_ID_CHARACTERS + 1)),
        ("firm_id", "f" * MAX_ID_CHARACTERS, "f" * (MAX_ID_CHARACTERS + 1)),
        ("sender_name", "n" * MAX_NAME_CHARACTERS, "n" * (MAX_NAME_CHARACTERS + 1)),
        ("attachments", ["a"] * MAX_ATTACHMENTS, ["a"] * (MAX_ATTACHMENTS + 1)),
    ],
)
def test_limits_are_inclusive(name: str, at_the_limit: Any, beyond: Any) -> None:
    assert parse_event(event_body(message_data(**{name: at_the_limit}), id="e"))
    assert refusal(event_body(message_data(**{name: beyond}), id="e")).reason == "oversized"


def test_an_empty_text_and_any_unicode_pass() -> None:
    assert a_message(text="").content.to_data()["text"] == ""
    text = "שלום\r\n\t\U0001f600 a\u0301 \u202e <script>"
    assert a_message(text=text).content.to_data()["text"] == text


ODD: dict[str, Any] = {
    "text": "Grüße ‘ß’ \n\t😀",
    "attachments": ["a.pdf", "ü.png"],
    "sent_at": "2026-11-02T06:00:00.250-05:00",
    "direction": "outbound",
    "sender_role": "staff",
    "extra": "x",
}


@pytest.mark.parametrize(
    ("event", "digest"),
    [
        (a_message(), "a8d62d864f4c2628af44d02df7d7cbc5db8f0de936691b7b1997b0ff34bb7b6e"),
        (a_message(**ODD), "3544b721d51606e88a0ad09ba20cd2de3a1a69f0ccb50599ae0a34bc25381cf5"),
        (
            a_message(**ODD, origin_note_id="n-7"),
            "a7a54f7ee95b98995ecd105f821101b5671a95ca6c90b06feac7fbd9ab05586c",
        ),
        (a_document(), "e055feaca5b0166ffbdc595cd33daf9cb0156d047cd17ecc961c4b4400b185ca"),
        (
            a_document(file_name="Röntgen.pdf", sha256="AB" * 32),
            "71b9aa89d0cf68ca5cdcc6d8debf7974de1e7a6373b9d721bf8fa4cfa9ee4a65",
        ),
    ],
)
def test_a_digest_stays_what_it_was_since_the_inbox_holds_older_ones(
    event: UpstreamEvent, digest: str
) -> None:
    assert event.digest == digest


@pytest.mark.parametrize("event", [a_message(**ODD, origin_note_id="n-7"), a_message(), a_document()])
def test_what_is_stored_of_an_event_is_read_again_as_it_was_whatever_was_added_to_it(
    event: UpstreamEvent,
) -> None:
    stored = json.loads(json.dumps(event.content.to_data() | {"earlier_urls": ["https://old"], "more": 1}))
    assert content_from_data(event.kind, stored) == event.content


@pytest.mark.parametrize("event", [a_message(**ODD), a_document(sha256="AB" * 32)])
def test_what_was_purged_is_read_as_empty_and_keeps_its_ids(event: UpstreamEvent) -> None:
    private = {"text", "sender_name", "attachments", "file_name", "uploaded_by", "content_url"}
    kept = {name: value for name, value in event.content.to_data().items() if name not in private}
    content = content_from_data(event.kind, kept)
    assert content is not None
    assert (content.firm_id, content.subject_id, content.occurred_at) == (
        event.firm_id,
        event.subject_id,
        event.occurred_at,
    )


@pytest.mark.parametrize("event", [a_message(text="secret"), a_document(file_name="secret")])
def test_content_is_not_shown_where_it_is_printed(event: UpstreamEvent) -> None:
    assert "secret" not in repr(event.content)


# --- what null, and a whole number, are

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("name", ["subject", "time", "datacontenttype", "dataschema", "myextension"])
def test_an_attribute_that_is_null_is_not_there(name: str) -> None:
    changes: dict[str, Any] = {name: None}
    assert parse_event(event_body(message_data(), **changes)) == parse_event(event_body(message_data()))


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type"])
def test_a_required_attribute_that_is_null_is_missing(name: str) -> None:
    changes: dict[str, Any] = {name: None}
    assert refusal(event_body(message_data(), **changes)).reason in {"foreign", "malformed"}


def test_optional_fields_that_are_null_are_absent() -> None:
    assert a_message(attachments=None, origin_note_id=None) == a_message()
    assert a_document(sha256=None) == a_document()


@pytest.mark.parametrize("written", ["4", "4.0", "4e0", "4E0", "0.4e1", "40e-1", "4.000000000000000"])
def test_a_size_is_a_whole_number_however_it_is_written(written: str) -> None:
    body = event_body(document_data(size=77777), DOCUMENT).replace(b"77777", written.encode())
    assert parse_event(body).content.to_data()["size"] == 4
    assert parse_event(body).digest == a_document(size=4).digest


@pytest.mark.parametrize("written", ["4.5", "-1", "-1e300", "-0.5", "1e-300", '"4"', "true", "[]", "-1e999"])
def test_a_size_that_is_no_number_of_bytes_is_malformed(written: str) -> None:
    body = event_body(document_data(size=77777), DOCUMENT).replace(b"77777", written.encode())
    assert refusal(body).reason == "malformed"


@pytest.mark.parametrize(
    "written", ["1" + "0" * 20, "1" + "0" * 300, "1" + "0" * 5000, "1e300", "1e999", "1e13"]
)
def test_a_size_over_the_limit_is_refused_with_the_limit(written: str) -> None:
    body = event_body(document_data(size=77777), DOCUMENT).replace(b"77777", written.encode())
    error = refusal(body)
    assert error.reason == "oversized"
    assert str(MAX_DOCUMENT_BYTES) in str(error)
    assert parse_event(event_body(document_data(size=MAX_DOCUMENT_BYTES), DOCUMENT))


# --- when


@pytest.mark.parametrize(
    "said",
    [
        "0001-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:59",
        "0001-01-01T00:00:00-23:59",
        "1601-01-01T00:00:00Z",
        "1753-01-01T00:00:00Z",
        "1899-12-30T00:00:00Z",
        "1900-01-01T00:00:00Z",
        "1900-01-01T00:00:00-23:59",
        "1900-01-01T00:00:00+14:00",
        "1970-01-01T00:00:00Z",
        "1970-01-01T01:00:00+01:00",
        "1970-01-01T00:00:00-08:00",
        "1969-12-31T14:00:00Z",
        "1970-01-01T00:00:00.001Z",
        "1904-01-01T00:00:00-05:00",
        "9999-12-31T23:59:59.9999999Z",
        "9999-12-31T23:59:59-23:59",
        "9999-12-31T23:59:59+23:59",
        "9999-12-31T23:59:60Z",
        "2026-11-28T12:00:01Z",
        "2026-11-29T00:00:00+11:59",
        "2079-06-06T00:00:00Z",
    ],
)
@pytest.mark.parametrize("kind", EventKind)
def test_what_is_no_time_or_has_not_come_is_refused(kind: EventKind, said: str) -> None:
    data = message_data(sent_at=said) if kind is MESSAGE else document_data(uploaded_at=said)
    with pytest.raises(InvalidEventError, match=r"data\.(sent|uploaded)_at") as refused:
        parse_event(event_body(data, kind), now=NOW)
    assert refused.value.reason == "malformed"


@pytest.mark.parametrize(
    ("said", "instant"),
    [
        ("2026-11-28T12:00:00Z", datetime(2026, 11, 28, 12, 0, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2016-12-31T18:59:60.25-05:00", datetime(2017, 1, 1, 0, 0, 0, 250_000, tzinfo=UTC)),
        ("2015-07-01T09:59:60+10:00", datetime(2015, 7, 1, tzinfo=UTC)),
        ("2026-11-02T11:00:00.1Z", datetime(2026, 11, 2, 11, 0, 0, 100_000, tzinfo=UTC)),
        ("2026-11-02T11:00:00.1234567890123456789Z", datetime(2026, 11, 2, 11, 0, 0, 123_456, tzinfo=UTC)),
        (f"2026-11-02T11:00:00.{'0' * 100_000}Z", datetime(2026, 11, 2, 11, 0, tzinfo=UTC)),
        ("2026-11-02T11:00:00-00:00", datetime(2026, 11, 2, 11, 0, tzinfo=UTC)),
        ("2026-11-03T10:59:00+23:59", datetime(2026, 11, 2, 11, 0, tzinfo=UTC)),
        ("2026-11-01T11:01:00-23:59", datetime(2026, 11, 2, 11, 0, tzinfo=UTC)),
        ("2004-02-29T00:00:00z", datetime(2004, 2, 29, tzinfo=UTC)),
    ],
)
def test_every_time_of_rfc_3339_is_read_to_the_microsecond(said: str, instant: datetime) -> None:
    assert parse_event(event_body(message_data(sent_at=said)), now=NOW).occurred_at == instant
    assert parse_event(event_body(message_data(), time=said), now=NOW)


@pytest.mark.parametrize(
    "said",
    [
        "2026-11-02T24:00:00Z",
        "2026-11-02T23:60:00Z",
        "2026-11-02T12:00:60Z",
        "2026-11-02T23:59:60Z",
        "2026-11-02T23:59:61Z",
        "2026-13-01T00:00:00Z",
        "2026-02-29T00:00:00Z",
        "0000-00-00T00:00:00Z",
        "2026-11-02T11:00:00",
        "2026-11-02T11:00:00+24:00",
        "2026-11-02T11:00:00+0100",
        "2026-11-02T11:00:00+01",
        "2026-11-02T11:00:00,5Z",
        "2026-11-02T11:00:00.Z",
        "2026-11-02T11:00Z",
        "2026-11-02",
        "20261102T110000Z",
        "2026-W45-1T11:00:00Z",
        "２０２６-11-02T11:00:00Z",
        "+2026-11-02T11:00:00Z",
        " 2026-11-02T11:00:00Z",
        "1793617200",
        1793617200,
        1793617200.5,
        "",
    ],
)
def test_what_is_no_time_of_rfc_3339_is_malformed(said: object) -> None:
    assert refusal(event_body(message_data(sent_at=said))).reason == "malformed"
    assert refusal(event_body(message_data(), time=said)).reason == "malformed"


@pytest.mark.parametrize(
    "zone", ["Pacific/Kiritimati", "Etc/GMT+12", "America/New_York", "Asia/Kolkata", "UTC"]
)
@pytest.mark.parametrize("moment", [datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)])
def test_the_ends_of_the_calendar_are_shown_in_every_zone(zone: str, moment: datetime) -> None:
    stored = a_message().content.to_data() | {"sent_at": moment.isoformat()}
    content = content_from_data(MESSAGE, stored)
    assert isinstance(content, MessageSent)
    assert "Sent: " in compose_note(content, ZoneInfo(zone)).text
    stored = a_document().content.to_data() | {"uploaded_at": moment.isoformat()}
    document = content_from_data(DOCUMENT, stored)
    assert isinstance(document, DocumentUploaded)
    assert "Reference: " in compose_document(document, ZoneInfo(zone)).description


# --- which case


@pytest.mark.parametrize(
    "said",
    [
        "0300417",
        "+300417",
        "+0300417",
        " 300417 ",
        "\t300417\n",
        "\u00a0300417",
        "３００４１７",
        "٣٠٠٤١٧",
        "000300417",
        "\u200e300417\u200f",
        "\ufeff \u2066+0300417\u2069\u200b\n",
    ],
)
def test_a_case_id_is_the_number_however_it_is_written(said: str) -> None:
    event = parse_event(event_body(message_data(case_integration_id=said), subject="300417"))
    assert event.case_integration_id == "300417"
    assert event.content.to_data()["case_integration_id"] == "300417"
    assert parse_event(event_body(message_data(), subject=said)).case_integration_id == "300417"


@pytest.mark.parametrize(
    "said",
    [
        "3.00417e5",
        "3.00417E+05",
        "300417.0",
        "CASE-300417",
        "#300417",
        "-300417",
        "300 417",
        "300,417",
        "0x1",
    ],
)
def test_what_is_no_whole_number_is_left_as_it_is(said: str) -> None:
    event = parse_event(event_body(message_data(case_integration_id=said)))
    assert event.case_integration_id == said


# --- all faults at once, and what JSON may hold


def test_every_field_that_is_wrong_is_told_at_once() -> None:
    data = message_data(direction="sideways", sent_at="yesterday", text=5, attachments="a", sender_name="")
    error = refusal(event_body(without(data, "message_id"), id="", time="now", subject="300417"))
    assert [fault.field for fault in error.faults] == [
        "id",
        "time",
        "data.message_id",
        "data.direction",
        "data.sender_name",
        "data.text",
        "data.sent_at",
        "data.attachments",
    ]
    assert all(fault.detail.startswith(fault.field) and fault.detail in str(error) for fault in error.faults)


@pytest.mark.parametrize("where", ["envelope", "data", "extension"])
def test_a_name_that_stands_twice_is_refused(where: str) -> None:
    body = event_body(message_data(extra={"a": 1}))
    twice = {
        "envelope": body.replace(b'"source":', b'"source": "x", "source":'),
        "data": body.replace(b'"text":', b'"text": "other", "text":'),
        "extension": body.replace(b'"a": 1', b'"a": 1, "\\u0061": 2'),
    }[where]
    assert refusal(twice).reason == "malformed"
    assert "twice" in str(refusal(twice))


@pytest.mark.parametrize(
    ("depth", "passes"), [(60, True), (63, True), (64, False), (1_000, False), (100_000, False)]
)
def test_what_is_nested_deeper_than_the_limit_is_refused(depth: int, passes: bool) -> None:
    nested = b"[" * depth + b"]" * depth
    body = event_body(message_data(), extra=0).replace(b'"extra": 0', b'"extra": ' + nested)
    assert isinstance(judged(body), UpstreamEvent) is passes
    assert parse_event(event_body(message_data(text="[{" * 30_000)))


@pytest.mark.parametrize("written", ["NaN", "Infinity", "-Infinity", "01", "1.", ".5", "+1", "'x'", "nul"])
def test_what_json_does_not_know_is_malformed(written: str) -> None:
    body = event_body(message_data(), extra=77777).replace(b"77777", written.encode())
    assert refusal(body).reason == "malformed"


def test_a_number_of_any_length_in_a_field_of_others_costs_nothing() -> None:
    body = event_body(message_data(), extra=77777).replace(b"77777", b"9" * 100_000)
    assert parse_event(body) == parse_event(event_body(message_data()))


def test_a_byte_order_mark_is_no_content() -> None:
    assert parse_event(b"\xef\xbb\xbf" + event_body(message_data())) == a_message()
