"""Any name of a file."""

import unicodedata
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.document import MAX_FILE_NAME, DocumentUploaded, clean_name, free_name, split_name
from tests.fakes.samples import a_document


def uploaded(**changes: Any) -> DocumentUploaded:
    content = a_document(**changes).content
    assert isinstance(content, DocumentUploaded)
    return content


@given(st.text(max_size=700))
def test_every_name_becomes_one_that_can_be_stored(name: str) -> None:
    made = clean_name(name)
    assert 0 < len(made) <= MAX_FILE_NAME
    assert made.strip()
    assert not set(made) & set('\\/<>:"|?*\r\n\t\0')
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in made)
    assert made == made.rstrip(". ")
    assert clean_name(made) == made


@given(st.text(max_size=400), st.lists(st.text(max_size=20), max_size=3))
def test_a_free_name_is_never_too_long_and_keeps_the_extension(stem: str, present: list[str]) -> None:
    name = clean_name(stem + ".pdf")
    made = free_name(name, uploaded().mark, [*present, name])
    assert len(made) <= MAX_FILE_NAME
    assert made.casefold() != name.casefold()
    assert split_name(made)[1] == split_name(name)[1]
