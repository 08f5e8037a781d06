"""JSON from outside: what is broken costs itself and no more, and nothing takes long or becomes large."""

import json
import time
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.smartadvocate import answer_json
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

GOOD = [{"caseID": n, "caseName": f"A v. B{n}", "plaintiffs": [{"name": "x, {y}"}]} for n in range(3)]
MIB = 2**20


def sorted_out(found: Iterable[Any]) -> tuple[list[Any], list[bytes]]:
    """Return what could be parsed, and what could not as it came."""
    rows = list(found)
    return [row for row in rows if not isinstance(row, BrokenRow)], [
        row.raw for row in rows if isinstance(row, BrokenRow)
    ]


def page(*rows: bytes, before: bytes = b"[", after: bytes = b"]") -> bytes:
    return before + b",".join(rows) + after


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


def one_by_one(body: bytes) -> Any:
    """Read it as a body that is too large to be parsed at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(answer_json, "AT_ONCE_BYTES", 0)
        return load_list(body)


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
