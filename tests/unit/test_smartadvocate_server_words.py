"""The server's own words in errors."""

import html
import json

import pytest

from adapters.smartadvocate.server_words import MAX_WORDS, server_words

SAID = "The note type is not known."
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6IjQxMSJ9.c2lnbmF0dXJlLXNpZ25hdHVyZQ"


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"message": SAID}),
        json.dumps({"Message": SAID}),
        json.dumps({"title": SAID, "status": 400}),
        json.dumps(SAID),
        SAID,
        f"  {SAID}\r\n",
        f"<html><head><title>Error</title><style>p {{}}</style></head><body><p>{SAID}</p></body></html>",
    ],
)
def test_words_are_found_in_every_shape_of_error(body: str) -> None:
    assert server_words(body.encode()) == "The note type is not known"


def test_problem_details_give_title_detail_and_fields() -> None:
    body = {
        "title": "Bad Request.",
        "detail": "It failed.",
        "status": 400,
        "errors": {"noteTypeID": ["is required"]},
    }
    assert server_words(json.dumps(body).encode()) == "Bad Request: It failed ; noteTypeID: is required"


@pytest.mark.parametrize(
    "body", [b"", b"   ", b"{}", b"[]", b"null", b"5", b'{"message": null}', b'{"half', b"[" * 20000]
)
def test_no_words_are_no_words(body: bytes) -> None:
    assert server_words(body) == ""


def test_words_are_short_plain_and_printable() -> None:
    said = server_words(("<b>no</b>\x00\x1b[31m\u202e way " * 200).encode())
    assert len(said) == MAX_WORDS
    assert said.isprintable()
    assert "<" not in said


@pytest.mark.parametrize(
    "secret",
    [
        JWT,
        f"Bearer {JWT}",
        "Bearer abc123",
        "password=hunter22",
        '"Password": "hunter22"',
        "api_key: hunter22",
        "ruth.okafor@client.test",
        "(202) 555-0143",
        "+12025550143",
        "900-12-3456",
        "0123456789abcdef0123456789abcdef",
    ],
)
def test_secrets_and_people_are_taken_out(secret: str) -> None:
    said = server_words(f"Rejected {secret} today".encode())
    assert said.startswith("Rejected")
    assert said.endswith("today")
    for part in (JWT, "hunter22", "okafor", "555", "3456", "abc123", "abcdef"):
        assert part not in said


def test_words_that_repeat_a_passage_we_sent_are_dropped() -> None:
    ours = "Inbound message<br>I want to fire you &amp; your partner<br>Reference: CS-1"
    assert server_words(b"Illegal input: I want to fire you", [ours]) == ""
    assert server_words(html.escape("Illegal: WANT  TO FIRE YOU & your").encode(), [ours]) == ""


def test_single_words_we_sent_are_left_out_and_common_ones_stay() -> None:
    assert server_words(b"The note text contains 'divorce' twice", ["my divorce note"]) == (
        "The note text contains '…' twice"
    )


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("error:password=hunter22 today", "error:password: [secret] today"),
        ("my-password: hunter22", "my-password: [secret]"),
        ("PASSWD='hunter22', user", "PASSWD: [secret], user"),
        ("pass=a pass=b", "pass: [secret] pass: [secret]"),
        ("the password is wrong", "the password is wrong"),
        ("a@ b @c d@e", "a@ b @c [e-mail]"),
        ("Value <x> is not valid", "Value is not valid"),
        ("<title>Down</title><body></body>", "Down"),
        ("<p>No <![ such ]> note", "No note"),
        ("&lt;b&gt;no&lt;/b&gt;", "no"),
    ],
)
def test_what_servers_say_is_cleaned(said: str, shown: str) -> None:
    assert server_words(said.encode()) == shown
