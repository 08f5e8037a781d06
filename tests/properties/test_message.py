"""Any text becomes a note."""

import html
import re
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from core.marked import folded
from core.message import MessageSent, Note, NoteDraft, compose_note, find_by_mark, reference_mark
from tests.fakes.samples import message_data
from tests.properties.hostile import slow_to_read

NEW_YORK = ZoneInfo("America/New_York")


def note(**changes: Any) -> NoteDraft:
    return compose_note(MessageSent.from_data(message_data(**changes)), NEW_YORK)


def lines(draft: NoteDraft) -> list[str]:
    return [html.unescape(line) for line in draft.text.split("<br>")]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=300))
def test_any_text_ends_with_its_mark_and_opens_no_tag(text: str) -> None:
    draft = note(text=text, attachments=[text])
    assert draft.text.endswith(f"Reference: {draft.mark}")
    assert re.findall(r"<(?!br>)", draft.text) == []
    assert find_by_mark([Note("n", draft.text)], draft.mark) is not None
    shown = lines(draft)
    for line in text.splitlines():
        assert line in shown


@given(st.text(max_size=50), st.text(max_size=50))
def test_the_mark_survives_html_and_plain_text(firm_id: str, message_id: str) -> None:
    mark = reference_mark(
        firm_id.encode("utf-8", "replace").decode(), message_id.encode("utf-8", "replace").decode()
    )
    assert re.fullmatch(r"CS-[0-9a-f]{24}", mark)
    assert html.escape(mark) == mark


def test_no_text_is_slow_to_look_for_marks_in(hostile_length: int) -> None:
    assert slow_to_read(folded, hostile_length) == []
