"""Any JSON from outside: read or refused, and nothing takes long."""

import json
import time
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.smartadvocate.answer_json import (
    Rows,
    UnreadableError,
    load,
    load_list,
)
from tests.unit.json_pages import one_by_one, page

MIB = 2**20


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.lists(st.dictionaries(st.text(), json_values, max_size=5), max_size=5), st.sampled_from([None, 1]))
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
    test_any_bytes_are_read_or_refused.hypothesis.inner_test(b'[{"k":1},' + b"".join(pieces) + b"]")  # type: ignore[attr-defined]


HOSTILE: dict[str, bytes] = {
    "brackets": b"[" * MIB,
    "pairs of brackets": b"[" * (MIB // 2) + b"]" * (MIB // 2),
    "objects inside each other": b'{"a":' * (MIB // 5),
    "quotes": b'[{"a":"' + b'"' * MIB,
    "escaped quotes in every row": page(*[b'{"k":\\"}'] * 100_000),
    "backslashes": b'["' + b"\\" * MIB,
    "blanks behind a row": b'[{"a":1}' + b" " * MIB + b"x",
    "blanks behind each row": page(*[b'{"a":1}' + b" " * 1_000 + b"x"] * 1_000),
    "junk behind each row": page(b'{"first":1}', *[b'{"a":1}x'] * 30_000),
    "rows that are left open": page(*[b'{"k":{{}'] * 100_000),
    "strings": page(*[b'"a"'] * (MIB // 4)),
    "colons": b'{"a"' + b":" * MIB,
    "commas": b"[" + b"," * MIB,
    "names": b"{" + b",".join(b'"%d":1' % n for n in range(80_000)) + b"}",
    "digits": b"[" + b"1" * MIB + b"]",
    "digits in every row": page(*[b'{"a":' + b"1" * 4_000 + b"}"] * 1_000),
    "escapes": b'["' + b"\\u0001" * (MIB // 6) + b'"]',
    "control characters": b'["' + b"\x01" * MIB + b'"]',
    "bytes that are no text": b'["' + b"\xff" * MIB + b'"]',
}


def seconds(body: bytes) -> float:
    begin = time.process_time()
    try:
        content = one_by_one(body)
        for value in content.values() if isinstance(content, dict) else [content]:
            if isinstance(value, Rows):
                list(value)
    except UnreadableError:
        pass
    return time.process_time() - begin


@pytest.fixture(scope="module")
def seconds_a_byte() -> float:
    """What an honest page takes."""
    case = b'{"caseID":1,"caseNumber":"24-1","caseName":"A v. B","plaintiffs":[{"name":"C, D"}]}'
    honest = page(*[case] * 12_000)
    return min(seconds(honest) for _ in range(3)) / len(honest)


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_the_time_it_takes_grows_with_the_length_alone(body: bytes, seconds_a_byte: float) -> None:
    assert seconds(body) < 20 * seconds_a_byte * len(body)
