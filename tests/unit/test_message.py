"""A message becomes a note that says who, when and which way, safely, and can be found again."""

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.message import (
    NOTE_SUBJECT,
    MessageSent,
    Note,
    NoteDraft,
    compose_note,
    find_by_mark,
    reference_mark,
)
from core.shared_note import bears_our_mark
from tests.fakes.samples import message_data

NEW_YORK = ZoneInfo("America/New_York")


def note(**changes: Any) -> NoteDraft:
    return compose_note(MessageSent.from_data(message_data(**changes)), NEW_YORK)


def lines(draft: NoteDraft) -> list[str]:
    return [html.unescape(line) for line in draft.text.split("<br>")]


def test_the_subject_is_exactly_the_words_of_the_walkthrough() -> None:
    assert note().subject == "Case Status Message"


def test_a_note_says_direction_sender_time_text_attachments_and_mark() -> None:
    draft = note(text="First\nSecond", attachments=["a.pdf", "b.png"])
    assert lines(draft) == [
        "Inbound message (client to firm)",
        "From: Ruth Okafor (client)",
        "Sent: 2026-11-02 06:00:00 EST",
        "",
        "First",
        "Second",
        "",
        "Attachments: a.pdf, b.png",
        "",
        f"Reference: {draft.mark}",
    ]


def test_names_hide_nothing_and_turn_nothing_around() -> None:
    draft = note(sender_name="Ruth\u202e\r\nOkafor", attachments=["bill\u202efdp.exe", "👩\u200d👧.png"])
    assert lines(draft)[1] == "From: Ruth  Okafor (client)"
    assert lines(draft)[-3] == "Attachments: billfdp.exe, 👩\u200d👧.png"
    assert lines(note(sender_name="\u200b\u2066"))[1] == "From: somebody (client)"


def test_an_outbound_message_says_so() -> None:
    assert lines(note(direction="outbound"))[0] == "Outbound message (firm to client)"


def test_without_attachments_there_is_no_line_for_them() -> None:
    assert "Attachments" not in note().text


def test_the_time_is_the_firms_summer_and_winter_and_the_date_stays_the_instant() -> None:
    draft = note(sent_at="2026-07-01T02:30:00Z")
    assert lines(draft)[2] == "Sent: 2026-06-30 22:30:00 EDT"
    assert draft.dated == datetime(2026, 7, 1, 2, 30, tzinfo=UTC)


def test_what_was_typed_shows_as_typed_and_does_nothing() -> None:
    draft = note(text="<script>alert('x')</script> & <b>", sender_name="<i>Ruth</i>", attachments=["<a>.pdf"])
    assert re.findall(r"<(?!br>)", draft.text) == []
    assert "<script>alert('x')</script> & <b>" in lines(draft)
    assert lines(draft)[1] == "From: <i>Ruth</i> (client)"


def test_the_mark_is_the_same_for_the_same_message_for_ever() -> None:
    """Notes written by an older release must be found by a newer one: these words are stored elsewhere."""
    assert reference_mark("north", "m-1") == "CS-91c90d3ec37360b90ed81e27"
    assert note().mark == note(text="edited").mark == reference_mark("north", "m-1")


def test_the_mark_tells_firms_and_messages_apart_however_their_ids_are_cut() -> None:
    pairs = [("a", "bc"), ("ab", "c"), ("abc", ""), ("a:1:b", "c"), ("a", "1:b:c")]
    assert len({reference_mark(*pair) for pair in pairs}) == len(pairs)


def test_a_note_is_found_in_whatever_dress_the_server_gives_it() -> None:
    draft = note()
    others = [Note("1", "<p>Other</p>"), Note("2", f"plain\r\n{draft.mark}"), Note("3", draft.text)]
    found = find_by_mark(others, draft.mark)
    assert found is not None
    assert found.note_id == "2"
    assert find_by_mark(others[:1], draft.mark) is None
    assert find_by_mark([], draft.mark) is None


@pytest.mark.parametrize(
    "dress",
    [
        lambda text: text.upper(),
        lambda text: text.replace("-", "&#45;"),
        lambda text: text.replace("-", "&amp;#x2d;"),
        lambda text: text.replace("CS-", "CS\u2011"),
        lambda text: re.sub("(CS-[0-9a-f]{5})", r"<span style='x'>\1</span>", text),
        lambda text: re.sub("(CS-[0-9a-f]{20})", "\\1\u00ad\n", text),
        lambda text: "".join(f"&#{ord(sign)};" for sign in text),
    ],
)
def test_a_note_is_found_whatever_an_editor_has_done_to_its_mark(dress: Callable[[str], str]) -> None:
    draft, other = note(), note(message_id="m-2")
    dressed = Note("7", dress(draft.text), subject=NOTE_SUBJECT)
    notes = [Note("6", dress(other.text)), dressed]
    assert draft.mark not in dressed.text
    assert find_by_mark(notes, draft.mark) == dressed
    assert find_by_mark(notes[:1], draft.mark) is None
    assert bears_our_mark(dressed), "or it would come back as a message, once it is shared"


def test_drafts_and_notes_do_not_show_their_text() -> None:
    draft = note(text="privileged")
    assert "privileged" not in repr(draft)
    assert "privileged" not in repr(Note("1", draft.text))
