"""The AsyncAPI document is held to the code, both ways."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from adapters.rabbitmq.topology import EVENT_QUEUES
from core.actor import SYSTEM
from core.announcement import AnnouncementKind
from core.credentials import PasswordCredentials
from core.errors import (
    ContentExpiredError,
    ContentMismatchError,
    InvalidEventError,
    RejectedBySmartAdvocateError,
)
from core.event import EventKind, parse_event
from core.message import Note
from core.run import Trigger
from tests.fakes.faults import Before
from tests.fakes.samples import NOON, a_firm, a_source_case, document_data, event_body, message_data
from tests.fakes.service import FakeService
from tests.unit.tree import ROOT
from tests.unit.yaml_files import read_yaml

if TYPE_CHECKING:
    import jsonschema

DOCUMENT = read_yaml(ROOT / "docs/asyncapi.yaml")
SAMPLES = {EventKind.MESSAGE_SENT: message_data(), EventKind.DOCUMENT_UPLOADED: document_data()}


def validator(name: str) -> "jsonschema.Draft202012Validator":
    import jsonschema  # here: each process loads every module of the tests

    schema = {"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]}
    return jsonschema.Draft202012Validator(schema)


def channel_messages(name: str) -> set[str]:
    return set(DOCUMENT["channels"][name]["messages"])


def test_it_names_exactly_the_kinds_of_events_the_code_knows() -> None:
    assert channel_messages("case-status.events") == set(EventKind)
    assert channel_messages("case-status.integration") == set(AnnouncementKind)


def test_it_tells_the_routing_keys_by_which_the_queues_are_bound() -> None:
    channel = DOCUMENT["channels"]["case-status.events"]
    assert channel["x-routing-keys"] == list(EVENT_QUEUES)
    assert all(f"`{name}`" in channel["description"] for name in EVENT_QUEUES)


@pytest.mark.parametrize("kind", EventKind)
def test_its_examples_are_valid_for_the_code_and_for_itself(kind: EventKind) -> None:
    for example in DOCUMENT["components"]["messages"][kind]["examples"]:
        validator(kind).validate(example["payload"])
        assert parse_event(json.dumps(example["payload"]).encode()).kind is kind


@pytest.mark.parametrize("kind", EventKind)
def test_what_it_requires_the_code_requires_and_nothing_else(kind: EventKind) -> None:
    fields = DOCUMENT["components"]["schemas"][kind]["properties"]["data"]
    for name in fields["properties"]:
        data = {key: value for key, value in SAMPLES[kind].items() if key != name}
        body = event_body(data, kind, subject=SAMPLES[kind]["case_integration_id"])
        assert accepts(kind, body) == (name not in fields["required"]), name
        assert validator(kind).is_valid(json.loads(body)) == (name not in fields["required"]), name


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        (EventKind.MESSAGE_SENT, {"direction": "sideways"}),
        (EventKind.MESSAGE_SENT, {"sender_role": "robot"}),
        (EventKind.MESSAGE_SENT, {"text": 5}),
        (EventKind.MESSAGE_SENT, {"message_id": ""}),
        (EventKind.MESSAGE_SENT, {"message_id": "x" * 201}),
        (EventKind.MESSAGE_SENT, {"attachments": "a.pdf"}),
        (EventKind.MESSAGE_SENT, {"attachments": ["a"] * 201}),
        (EventKind.DOCUMENT_UPLOADED, {"size": -1}),
        (EventKind.DOCUMENT_UPLOADED, {"sha256": "abc"}),
        (EventKind.DOCUMENT_UPLOADED, {"content_url": "ftp://x"}),
    ],
)
def test_what_it_refuses_the_code_refuses(kind: EventKind, changes: dict[str, Any]) -> None:
    body = event_body({**SAMPLES[kind], **changes}, kind)
    assert not accepts(kind, body)
    assert not validator(kind).is_valid(json.loads(body))


def test_every_announcement_the_service_makes_is_as_it_says() -> None:
    service = FakeService()
    firm = service.with_firm(a_firm(), "300417", "300418")
    service.smartadvocate.faults.add("insert_note", Before(RejectedBySmartAdvocateError("no")))
    service.send("m-1")
    service.work()
    service.send("m-2")
    service.work()
    service.smartadvocate.change_case("north", "300417", status="Demand", name="Other", closed_at=NOON)
    service.start_sync(SYSTEM, firm, Trigger.RESET)
    service.work()
    service.smartadvocate.change_case("north", "300417", closed_at=None)
    service.start_sync(SYSTEM, firm, Trigger.RESET)
    service.work()
    service.smartadvocate.put_case("north", a_source_case("300419", status="Nobody mapped this"))
    service.start_sync(SYSTEM, firm, Trigger.NIGHTLY)
    service.work()
    service.smartadvocate.rejected.add("north")
    service.send("m-3")
    service.work()
    service.connect(SYSTEM, firm, PasswordCredentials("user", "secret"))
    service.smartadvocate.rejected.clear()
    service.upload("d-1")
    service.upload("d-2")
    url = "https://files.case-status.test/d-2"
    service.contents.errors[url] = ContentExpiredError("no longer good")
    service.twenty_minutes_later()
    service.contents.errors[url] = ContentMismatchError("other content")
    service.upload("d-3", content_url=url, case_integration_id="300418")
    service.later(timedelta(seconds=5))
    service.smartadvocate.note_types = {"Plaintiff": "52"}
    service.add_firm(SYSTEM, replace(firm, two_way=True))
    service.two_minutes_later()
    service.smartadvocate.write_note(
        "north", "300418", Note("9", "<p>Hi</p>", type_name="Plaintiff", is_shared=True)
    )
    service.two_minutes_later()
    service.announced()
    told = {row.kind: json.loads(row.body) for row in service.published}
    assert set(told) == set(AnnouncementKind)
    for row in service.published:
        validator(row.kind or "").validate(json.loads(row.body))


def accepts(kind: EventKind, body: bytes) -> bool:
    try:
        return parse_event(body, expected=kind) is not None
    except InvalidEventError:
        return False
