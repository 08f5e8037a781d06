"""Words of people that JSON can say and Unicode cannot: mended, never refused; ids are refused."""

import json

import pytest

from core.document import DocumentUploaded
from core.errors import InvalidEventError
from core.event import EventKind, parse_event
from core.message import MessageSent
from core.storable import storable
from tests.fakes.samples import document_data, event_body, message_data


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("see you \ud83d", "see you \ufffd"),
        ("\ude00 hello", "\ufffd hello"),
        ("\ud83d\ude00", "\U0001f600"),  # two halves that belong together
        ("\ud83d\x00\ude00", "\U0001f600"),
        ("\ude00\ud83d", "\ufffd\ufffd"),
        ("a\x00b", "ab"),
        ("\x00", ""),
        ("\ufeffa", "\ufeffa"),
        ("plain", "plain"),
        ("ünï 😀", "ünï 😀"),
    ],
)
def test_halves_are_replaced_and_nul_is_left_out(words: str, kept: str) -> None:
    assert storable(words) == kept


def test_a_cut_message_is_recorded_as_it_can_be() -> None:
    data = message_data(
        text="see you \ud83d\x00", sender_name="Ann \ud83d", attachments=["a\ud83d.pdf", "\x00b"]
    )
    event = parse_event(event_body(data))
    content = event.content
    assert isinstance(content, MessageSent)
    assert (content.text, content.sender_name) == ("see you \ufffd", "Ann \ufffd")
    assert content.attachments == ("a\ufffd.pdf", "b")
    assert event.digest == parse_event(event_body(data)).digest
    json.dumps(content.to_data(), ensure_ascii=False).encode()


def test_a_document_with_a_cut_name_is_recorded_as_it_can_be() -> None:
    data = document_data(file_name="scan \ud83d\x00.pdf", uploaded_by="Ann\ud83d")
    content = parse_event(event_body(data, EventKind.DOCUMENT_UPLOADED)).content
    assert isinstance(content, DocumentUploaded)
    assert (content.file_name, content.uploaded_by) == ("scan \ufffd.pdf", "Ann\ufffd")


@pytest.mark.parametrize("name", ["firm_id", "case_integration_id", "message_id"])
@pytest.mark.parametrize("value", ["a\x00b", "a\ud83d"])
def test_an_id_is_not_mended(name: str, value: str) -> None:
    with pytest.raises(InvalidEventError):
        parse_event(event_body(message_data(**{name: value})))


@pytest.mark.parametrize("changes", [{"sender_name": "\x00"}, {"sender_name": " \x00 "}])
def test_a_name_of_nothing_is_none(changes: dict[str, str]) -> None:
    with pytest.raises(InvalidEventError, match="sender_name must be a non-empty string"):
        parse_event(event_body(message_data(**changes)))
