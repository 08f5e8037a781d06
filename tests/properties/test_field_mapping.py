"""Any field mapping."""

import json

from hypothesis import given
from hypothesis import strategies as st

from core.field_mapping import FieldMapping

names = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs"]), min_size=1, max_size=20)
roles = st.lists(names, min_size=1, max_size=5, unique=True)
paths = st.from_regex(r"[a-z]{2,8}(\.[a-z]{2,8}){0,2}", fullmatch=True).map(lambda p: f"my{p}")
texts = st.one_of(paths.map(lambda p: {"path": p}), names.map(lambda n: {"track": n}))
mappings = st.fixed_dictionaries(
    {},
    optional={
        "stage": st.fixed_dictionaries({"source": texts}, optional={"required": st.booleans()}),
        "lead_attorney": roles.map(lambda r: {"source": {"staff": r}}),
        "paralegals": roles.map(lambda r: {"source": {"staff": r}, "required": True}),
        "description": st.fixed_dictionaries({"source": texts}),
        "case_date": st.one_of(st.just({"source": None}), paths.map(lambda p: {"source": {"path": p}})),
    },
)


@given(mappings)
def test_a_mapping_survives_being_stored(data: dict[str, object]) -> None:
    mapping = FieldMapping.from_data(data)
    assert FieldMapping.from_data(json.loads(json.dumps(mapping.to_data()))) == mapping
