"""Any event from outside: read or refused, and nothing takes long."""

import contextlib
import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.web.api.event_request import attribute_value
from core.cloud_event import event_of, is_json_type, split_batch
from core.errors import InvalidEventError
from core.event import parse_event
from tests.properties.growth import grows_too_fast

ATTRIBUTES = {
    "specversion": "1.0",
    "id": "event-m-1",
    "source": "case-status",
    "type": "message-sent",
    "time": "2026-11-02T11:00:01Z",
    "subject": "300417",
}


@given(st.text(max_size=60))
def test_any_text_is_a_json_type_or_not(text: str) -> None:
    assert is_json_type(text) in {True, False}


@given(st.binary(max_size=200), st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=4))
def test_any_data_and_attributes_are_one_json_object_that_is_judged(
    data: bytes, more: dict[str, str]
) -> None:
    event = json.loads(event_of(ATTRIBUTES | more, "application/json", data))
    assert event.keys() >= {"specversion", "id", "source", "type"} - more.keys()
    with pytest.raises(InvalidEventError):
        parse_event(event_of(ATTRIBUTES | more, "application/json", data))


@given(st.binary(max_size=60))
def test_any_header_is_text_or_no_utf_8(value: bytes) -> None:
    with contextlib.suppress(UnicodeDecodeError):
        assert isinstance(attribute_value(value), str)


json_values = st.recursive(
    st.none() | st.text(max_size=9) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(json_values, max_size=6))
def test_any_list_is_split_as_json_reads_it(values: list[Any]) -> None:
    assert [json.loads(event) for event in split_batch(json.dumps(values).encode(), 9)] == values


@given(st.binary(max_size=100))
def test_any_bytes_are_a_batch_or_refused(body: bytes) -> None:
    with contextlib.suppress(InvalidEventError):
        assert isinstance(split_batch(body, 9), list)


HOSTILE = [
    *(b"[", b'["', b'"\\"', b'[{"\\"', b"\\", b'"', b"[],", b'{"a":', b"%", b"%4", b'"\\" '),
    b"{}" * 40 + b'"\\"',
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_the_time_hostile_text_takes_grows_with_the_length_alone(pattern: bytes, hostile_length: int) -> None:
    def read_all(body: bytes, value: bytes) -> None:
        for reader in (parse_event, lambda text: split_batch(text, 1_000)):
            with suppress(InvalidEventError):
                reader(body)
        attribute_value(value)

    def reader_of(length: int) -> Callable[[], None]:
        text = (pattern * length)[: length - 65]
        return partial(read_all, b"[" * 65 + text, text[:32_768])

    assert not grows_too_fast(reader_of, hostile_length)
