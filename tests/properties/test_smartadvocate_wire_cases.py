"""Any row of a case."""

from datetime import UTC
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.smartadvocate.wire_cases import read_case
from core.case import SourceCase
from tests.unit.case_rows import PROFILE, a_contact, a_row, read

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text()
    | st.sampled_from(["2024-01-01", "a@b"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(sorted(a_contact())), inner, max_size=4)
    ),
    max_leaves=10,
)
rows = st.fixed_dictionaries({}, optional=dict.fromkeys(a_row(), anything))


@given(rows | anything)
def test_no_row_makes_reading_fail(row: Any) -> None:
    case = read_case(row, PROFILE)
    if isinstance(case, SourceCase):
        assert case.integration_id
        assert case.modified_at.tzinfo is UTC


@given(
    st.lists(anything, max_size=3), st.lists(st.fixed_dictionaries({"contact": anything, "name": anything}))
)
def test_no_people_make_reading_fail(staff: list[Any], plaintiffs: list[Any]) -> None:
    read(caseStaff=staff, plaintiffs=plaintiffs)
