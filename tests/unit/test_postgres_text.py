"""Text on its way into PostgreSQL: everything that can be stored stays as it is."""

import json
from typing import Any

import pytest

from adapters.postgres.store.text import bulk


@pytest.mark.parametrize(
    "text", ["plain", "Inés", "🙏", "👩🏽‍⚖️", "line\nline", 'a "word" \\ \x01', "\\ud800", "\\u0000", ""]
)
def test_what_can_be_stored_stays_as_it_is(text: str) -> None:
    rows = [{"text": text, "data": {text or "key": [text, None, 1, True]}}]
    assert json.loads(bulk(rows).encode()) == rows


@pytest.mark.parametrize(
    ("text", "stored"),
    [("a\x00b", "ab"), ("a\ud800b", "a\ufffdb"), ("\udc00\ud800", "\ufffd\ufffd"), ("\ud83d\ude4f", "🙏")],
)
def test_what_cannot_be_stored_is_left_out_or_replaced(text: str, stored: str) -> None:
    other = {"text": "🙏 \\u0000 stays"}
    rows: list[dict[str, Any]] = [{"text": text, "data": {text: [text]}}, other]
    assert json.loads(bulk(rows).encode()) == [{"text": stored, "data": {stored: [stored]}}, other]
