"""An upstream event is judged by the contract; its refusal names the field and never the content."""

import json
import random
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidEventError
from core.event import (
    MAX_ATTACHMENTS,
    MAX_EVENT_BYTES,
    MAX_ID_CHARACTERS,
    MAX_NAME_CHARACTERS,
    MAX_TEXT_BYTES,
    EventKind,
    UpstreamEvent,
    content_from_data,
    parse_event,
)
from tests.fakes.samples import a_document, a_message, document_data, event_body, message_data

SECRET = "privileged words of Ruth Okafor"
MESSAGE, DOCUMENT = EventKind.MESSAGE_SENT, EventKind.DOCUMENT_UPLOADED


def refusal(body: bytes, expected: EventKind | None = None) -> InvalidEventError:
    with pytest.raises(InvalidEventError) as caught:
        parse_event(body, expected=expected)
    return caught.value


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
    assert refusal(event_body(message_data(), subject=None)).reason == "contradictory"


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
        ("attachments", None),
        ("sent_at", "2026-11-02"),
        ("sent_at", "2026-11-02T11:00:00"),
        ("sent_at", "2026-11-02 11:00:00Z"),
        ("sent_at", "2026-02-30T11:00:00Z"),
        ("sent_at", "0001-01-01T00:00:00+23:59"),
        ("sent_at", "yesterday"),
        ("text", "nul\x00"),
        ("text", "\ud800"),
        ("sender_name", "\udfff"),
        ("message_id", "a\x00b"),
        ("attachments", ["\ud800"]),
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


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def judged(body: bytes) -> UpstreamEvent | InvalidEventError:
    try:
        return parse_event(body)
    except InvalidEventError as error:
        return error


@given(st.binary(max_size=300))
def test_any_bytes_are_an_event_or_refused(body: bytes) -> None:
    assert isinstance(judged(body), UpstreamEvent | InvalidEventError)


@given(st.sampled_from([MESSAGE, DOCUMENT]), st.data())
def test_any_values_in_any_fields_are_an_event_or_refused_without_quoting_the_content(
    kind: EventKind, data: st.DataObject
) -> None:
    fields = (
        message_data(text=SECRET, sender_name=SECRET) if kind is MESSAGE else document_data(file_name=SECRET)
    )
    for name in data.draw(st.lists(st.sampled_from(sorted(fields)), max_size=4, unique=True)):
        fields[name] = data.draw(json_values | st.just([SECRET]) | st.just({SECRET: SECRET}))
    envelope = data.draw(st.dictionaries(st.sampled_from(["id", "source", "time", "subject"]), json_values))
    verdict = judged(event_body(fields, kind, **envelope))
    if isinstance(verdict, InvalidEventError):
        assert SECRET not in str(verdict)
        assert verdict.reason in {"malformed", "oversized", "foreign", "contradictory", "unknown_type"}
    else:
        assert verdict.content.firm_id == verdict.firm_id
        json.dumps(verdict.content.to_data()).encode()


@given(st.text(max_size=200))
def test_a_refusal_never_quotes_what_it_refuses(words: str) -> None:
    words = f"{words}-{SECRET}"
    for body in (
        words.encode("utf-8", "surrogatepass"),
        event_body(message_data(direction=words)),
        event_body(message_data(sent_at=words)),
        event_body(message_data(sender_role=words)),
        event_body(message_data(), type=words),
        event_body(message_data(), subject=words),
        event_body(message_data(text="\x00" + words)),
    ):
        assert SECRET not in str(refusal(body))


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)), st.integers(-1439, 1439))  # noqa: DTZ001
def test_any_real_time_is_kept_as_its_instant_in_utc(moment: datetime, offset_minutes: int) -> None:
    moment = moment.replace(tzinfo=timezone(timedelta(minutes=offset_minutes)))
    event = a_message(sent_at=moment.isoformat())
    assert event.occurred_at == moment
    assert event.content.to_data()["sent_at"].endswith("+00:00")


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
