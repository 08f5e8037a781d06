"""How deep JSON is, told before it is parsed."""

import json
from typing import Any

import pytest

from core.nesting import MAX_DEPTH, is_deeper


def nested(depth: int, inner: str = "1") -> bytes:
    return (
        '{"a":[' * (depth // 2) + "[" * (depth % 2) + inner + "]" * (depth % 2) + "]}" * (depth // 2)
    ).encode()


@pytest.mark.parametrize("depth", [1, 2, 63, 64, 65, 66, 129, 100_000])
def test_what_is_deeper_than_the_limit_is_told(depth: int) -> None:
    assert is_deeper(nested(depth)) == (depth > MAX_DEPTH)


@pytest.mark.parametrize(
    "inner", ['"[[{{"', '"]]}}"', '"\\"[\\\\"', '"[' + "[{" * 500 + '"', '"' + "[]" * 500 + '"']
)
def test_brackets_in_strings_do_not_count(inner: str) -> None:
    assert json.loads(inner)
    assert not is_deeper(nested(MAX_DEPTH, inner))
    assert is_deeper(nested(MAX_DEPTH + 1, inner))


def test_many_beside_each_other_are_not_deep() -> None:
    rows: list[dict[str, Any]] = [{"name": "Doe [dec'd", "roles": [{}, [], [[]]]}] * 1_000
    assert not is_deeper(json.dumps(rows).encode())


@pytest.mark.parametrize(
    "body", [b"", b"[" * 50, b"]" * 1_000, b"[]" * 1_000, b'"' + b"[" * 1_000, b"}{" * 500]
)
def test_what_is_no_json_is_left_to_who_parses_it(body: bytes) -> None:
    assert not is_deeper(body)
