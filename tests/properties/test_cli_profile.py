"""Any profile of changes."""

from hypothesis import given
from hypothesis import strategies as st

from adapters.smartadvocate.profile_keys import profile_keys
from core.profile import flat, with_changes

KEYS = profile_keys()


NAMES = st.sampled_from([key.name for key in KEYS])


@given(st.dictionaries(NAMES, st.text(max_size=20) | st.sampled_from(["default", "null"]), max_size=5))
def test_a_profile_of_changes_is_read_back_by_its_keys(changes: dict[str, str]) -> None:
    whole = with_changes({}, changes, KEYS)
    kept = {name: None if text == "null" else text for name, text in changes.items() if text != "default"}
    assert flat(whole) == kept
    assert with_changes(whole, {}, KEYS) == whole
    assert with_changes(whole, dict.fromkeys(kept, "default"), KEYS) == {}
