"""Rows of any shape: what reads them never fails, and what it gives is fit to be stored."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.smartadvocate import wire
from adapters.smartadvocate.note_types import read_note_types
from adapters.smartadvocate.profile import read_profile
from adapters.smartadvocate.wire_cases import read_case
from adapters.smartadvocate.wire_documents import categories_in, read_categories, read_documents, uploaded_id
from adapters.smartadvocate.wire_notes import inserted_id, read_notes
from core.case import SourceCase

PROFILE = read_profile("north", {"zone": "America/New_York"})
NAMES = [
    *("caseID", "CASEID", "caseNumber", "caseType", "caseStatus", "caseName", "createdDate", "modifiedDate"),
    *(
        "incident",
        "incidentDate",
        "caseStaff",
        "firstName",
        "lastName",
        "email",
        "role",
        "plaintiffs",
        "name",
    ),
    *(
        "primary",
        "markedAsRemoved",
        "contact",
        "contactCtg",
        "phones",
        "phoneNumber",
        "emails",
        "secondStatuses",
    ),
    *("noteID", "noteText", "noteTypeID", "noteTypeName", "isSharedinCP", "userID", "noteDate", "subject"),
    *("documentID", "documentName", "description", "categoryID", "categoryName", "id", "statusTypeName"),
]
DATES = [
    "2024-05-01T10:00:00Z",
    "0001-01-01T00:00:00",
    "9999-12-31T23:59:59-14:00",
    "1900-01-01",
    "2024-02-30",
]
single = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from([*DATES, 1, 300417, "300417", 10**40, "a" * 5_000, "\ud83d\x00"])
)
rows = st.recursive(
    single,
    lambda inner: (
        st.dictionaries(st.sampled_from(NAMES) | st.text(max_size=5), inner, max_size=8)
        | st.lists(inner, max_size=3)
    ),
    max_leaves=25,
)


@given(st.lists(rows, max_size=4))
def test_readers_of_rows_never_fail(content: list[Any]) -> None:
    body = json.dumps(content).encode()
    for found in (content, list(wire.rows(wire.load_list(body), "rows"))):
        for row in found:
            case = read_case(row, PROFILE)
            if isinstance(case, SourceCase):
                for shown in (
                    case.case_number,
                    case.name or "",
                    *(f"{p.last_name}" for p in case.plaintiffs),
                ):
                    shown.encode()
                    assert "\x00" not in shown
            inserted_id(row)
            uploaded_id(row)
        read_notes(found, PROFILE)
        read_documents(found)
        read_categories(found)
        categories_in(found)
        read_note_types(found)


@given(
    st.lists(rows, max_size=3),
    st.integers(0, 400),
    st.sampled_from([b'"', b"{", b"]", b"\\", b"\x00", b",", b"\xff"]),
)
def test_rows_with_one_byte_too_many_are_read_or_refused(content: list[Any], at: int, byte: bytes) -> None:
    body = json.dumps(content).encode()
    body = body[: at % (len(body) + 1)] + byte + body[at % (len(body) + 1) :]
    try:
        found = wire.load_list(body)
        for row in wire.rows(found, "rows"):
            read_case(row, PROFILE)
    except wire.UnreadableError:
        return
