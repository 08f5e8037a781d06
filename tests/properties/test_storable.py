"""Any words can be stored."""

from hypothesis import given
from hypothesis import strategies as st

from core.storable import storable
from tests.properties.hostile import HOSTILE_ALONE, slow_to_read


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_whatever_is_said_can_be_stored_and_what_could_be_stays(words: str) -> None:
    kept = storable(words)
    assert "\x00" not in kept
    kept.encode()
    assert storable(kept) == kept
    try:
        words.encode()
    except UnicodeEncodeError:
        return
    assert kept == words.replace("\x00", "")


def test_no_words_are_slow_to_mend(hostile_length: int) -> None:
    assert slow_to_read(storable, hostile_length, HOSTILE_ALONE) == []
