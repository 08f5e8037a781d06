"""CloudEvents 1.0.2 in its modes: what is beside the data, what is in base64, batches, and our own."""

import base64
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from pika import spec

from adapters.rabbitmq.event_message import incoming
from adapters.web.api.event_request import UnknownFormatError, attribute_value, event_request
from core.announcement import Announcement, AnnouncementKind
from core.cloud_event import event_of, split_batch
from core.errors import InvalidEventError
from core.event import EventKind, parse_event
from tests.fakes.samples import a_message, event_body, message_data

KIND = EventKind.MESSAGE_SENT
ATTRIBUTES = {
    "specversion": "1.0",
    "id": "event-m-1",
    "source": "case-status",
    "type": "message-sent",
    "time": "2026-11-02T11:00:01Z",
    "subject": "300417",
}
DATA = json.dumps(message_data()).encode()


def in_base64(**changes: Any) -> bytes:
    event = json.loads(event_body(message_data()))
    del event["data"]
    return json.dumps({**event, "data_base64": base64.b64encode(DATA).decode(), **changes}).encode()


# --- in JSON


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "APPLICATION/JSON",
        "application/json; charset=utf-8",
        "text/json",
        "application/x+json",
        None,
    ],
)
def test_data_in_base64_is_read_as_the_json_it_is(content_type: str | None) -> None:
    assert parse_event(in_base64(datacontenttype=content_type)) == a_message()


@pytest.mark.parametrize(
    "changes",
    [
        {"data_base64": "!!!!"},
        {"data_base64": "YWJ"},
        {"data_base64": 7},
        {"data_base64": base64.b64encode(b"[1]").decode()},
        {"data_base64": base64.b64encode(b"\xff\x00").decode()},
        {"data_base64": base64.b64encode(b'{"a": 1, "a": 2}').decode()},
        {"data_base64": "é"},
        {"data": {}},
        {"datacontenttype": "application/xml"},
        {"datacontenttype": "application/jsonp"},
        {"datacontenttype": 5},
    ],
)
def test_data_in_base64_that_is_no_json_object_is_malformed(changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidEventError) as refused:
        parse_event(in_base64(**changes))
    assert refused.value.reason == "malformed"


def test_data_and_a_null_beside_it_are_one_of_them() -> None:
    assert parse_event(event_body(message_data(), data_base64=None)) == a_message()
    assert parse_event(in_base64(data=None)) == a_message()


def test_extension_attributes_of_every_type_are_dropped() -> None:
    extensions: dict[str, Any] = {
        "traceparent": "00-1",
        "sequence": 7,
        "flag": True,
        "odd": {"deep": [1]},
        "none": None,
    }
    assert parse_event(event_body(message_data(), **extensions)) == a_message()


# --- as others write it


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (b"a\tb\r\nc", "a\tb\r\nc"),
        (b"a\x01\x00b", "a\x01b"),
        (b"caf\xe9", "caf\ufffd"),
        (b"see you \xf0\x9f\x98", "see you \ufffd"),
        (b"\xf0\x9f\x98\x80\xff\xfe!", "😀\ufffd\ufffd!"),
        (b"\xed\xa0\xbd\xed\xb8\x80", "😀"),
        (b"\xc0\x80", "\ufffd\ufffd"),
    ],
)
def test_bytes_that_json_has_not_cost_no_event(raw: bytes, read: str) -> None:
    wanted = a_message(text=read)
    body = event_body(message_data(text="?!?")).replace(b"?!?", raw)
    data = json.dumps(message_data(text="?!?")).encode().replace(b"?!?", raw)
    batch = event_request([(b"content-type", b"application/cloudevents-batch+json")])
    assert parse_event(body) == wanted
    assert parse_event(event_of(ATTRIBUTES, "application/json", data)) == wanted
    assert [parse_event(event.body) for event in batch.events(b"[" + body + b"," + body + b"]")] == [
        wanted
    ] * 2


@pytest.mark.parametrize("raw", [b"m\xff", b"m\xe2\x82"])
@pytest.mark.parametrize("name", ["firm_id", "message_id", "case_integration_id"])
def test_an_id_that_is_no_utf_8_is_refused_for_a_mended_one_is_another(name: str, raw: bytes) -> None:
    body = event_body(message_data(**{name: "?!?"}), subject=None).replace(b"?!?", raw)
    with pytest.raises(InvalidEventError) as refused:
        parse_event(body)
    assert f"data.{name}" in {fault.field for fault in refused.value.faults}


@pytest.mark.parametrize("around", [b"\0", b"\0\0\n", b"\x0b\x0c\r\n\t "])
def test_control_characters_around_an_event_stand_for_nothing(around: bytes) -> None:
    body, data = event_body(message_data()), DATA + around
    assert parse_event(body + around) == parse_event(event_of(ATTRIBUTES, None, data)) == a_message()
    assert split_batch(b"[" + body + b"]" + around, 9) == [body]


@pytest.mark.parametrize("charset", ["iso-8859-1", "Windows-1252", '"latin1"'])
@pytest.mark.parametrize("name", ["application/cloudevents+json", "application/json"])
def test_a_charset_is_believed_of_bytes_that_are_no_utf_8(name: str, charset: str) -> None:
    wanted = a_message(text="café")
    content_type = f"{name}; charset={charset}"
    asked = event_request([(b"content-type", content_type.encode())])
    properties = message(content_type=content_type)
    for encoding in ("windows-1252", "utf-8"):
        event = {**json.loads(event_body(message_data())), "data": message_data(text="café")}
        body = json.dumps(event, ensure_ascii=False).encode(encoding)
        assert [parse_event(event.body) for event in asked.events(body)] == [wanted]
        assert parse_event(incoming(KIND, properties, body).body) == wanted


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32-be"])
def test_a_batch_may_be_in_utf_16_as_an_event_may(encoding: str) -> None:
    body = event_body(message_data())
    asked = event_request([(b"content-type", b"application/cloudevents-batch+json")])
    events = asked.events(f"[{body.decode()},{body.decode()}]".encode(encoding))
    assert [event.body for event in events] == [body, body]


# --- attributes beside the data


def test_an_event_in_binary_mode_is_the_same_event() -> None:
    assert parse_event(event_of(ATTRIBUTES, "application/json", DATA)) == a_message()


def test_what_is_kept_of_an_event_in_binary_mode_names_its_firm_as_any_other() -> None:
    assert DATA in event_of(ATTRIBUTES, "application/json", DATA)


@pytest.mark.parametrize("data", [b'{}, "type": "x"', b"{}}", b'1, "id": "other"', b"", b"[" * 100_000])
def test_data_cannot_reach_out_of_its_place(data: bytes) -> None:
    event = json.loads(event_of(ATTRIBUTES, None, data))
    assert {name: event[name] for name in ATTRIBUTES} == ATTRIBUTES
    with pytest.raises(InvalidEventError):
        parse_event(event_of(ATTRIBUTES, None, data))


# --- over HTTP


@pytest.mark.parametrize(
    ("header", "value"),
    [
        (b"Euro%20%E2%82%AC%20%F0%9F%98%80", "Euro € 😀"),
        (b"%e2%82%ac", "€"),
        (b"%41%42C", "ABC"),
        (b'"a b"', "a b"),
        (b'"a \\"b\\" %41"', 'a "b" A'),
        (b'x"y z"', "xy z"),
        (b"100%", "100%"),
        (b"100%-59", "100%-59"),
        (b"%2541", "%41"),
        (b"\xe2\x82\xac", "€"),
        (b"", ""),
        (b'"', '"'),
    ],
)
def test_an_attribute_in_a_header_is_unquoted_and_decoded_once(header: bytes, value: str) -> None:
    assert attribute_value(header) == value


@pytest.mark.parametrize("header", [b"%C0%A0", b"%FF", b"\xff", b"%E2%82", b"%ED%A0%80"])
def test_an_attribute_that_is_not_utf_8_is_refused_with_its_event(header: bytes) -> None:
    [event] = event_request([(b"Ce-Id", header), (b"ce-type", b"message-sent")]).events(DATA)
    assert event.fault is not None
    assert "ce-id" in event.fault.detail


def headers(content_type: bytes | None = b"application/json", **changes: bytes) -> list[tuple[bytes, bytes]]:
    found = [(f"CE-{name.title()}".encode(), value.encode()) for name, value in ATTRIBUTES.items()]
    found += [(f"ce-{name}".encode(), value) for name, value in changes.items()]
    return [*found, (b"Content-Type", content_type)] if content_type is not None else found


@pytest.mark.parametrize(
    "content_type",
    [b"application/json", b"Application/JSON;charset=UTF-8", b"text/json", None, b"application/octet-stream"],
)
def test_binary_mode_is_told_by_its_headers(content_type: bytes | None) -> None:
    [event] = event_request(headers(content_type, traceparent=b"00-1")).events(DATA)
    assert event.fault is None
    assert parse_event(event.body) == a_message()


@pytest.mark.parametrize(
    "content_type",
    [
        b"application/cloudevents+json",
        b"Application/CloudEvents+JSON ; charset=utf-8",
        b"application/cloudevents",
        b"application/json",
        b"text/plain",
        b"",
        b"\xff\xfe",
    ],
)
def test_structured_mode_is_an_event_in_json_whatever_type_it_says(content_type: bytes) -> None:
    asked = event_request([(b"content-type", content_type)])
    assert [event.body for event in asked.events(b"{}")] == [b"{}"]


def test_in_structured_mode_headers_say_nothing() -> None:
    asked = event_request(headers(b"application/cloudevents+json", id=b"other"))
    assert [event.body for event in asked.events(b"{}")] == [b"{}"]


@pytest.mark.parametrize(
    "content_type", [b"application/cloudevents+avro", b"application/cloudevents-batch+protobuf"]
)
def test_another_format_is_not_read(content_type: bytes) -> None:
    with pytest.raises(UnknownFormatError):
        event_request([(b"content-type", content_type)])


def test_a_header_that_is_empty_is_no_attribute() -> None:
    empty = {"subject": b"", "time": b" ", "traceparent": b""}
    given = [(name, value) for name, value in headers() if name[3:].decode().lower() not in empty]
    [event] = event_request([*given, *((b"ce-" + name.encode(), empty[name]) for name in empty)]).events(DATA)
    assert parse_event(event.body) == a_message()
    given = [(name, b"" if name == b"CE-Id" else value) for name, value in headers()]
    [event] = event_request(given).events(DATA)
    with pytest.raises(InvalidEventError, match="id must be"):
        parse_event(event.body)


@pytest.mark.parametrize(
    "name", [b"", b"identity", b"identity, ", b"UTF-8", b"binary", b"none", b"aws-chunked", b"x"]
)
def test_what_is_no_coding_is_not_believed_to_be_one(name: bytes) -> None:
    asked = event_request([(b"content-encoding", name), (b"content-type", b"application/cloudevents+json")])
    assert [event.body for event in asked.events(b"{}")] == [b"{}"]


@pytest.mark.parametrize(
    "name",
    [b"gzip", b"x-gzip", b"Deflate", b"br", b"zstd", b"identity, br", b"aws-chunked,gzip", b"compress"],
)
def test_a_coding_is_not_undone(name: bytes) -> None:
    with pytest.raises(UnknownFormatError):
        event_request([(b"content-encoding", name)])


def test_an_attribute_that_is_there_twice_is_refused_with_its_event() -> None:
    [event] = event_request([*headers(), (b"ce-subject", b"1")]).events(DATA)
    assert event.fault is not None


@pytest.mark.parametrize("value", [b"caf\xe9", b"%FF"])
def test_an_extension_that_cannot_be_read_costs_no_event(value: bytes) -> None:
    given = [*headers(), (b"ce-traceparent", value), (b"ce-sequence", b"1"), (b"ce-sequence", b"2")]
    [event] = event_request(given).events(DATA)
    assert event.fault is None
    assert parse_event(event.body) == a_message()


# --- batches


def test_a_batch_is_its_events_as_they_were_written() -> None:
    events = [event_body(message_data(f"m-{n}", text='"]}, \\ [{')) for n in range(3)]
    assert split_batch(b" [ " + b" , ".join(events) + b"]\n", 3) == events
    assert split_batch(b"\xef\xbb\xbf[" + events[0] + b"]", 3) == events[:1]
    assert split_batch(b"[ ]", 3) == []


def test_a_broken_event_of_a_batch_is_that_event_alone() -> None:
    good = event_body(message_data())
    assert split_batch(b"[" + good + b', {"a": tru}, 7,, ' + good + b"]", 9) == [
        good,
        b'{"a": tru}',
        b"7",
        b"",
        good,
    ]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[",
        b"]",
        b"[]]",
        b"[] []",
        b"1,[2]",
        b'["a]',
        b"[{]}",
        b'"[]"',
        b"[1",
        b"null",
        b"[[[" * 9,
    ],
)
def test_what_is_no_list_is_no_batch(body: bytes) -> None:
    with pytest.raises(InvalidEventError) as refused:
        split_batch(body, 9)
    assert refused.value.reason == "malformed"


def test_a_batch_of_too_many_is_oversized() -> None:
    with pytest.raises(InvalidEventError) as refused:
        split_batch(b"[" + b"1," * 9 + b"1]", 9)
    assert refused.value.reason == "oversized"
    assert len(split_batch(b"[" + b"1," * 8 + b"1]", 9)) == 9


# --- over AMQP


def message(**properties: Any) -> spec.BasicProperties:
    made: spec.BasicProperties = spec.BasicProperties(**properties)
    return made


@pytest.mark.parametrize("prefix", ["cloudEvents:", "cloudEvents_"])
def test_binary_mode_over_amqp_is_the_same_event(prefix: str) -> None:
    given_headers: dict[str, Any] = {prefix + name: value for name, value in ATTRIBUTES.items()}
    given_headers |= {
        prefix + "flag": True,
        prefix + "sequence": 7,
        "x-death": [{"count": 1}],
        prefix + "none": None,
    }
    given_headers[prefix + "time"] = datetime(2026, 11, 2, 11, 0, 1, tzinfo=UTC)
    given_headers[prefix + "source"] = b"case-status"
    properties = message(content_type="Application/JSON; charset=utf-8", headers=given_headers)
    event = incoming(KIND, properties, DATA)
    assert (event.channel, event.expected, event.fault) == ("message-sent", KIND, None)
    assert parse_event(event.body, expected=KIND) == a_message()


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "application/json",
        "application/cloudevents+json;charset=UTF-8",
        "APPLICATION/CLOUDEVENTS+JSON",
    ],
)
def test_structured_mode_over_amqp_is_its_body(content_type: str | None) -> None:
    event = incoming(KIND, message(content_type=content_type, headers={"other": 1}), b"{}")
    assert (event.body, event.fault) == (b"{}", None)


@pytest.mark.parametrize(
    "content_type", ["application/cloudevents-batch+json", "application/cloudevents+avro"]
)
def test_a_batch_or_another_format_over_amqp_is_kept_with_its_reason(content_type: str) -> None:
    event = incoming(KIND, message(content_type=content_type), b"[]")
    assert event.fault is not None
    assert (event.fault.reason, event.body) == ("foreign", b"[]")


@pytest.mark.parametrize("value", [[1], {"a": 1}, b"\xff", 1.5])
def test_a_header_that_can_be_no_attribute_is_a_fault_of_its_event_alone(value: object) -> None:
    event = incoming(KIND, message(headers={"cloudEvents:id": value}), DATA)
    assert event.fault is not None


@pytest.mark.parametrize("value", [[1], {"a": 1}, b"\xff", 1.5])
def test_an_extension_of_another_type_costs_no_event(value: object) -> None:
    names: dict[str, Any] = {f"cloudEvents:{name}": value for name, value in ATTRIBUTES.items()}
    names |= {"cloudEvents:odd": value, "cloudEvents:both": "a", "cloudEvents_both": "b"}
    event = incoming(KIND, message(headers=names), DATA)
    assert event.fault is None
    assert parse_event(event.body) == a_message()


def test_two_spellings_of_an_attribute_must_agree() -> None:
    both = {"cloudEvents:id": "a", "cloudEvents_id": "a"}
    assert incoming(KIND, message(headers=both), DATA).fault is None
    both["cloudEvents_id"] = "b"
    assert incoming(KIND, message(headers=both), DATA).fault is not None


def test_properties_that_are_not_utf_8_are_read_as_far_as_they_are() -> None:
    headers: dict[str | bytes, Any] = {f"cloudEvents:{name}": value for name, value in ATTRIBUTES.items()}
    headers[b"Gr\xf6\xdfe"] = 1
    event = incoming(KIND, message(content_type=b"application/json; name=\xe9", headers=headers), DATA)
    assert event.fault is None
    assert parse_event(event.body).event_id == ATTRIBUTES["id"]
    event = incoming(KIND, message(content_type=b"\xff", headers={b"cloudEvents:i\xff": "x"}), b"{}")
    with pytest.raises(InvalidEventError):
        parse_event(event.body)


def test_an_announcement_is_a_cloudevent() -> None:
    at = datetime(2026, 11, 2, 12, tzinfo=UTC)
    told = Announcement(AnnouncementKind.STAGE_CHANGED, "north", "300417", {"old": "A", "new": "B"})
    assert told.event(UUID(int=7), at) == {
        "specversion": "1.0",
        "id": "00000000-0000-0000-0000-000000000007",
        "source": "/casebridge",
        "type": "stage-changed",
        "time": "2026-11-02T12:00:00Z",
        "subject": "300417",
        "datacontenttype": "application/json",
        "data": {"firm_id": "north", "old": "A", "new": "B"},
    }


def test_an_announcement_about_a_firm_has_no_subject() -> None:
    told = Announcement(AnnouncementKind.CONNECTION_LOST, "north")
    assert "subject" not in told.event(UUID(int=7), datetime(2026, 11, 2, 12, tzinfo=UTC))
