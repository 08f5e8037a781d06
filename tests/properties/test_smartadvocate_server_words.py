"""Any words of a server in errors."""

import html
import json

from hypothesis import given
from hypothesis import strategies as st

from adapters.smartadvocate.server_words import MAX_WORDS, server_words
from tests.properties.hostile import slow_to_read


@given(st.text(min_size=1, max_size=40), st.sampled_from(["json", "plain", "html"]), st.text(max_size=30))
def test_what_we_sent_never_comes_back_as_a_passage(ours: str, shape: str, around: str) -> None:
    echo = f"{around} {ours} {around}"
    body = {"json": json.dumps({"message": echo}), "plain": echo, "html": f"<p>{html.escape(echo)}</p>"}[
        shape
    ]
    said = "".join(c for c in server_words(body.encode(errors="replace"), [ours]).casefold() if c.isalnum())
    sent = "".join(c for c in html.unescape(ours).casefold() if c.isalnum())
    assert len(sent) < 10 or sent not in said


@given(st.binary(max_size=300))
def test_no_body_makes_reading_fail(body: bytes) -> None:
    assert len(server_words(body, ["something sent"])) <= MAX_WORDS


def test_no_body_is_slow_to_read(hostile_length: int) -> None:
    def read(text: str) -> str:
        return server_words(text.encode("utf-8", "replace"), [text[: 64 * 1024]])

    assert slow_to_read(read, hostile_length) == []
