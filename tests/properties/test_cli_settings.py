"""Any name of a firm, any two settings."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.firm import Firm
from core.setting_diff import MOST_TOLD, differences
from core.usecases.add_firm import MAX_ID, readable_id
from tests.fakes.service import FakeService
from tests.unit.cli_shell import MANAGER


@given(st.text(max_size=300))
def test_an_id_made_of_a_name_is_one_or_nothing(name: str) -> None:
    made = readable_id(name)
    if made:
        service = FakeService()
        service.add_firm(MANAGER, Firm(made, name or "x"))
        assert len(made) <= MAX_ID


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    | st.lists(st.fixed_dictionaries({"name": st.text(max_size=3), "stages": inner}), max_size=3),
    max_leaves=12,
)  # fmt: skip


@given(JSON, JSON)
def test_what_differs_is_told_exactly_where_something_does(old: Any, new: Any) -> None:
    told = differences(old, new)
    assert bool(told) == (json.dumps(old, sort_keys=True) != json.dumps(new, sort_keys=True))
    assert len(told) <= MOST_TOLD + 1
    assert differences(old, old) == {}
