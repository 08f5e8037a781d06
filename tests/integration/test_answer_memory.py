"""What an answer becomes: whatever its shape, a worker that reads it stays small."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from adapters.smartadvocate.answer_json import AT_ONCE_VALUES, MAX_BRACKETS, MAX_ROWS, MAX_VALUE_BYTES
from tests.integration.smartadvocate_raw_server import RawServer, Received, Reply

LIMIT_MIB = 300
BYTES = 16 * 2**20


def rows(unit: bytes, count: int = BYTES, before: bytes = b"[", after: bytes = b"]") -> bytes:
    room = (BYTES - len(before) - len(after)) // (len(unit) + 1)
    return before + b",".join([unit] * min(count, room)) + after


def keys(count: int, before: bytes, after: bytes) -> bytes:
    every = b",".join(b'"k%d":1' % number for number in range(count))[: BYTES - 64]
    return before + every.rpartition(b",")[0] + after


def string(unit: bytes, more: bytes = b"", length: int = BYTES) -> bytes:
    start = b'{"caseID":1,"caseNumber":"1","modifiedDate":"2024-01-01","noteID":1,"documentID":1,"noteText":"'
    return b"[" + start + unit * ((length - 200) // len(unit)) + more + b'"}]'


def case(people: int, staff: int) -> bytes:
    row = b'{"caseID":1,"caseNumber":"1","modifiedDate":"2024-01-01","plaintiffs":[%s],"caseStaff":[%s]}'
    return row % (b",".join([b'{"name":"a"}'] * people), b",".join([b'{"role":"b"}'] * staff))


# The larger ones are refused. Those that stay below a limit are the ones that become most.
SHAPES: dict[str, tuple[str, Callable[[], bytes]]] = {
    "empty objects": ("search", lambda: rows(b"{}")),
    "small objects in an envelope": ("notes", lambda: rows(b'{"a":1}', BYTES, b'{"records":[', b"]}")),
    "small objects at once": ("search", lambda: rows(b'{"a":1}', AT_ONCE_VALUES // 2)),
    "as many rows as may be": ("search", lambda: rows(case(0, 0), MAX_ROWS)),
    "as many people as may be": ("search", lambda: rows(case(100, 200), MAX_BRACKETS // 610)),
    "empty arrays": ("documents", lambda: rows(b"[]")),
    "arrays in one row": ("search", lambda: rows(b"[]", BYTES, b"[[", b"]]")),
    "arrays of a case at once": (
        "case",
        lambda: rows(b"[]", AT_ONCE_VALUES // 2 - 9, b'{"caseID":10,"x":[', b"]}"),
    ),
    "nested arrays": ("search", lambda: rows(b"[" * 40 + b"]" * 40)),
    "arrays without end": ("notes", lambda: b"[" * BYTES),
    "objects inside each other": ("search", lambda: b'{"a":' * (BYTES // 6) + b"1" + b"}" * (BYTES // 6)),
    "numbers": ("search", lambda: rows(b"1")),
    "strings": ("documents", lambda: rows(b'"a"')),
    "a string of escapes": ("notes", lambda: string(b"\\u0001")),
    "a string of pairs": ("notes", lambda: string(b"\\ud83d\\ude00", length=MAX_VALUE_BYTES)),
    "a wide character in a long string": ("notes", lambda: string(b"a", "😀".encode())),
    "one in the longest that is read": (
        "notes",
        lambda: string(b"a", "😀".encode(), length=MAX_VALUE_BYTES),
    ),
    "one that is escaped": ("notes", lambda: string(b"a", b"\\ud83d\\ude00", length=MAX_VALUE_BYTES)),
    "a long string of broken text": ("notes", lambda: string(b"\xff", length=MAX_VALUE_BYTES)),
    "a long string of control characters": ("search", lambda: string(b"\x01", length=MAX_VALUE_BYTES)),
    "many fields": ("search", lambda: keys(1_300_000, b"{", b"}")),
    "many fields of a case": ("case", lambda: keys(AT_ONCE_VALUES, b"{", b"}")),
    "many fields of a row": ("search", lambda: keys(1_300_000, b"[{", b"}]")),
    "broken rows": ("search", lambda: rows(b'{"caseID":1,"caseNumber":"A "v. B"}', MAX_ROWS)),
    "utf-16": ("search", lambda: rows(b'{"caseID":7}' + b" " * 140, MAX_ROWS).decode().encode("utf-16")),
    "quotes": ("notes", lambda: b'[{"caseID":1,"noteText":"' + b'"' * (BYTES - 40) + b'"}]'),
}


# Those that become most, and those that take each way through the reading; with --long all of them.
SHORT = {
    "small objects at once",
    "as many rows as may be",
    "empty arrays",
    "arrays without end",
    "objects inside each other",
    "numbers",
    "a string of escapes",
    "a wide character in a long string",
    "one in the longest that is read",
    "many fields of a case",
    "many fields of a row",
    "quotes",
}


@pytest.fixture(scope="module")
def shapes(request: pytest.FixtureRequest) -> dict[str, tuple[str, Callable[[], bytes]]]:
    assert set(SHAPES) > SHORT
    if request.config.getoption("--long"):
        return SHAPES
    return {name: shape for name, shape in SHAPES.items() if name in SHORT}


@pytest.mark.timeout(600)
def test_a_worker_stays_under_300_mib_on_any_answer(
    shapes: dict[str, tuple[str, Callable[[], bytes]]],
) -> None:
    kinds, bodies = zip(*shapes.values(), strict=True)

    def answer(request: Received) -> Reply:
        path = re.search(r"case/([0-9]+)", request.target)
        number = int(path[1]) - 1 if path else request.json["pageRequest"]["currentPage"]
        if "documents/byDatePaged" in request.target or number >= len(bodies):
            return Reply(body=b"[]")
        return Reply(body=bodies[number]())

    with RawServer(answer) as server:
        told = eaten(server, kinds)
    names = list(shapes)
    grown = [
        f"{names[line['answer']]} as {line['as']}: {line['peak']} MiB ({line['said'][:80]})" for line in told
    ]
    assert told[-1]["peak"] < LIMIT_MIB, "\n".join(grown)


def test_a_worker_keeps_no_memory_of_each_thread_that_read_a_large_answer() -> None:
    too_large = rows(b"{}") + b" " * BYTES
    with RawServer(lambda _: Reply(body=too_large)) as server:
        told = eaten(server, ["notes"] * 14)
    assert {"larger than 16,777,216 bytes" in line["said"] for line in told} == {True}
    assert told[-1]["peak"] < told[0]["peak"] + 100


def eaten(server: RawServer, kinds: Sequence[str]) -> list[dict[str, Any]]:
    """Let a process read so many answers, and return what it told."""
    eater = subprocess.run(
        [sys.executable, "-m", "tests.integration.answer_eater", server.base_url, *kinds],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=580,
        check=False,
    )
    assert eater.returncode == 0, eater.stderr[-2000:]
    told = [json.loads(line) for line in eater.stdout.splitlines()][1:]
    assert len(told) == len(kinds)
    return told
