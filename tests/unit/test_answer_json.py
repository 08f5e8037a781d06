"""JSON from outside: what is broken costs itself and no more, and nothing takes long or becomes large."""

import json
from collections.abc import Iterable
from typing import Any

import pytest

from adapters.smartadvocate import answer_json
from adapters.smartadvocate.answer_json import BrokenRow, Rows, UnreadableError, load, load_list
from core.charset import charset_of
from tests.unit.json_pages import one_by_one, page

GOOD = [{"caseID": n, "caseName": f"A v. B{n}", "plaintiffs": [{"name": "x, {y}"}]} for n in range(3)]


def sorted_out(found: Iterable[Any]) -> tuple[list[Any], list[bytes]]:
    """Return what could be parsed, and what could not as it came."""
    rows = list(found)
    return [row for row in rows if not isinstance(row, BrokenRow)], [
        row.raw for row in rows if isinstance(row, BrokenRow)
    ]


def test_raw_control_characters_count_as_blanks_wherever_they_stand() -> None:
    for character in map(chr, range(0x20)):
        inside = f'[{{"caseID":1,"caseName":"C{character}v. D"}},{{"caseID":2}}]'.encode()
        assert load(inside) == load_list(inside) == [{"caseID": 1, "caseName": "C v. D"}, {"caseID": 2}]
        between = f'{character}[{character}{{"caseID":{character}1}}{character}]{character}'.encode()
        assert load(between) == load_list(between) == [{"caseID": 1}], repr(character)


@pytest.mark.parametrize(
    "sign", ["\ufeff", "\u00a0", "\u2028", "\u202f", "\u3000", "\u200b", "\u2060\u200f", ","]
)
def test_a_byte_order_mark_or_a_blank_between_rows_costs_none_of_them(sign: str) -> None:
    rows = [json.dumps(row).encode() for row in GOOD]
    mark = sign.encode()
    for place in range(len(rows)):
        marked = [*rows[:place], mark + rows[place], *rows[place + 1 :]]
        assert sorted_out(load_list(page(*marked))) == (GOOD, [])
        assert sorted_out(load_list(page(*rows[:place], rows[place] + mark, *rows[place + 1 :]))) == (
            GOOD,
            [],
        )


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
def test_only_the_row_that_is_beyond_help_suffers(broken: bytes) -> None:
    rows = [json.dumps(row, separators=(",", ":")).encode() for row in GOOD]
    for place in range(len(rows) + 1):
        whole = [*rows[:place], broken, *rows[place:]]
        assert sorted_out(load_list(page(*whole))) == (GOOD, [broken]), place
        envelope = b'{"records": [', b'], "pageRequest": {"totalRecords": 4}}'
        content = load_list(page(*whole, before=envelope[0], after=envelope[1]))
        assert content["pageRequest"] == {"totalRecords": 4}
        assert sorted_out(content["records"]) == (GOOD, [broken]), place


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


@pytest.fixture
def tight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits that are met sooner, in the proportions of the real ones."""
    for name, value in TIGHT.items():
        monkeypatch.setattr(answer_json, name, value)


TIGHT = {"AT_ONCE_VALUES": 2_000, "MAX_ROWS": 500, "MAX_BRACKETS": 10_000, "MAX_MEMBERS": 10,
         "MAX_VALUE_BYTES": 80_000}  # fmt: skip
VALUES, VALUE_BYTES = TIGHT["AT_ONCE_VALUES"], TIGHT["MAX_VALUE_BYTES"]


@pytest.mark.usefixtures("tight")
def test_no_more_is_built_than_has_room() -> None:
    with pytest.raises(UnreadableError, match="500 rows"):
        load_list(page(*[b"{}"] * (VALUES + 1)))
    with pytest.raises(UnreadableError, match="10,000 brackets"):
        load_list(page(*[b"[" * 50 + b"]" * 50] * 101))
    with pytest.raises(UnreadableError, match="10 fields"):
        load_list(b"{" + b",".join(b'"%d":1' % n for n in range(VALUES + 1)) + b"}")
    with pytest.raises(UnreadableError, match="2,000 values"):
        load(page(*[b"1"] * (VALUES + 2)))
    with pytest.raises(UnreadableError, match="80,000 bytes"):
        load(b'"' + b"a" * VALUE_BYTES + b'"')


def test_the_real_limits_are_in_proportion() -> None:
    real = {name: getattr(answer_json, name) for name in TIGHT}
    assert real["MAX_ROWS"] < real["AT_ONCE_VALUES"] < real["MAX_BRACKETS"]
    assert real["MAX_MEMBERS"] < real["AT_ONCE_VALUES"]
    with pytest.raises(UnreadableError, match=f"{real['MAX_VALUE_BYTES']:,} bytes"):
        load(b'"' + b"a" * real["MAX_VALUE_BYTES"] + b'"')


@pytest.mark.usefixtures("tight")
def test_what_is_too_much_in_a_row_costs_nothing_beside_it() -> None:
    many = b'{"caseID":8,"x":{"y":' + page(*[b"1"] * (VALUES + 2)) + b'},"caseName":"A"}'
    long = b'{"caseID":9,"caseName":"' + b"a" * VALUE_BYTES + b'","z":1}'
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


@pytest.mark.usefixtures("tight")
def test_a_crowd_in_a_row_is_gone_through_one_by_one() -> None:
    crowd = [b'{"name":"N%d","x":[1,2,3,4,5]}' % n for n in range(300)]
    row = b'{"caseID":8,"plaintiffs":' + page(*crowd) + b"}"
    for case in (load(row), *load_list(page(row))):
        assert case["caseID"] == 8
        assert isinstance(case["plaintiffs"], Rows)
        assert len(case["plaintiffs"]) == 300
        assert list(case["plaintiffs"])[299] == {"name": "N299", "x": [1, 2, 3, 4, 5]}


def test_text_with_many_commas_and_brackets_is_no_crowd_of_values() -> None:
    note = {"noteID": 1, "noteText": "{a,b},[c]," * 60_000}
    body = json.dumps([note]).encode()
    assert list(load_list(body)) == load(body) == [note]
