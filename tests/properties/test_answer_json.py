"""Any JSON from outside: read or refused, and nothing takes long."""

import json
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.smartadvocate.answer_json import Rows, UnreadableError, load, load_list
from tests.properties.growth import grows_too_fast
from tests.unit.json_pages import one_by_one, page

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


@given(
    st.lists(st.dictionaries(st.text(max_size=8), json_values, max_size=4), max_size=4),
    st.sampled_from([None, 1]),
)
def test_one_row_after_the_other_gives_what_all_at_once_gives(
    rows: list[dict[str, Any]], indent: int | None
) -> None:
    body = json.dumps(rows, ensure_ascii=False, indent=indent).encode("utf-8", "surrogatepass")
    usual = json.loads(body.decode("utf-8", "replace"))
    assert load(body) == usual
    content = one_by_one(body)
    assert isinstance(content, Rows)
    assert len(content) == len(usual)
    assert list(content) == usual == list(content)


@given(st.binary(max_size=200) | st.text(alphabet='[]{}",:\\ 1aé\x00\n', max_size=60).map(str.encode))
@example(b'[{"a":1}' + b" " * 50 + b"x")
@example(b'{"a":{}')
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    for read in (load, load_list, one_by_one):
        try:
            content = read(body)
        except UnreadableError:
            continue
        for value in content.values() if isinstance(content, dict) else [content]:
            if isinstance(value, Rows):
                list(value)


@given(
    st.lists(
        st.sampled_from([b"[", b"]", b"{", b"}", b'"', b"\\", b",", b":", b"1", b" ", b'{"k":']), max_size=80
    )
)
def test_any_order_of_brackets_and_quotes_is_read_or_refused(pieces: list[bytes]) -> None:
    test_any_bytes_are_read_or_refused.hypothesis.inner_test(b'[{"k":1},' + b"".join(pieces) + b"]")  # type: ignore[attr-defined]  # Hypothesis puts it there


HOSTILE: dict[str, Callable[[int], bytes]] = {
    "brackets": lambda n: b"[" * n,
    "pairs of brackets": lambda n: b"[" * (n // 2) + b"]" * (n // 2),
    "objects inside each other": lambda n: b'{"a":' * (n // 5),
    "quotes": lambda n: b'[{"a":"' + b'"' * n,
    "escaped quotes in every row": lambda n: page(*[b'{"k":\\"}'] * (n // 9)),
    "backslashes": lambda n: b'["' + b"\\" * n,
    "blanks behind a row": lambda n: b'[{"a":1}' + b" " * n + b"x",
    "blanks behind each row": lambda n: page(*[b'{"a":1}' + b" " * 1_000 + b"x"] * (n // 1_000)),
    "junk behind each row": lambda n: page(b'{"first":1}', *[b'{"a":1}x'] * (n // 9)),
    "rows that are left open": lambda n: page(*[b'{"k":{{}'] * (n // 9)),
    "strings": lambda n: page(*[b'"a"'] * (n // 4)),
    "colons": lambda n: b'{"a"' + b":" * n,
    "commas": lambda n: b"[" + b"," * n,
    "names": lambda n: b"{" + b",".join(b'"%d":1' % number for number in range(n // 9)) + b"}",
    "digits": lambda n: b"[" + b"1" * n + b"]",
    "digits in every row": lambda n: page(*[b'{"a":' + b"1" * 4_000 + b"}"] * (n // 4_000)),
    "escapes": lambda n: b'["' + b"\\u0001" * (n // 6) + b'"]',
    "control characters": lambda n: b'["' + b"\x01" * n + b'"]',
    "bytes that are no text": lambda n: b'["' + b"\xff" * n + b'"]',
}


def read_whole(body: bytes) -> None:
    with suppress(UnreadableError):
        content = one_by_one(body)
        for value in content.values() if isinstance(content, dict) else [content]:
            if isinstance(value, Rows):
                list(value)


@pytest.mark.parametrize("name", HOSTILE)
def test_the_time_it_takes_grows_with_the_length_alone(name: str, hostile_length: int) -> None:
    assert not grows_too_fast(lambda size: partial(read_whole, HOSTILE[name](size)), hostile_length)
