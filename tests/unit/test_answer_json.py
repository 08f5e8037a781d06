"""JSON from outside: what is broken costs itself and no more, and nothing takes long or becomes large."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from adapters.smartadvocate.answer_json import (
    AT_ONCE_VALUES,
    MAX_BRACKETS,
    MAX_MEMBERS,
    MAX_ROWS,
    MAX_VALUE_BYTES,
    BrokenRow,
    Rows,
    UnreadableError,
    charset_of,
    load,
    load_list,
)
from tests.unit.json_pages import one_by_one, page

GOOD = [{"caseID": n, "caseName": f"A v. B{n}", "plaintiffs": [{"name": "x, {y}"}]} for n in range(3)]


def sorted_out(found: Iterable[Any]) -> tuple[list[Any], list[bytes]]:
    """Return what could be parsed, and what could not as it came."""
    rows = list(found)
    return [row for row in rows if not isinstance(row, BrokenRow)], [
        row.raw for row in rows if isinstance(row, BrokenRow)
    ]


@pytest.mark.parametrize("character", [chr(n) for n in range(0x20)])
def test_raw_control_characters_count_as_blanks_wherever_they_stand(character: str) -> None:
    inside = f'[{{"caseID":1,"caseName":"C{character}v. D"}},{{"caseID":2}}]'.encode()
    assert load(inside) == load_list(inside) == [{"caseID": 1, "caseName": "C v. D"}, {"caseID": 2}]
    between = f'{character}[{character}{{"caseID":{character}1}}{character}]{character}'.encode()
    assert load(between) == load_list(between) == [{"caseID": 1}]


BROKEN = [
    b'{"caseID":7,"caseName":"A "v. B"}',
    b'{"caseID":7,"caseName":"A "v." B"}',
    b'{"caseID":7,"caseName":"A v. B\\"}',
    b'{"caseID":7,"caseName":"\\q"}',
    b'{"caseID":7,"caseName":"\\u00"}',
    b'{"caseID":7,"amount":01}',
    b'{"caseID":7,"amount":}',
    b'{"caseID":7,"amount":$5}',
    b'{"caseID":7,caseName:"A"}',
    b'{"caseID":7,}',
    b'{"caseID":7,"x":[}',
    b'{"caseID":7,"x":]}',
    b'{"caseID":7,"x":{"y":[{}',
    b"{\"caseID\":7,'x':'y'}",
    b'{"caseID":7,"x":True}',
    b'{"caseID":7 "x":1}',
    b'{"caseID":7,"x":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("place", [0, 1, 2, 3])
@pytest.mark.parametrize(
    ("before", "after"), [(b"[", b"]"), (b'{"records": [', b'], "pageRequest": {"totalRecords": 4}}')]
)
def test_only_the_row_that_is_beyond_help_suffers(
    broken: bytes, place: int, before: bytes, after: bytes
) -> None:
    rows = [json.dumps(row, separators=(",", ":")).encode() for row in GOOD]
    content = load_list(page(*rows[:place], broken, *rows[place:], before=before, after=after))
    if isinstance(content, dict):
        assert content["pageRequest"] == {"totalRecords": 4}
        content = content["records"]
    assert sorted_out(content) == (GOOD, [broken])


def test_several_broken_rows_leave_those_between_them_whole() -> None:
    bad, good = b'{"caseID":7,"caseName":"A "v. B"}', b'{"caseID":1,"caseName":"A v. B"}'
    read, broken = sorted_out(load_list(page(*[bad, good, good] * 4, bad)))
    assert (len(read), broken) == (8, [bad] * 5)


def test_a_broken_row_does_not_show_what_stands_in_it() -> None:
    [broken] = load_list(b'[{"caseName":"Okafor "v. B"}]')
    assert "Okafor" not in repr(broken)
    assert "Okafor" in broken.words


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (b"NaN", None),
        (b"Infinity", None),
        (b"-Infinity", None),
        (b"1" * 5_000, None),
        (b"-" + b"9" * 100_000, None),
        (b'"\\ud83d"', "\ud83d"),
        (b'"\xff\xfe"', "\ufffd\ufffd"),
        (b'"\xed\xa0\xbd"', "\ufffd\ufffd\ufffd"),
        (b"4.0", 4.0),
        (b"-0", 0),
    ],
)
def test_odd_values_cost_no_more_than_themselves(written: bytes, read: Any) -> None:
    body = b'[{"caseID":1,"x":%s,"y":2},{"caseID":3}]' % written
    assert list(load_list(body)) == load(body) == [{"caseID": 1, "x": read, "y": 2}, {"caseID": 3}]


def test_of_a_key_that_comes_twice_the_last_counts() -> None:
    assert load(b'{"caseID":1,"caseID":2}') == {"caseID": 2}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_any_unicode_encoding_is_recognised(encoding: str) -> None:
    rows = [{"caseName": "Muñoz v. 東京 😀"}]
    body = json.dumps(rows, ensure_ascii=False).encode(encoding)
    assert load(body) == load_list(body) == rows


def test_a_charset_of_one_byte_counts_where_the_bytes_are_no_utf_8() -> None:
    rows = [{"caseName": "Muñoz"}]
    latin = json.dumps(rows, ensure_ascii=False).encode("latin-1")
    assert load(latin, charset_of("application/json; charset=ISO-8859-1")) == rows
    assert load(latin, charset_of('text/json;charset="Windows-1252"; x=y')) == rows
    assert load(latin) == [{"caseName": "Mu\ufffdoz"}]
    right = json.dumps(rows, ensure_ascii=False).encode()
    assert load(right, charset_of("application/json; charset=iso-8859-1")) == rows


@pytest.mark.parametrize(
    "content_type", ["", "application/json", "x; charset=", "x; charset=utf-7", "é" * 10_000]
)
def test_any_other_charset_is_not_believed(content_type: str) -> None:
    assert charset_of(content_type) == ""


@pytest.mark.parametrize(
    "body", [b"", b" \r\n", b"\x00\x00", b"\xef\xbb\xbf", b"\xef\xbb\xbf \t", b"\xff\xfe", b"null"]
)
def test_nothing_is_none(body: bytes) -> None:
    assert load(body) is None
    assert load_list(body) is None


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Log in</html>",
        b"[1] and more",
        b'[{"a":1}]<html>error</html>',
        b'[{"a":1}][{"a":2}]',
        b'{"records":[{"a":1}]}{"records":[]}',
        b'[{"a":1},{"a":2}',
        b'[{"a":1},{"a":',
        b'[{"a":1},{"a":"b',
        b'{"records":[{"a":1}',
        b'{"records":[{"a":1}],"total',
        b'{"records":',
        b"[",
        b"{",
        b'"',
        b"]",
        b"NaN",
        b"9" * 5_000,
        b"nothing",
        b"\xfe\xff\x00",
    ],
)
def test_what_does_not_come_to_an_end_or_goes_on_behind_it_is_no_answer(body: bytes) -> None:
    with pytest.raises(UnreadableError, match="JSON"):
        load(body)
    with pytest.raises(UnreadableError, match="JSON"):
        list(load_list(body))


@pytest.mark.parametrize("body", [b"[1,{},2,3,{},4]", b'["a",{},{},"]"]', b"[null,{},{}]"])
def test_values_that_are_no_rows_do_not_hide_those_that_are(body: bytes) -> None:
    read = [row for row in one_by_one(body) if row == {}]
    assert read == [{}, {}]


def test_no_more_is_built_than_has_room() -> None:
    with pytest.raises(UnreadableError, match=f"{MAX_ROWS:,} rows"):
        load_list(page(*[b"{}"] * (AT_ONCE_VALUES + 1)))
    with pytest.raises(UnreadableError, match=f"{MAX_BRACKETS:,} brackets"):
        load_list(page(*[b"[" * 50 + b"]" * 50] * (MAX_BRACKETS // 100 + 1)))
    with pytest.raises(UnreadableError, match=f"{MAX_MEMBERS:,} fields"):
        load_list(b"{" + b",".join(b'"%d":1' % n for n in range(AT_ONCE_VALUES + 1)) + b"}")
    with pytest.raises(UnreadableError, match=f"{AT_ONCE_VALUES:,} values"):
        load(page(*[b"1"] * (AT_ONCE_VALUES + 2)))
    with pytest.raises(UnreadableError, match=f"{MAX_VALUE_BYTES:,} bytes"):
        load(b'"' + b"a" * MAX_VALUE_BYTES + b'"')


def test_what_is_too_much_in_a_row_costs_nothing_beside_it() -> None:
    many = b'{"caseID":8,"x":{"y":' + page(*[b"1"] * (AT_ONCE_VALUES + 2)) + b'},"caseName":"A"}'
    long = b'{"caseID":9,"caseName":"' + b"a" * MAX_VALUE_BYTES + b'","z":1}'
    read, broken = sorted_out(load_list(page(b'{"caseID":1}', many, b'{"caseID":2}', long, b'{"caseID":3}')))
    assert len(read[1]["x"].pop("y")) == 1
    assert read == [
        {"caseID": 1},
        {"caseID": 8, "x": {}, "caseName": "A"},
        {"caseID": 2},
        {"caseID": 9, "caseName": None, "z": 1},
        {"caseID": 3},
    ]
    assert broken == []


def test_a_crowd_in_a_row_is_gone_through_one_by_one() -> None:
    crowd = [b'{"name":"N%d","x":[1,2,3,4,5]}' % n for n in range(30_000)]
    row = b'{"caseID":8,"plaintiffs":' + page(*crowd) + b"}"
    for case in (load(row), *load_list(page(row))):
        assert case["caseID"] == 8
        assert isinstance(case["plaintiffs"], Rows)
        assert len(case["plaintiffs"]) == 30_000
        assert list(case["plaintiffs"])[29_999] == {"name": "N29999", "x": [1, 2, 3, 4, 5]}


def test_text_with_many_commas_and_brackets_is_no_crowd_of_values() -> None:
    note = {"noteID": 1, "noteText": "{a,b},[c]," * 60_000}
    body = json.dumps([note]).encode()
    assert list(load_list(body)) == load(body) == [note]
