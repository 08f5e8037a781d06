"""Any practice areas."""

from hypothesis import given
from hypothesis import strategies as st

from core.stage import PracticeArea, PracticeAreas, Stage

words = st.text(min_size=1, max_size=8).filter(lambda word: word.strip() != "")


@given(st.lists(words, min_size=6, max_size=60, unique=True), st.data())
def test_areas_survive_being_stored(names: list[str], data: st.DataObject) -> None:
    """Names are dealt out so that none stands twice."""
    areas = []
    while len(names) >= 6:
        area, a, b, *names = names
        number = data.draw(st.integers(0, min(3, len(names) - 1)))
        mapped, names = names[:number], names[number:]
        areas.append(PracticeArea(area, (Stage(a, tuple(mapped)), Stage(b)), ()))
    whole = PracticeAreas(tuple(areas))
    assert PracticeAreas.from_data(whole.to_data()) == whole
