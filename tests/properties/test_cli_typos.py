"""Whatever is typed has a nearest or none."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.cli.nearest import nearest


@given(st.text(max_size=50), st.lists(st.text(max_size=20), max_size=5))
def test_the_nearest_is_one_of_the_known_or_none_whatever_is_typed(asked: str, known: list[str]) -> None:
    found = nearest(asked, known)
    assert found is None or found in known
