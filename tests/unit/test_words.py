"""Every reason has words at every door, and no words of a door are in the core."""

import re

import pytest

from adapters.cli import words as cli_words
from adapters.web.api import api_words
from adapters.web.pages import page_words
from core.errors import CasebridgeError, UnknownFirmError
from core.reason import Reason
from core.words import WordTable

DOORS = {"the command line": cli_words.WORDS, "the pages": page_words.WORDS, "the API": api_words.WORDS}
# Where a message names what to correct, a next step would only say it again.
_NO_STEP = {Reason.ERROR, Reason.CONFIGURATION, Reason.EMBEDDED_POSTGRES}
_COMMAND = re.compile(
    r"casebridge (migrate|run|work|web|doctor|demo|connect|disconnect|import|verify|permissions)\b"
    r"|casebridge [a-z]+ (list|show|set|add|replay)\b"
    r"|'casebridge [a-z]|`casebridge [a-z]"
)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_words_at_every_door(door: str, reason: Reason) -> None:
    words = DOORS[door][reason]
    assert words.what
    assert not words.what.endswith(".")
    assert not words.next_step.endswith(".")
    if reason not in _NO_STEP:
        assert words.next_step, f"{door}: what can a person do about {reason}?"


@pytest.mark.parametrize("door", DOORS)
def test_no_door_has_words_for_what_is_no_reason(door: str) -> None:
    table: WordTable = DOORS[door]
    assert set(table) == set(Reason)


def test_the_pages_and_the_api_name_no_command() -> None:
    for door in ("the pages", "the API"):
        for words in DOORS[door].values():
            assert not _COMMAND.search(f"{words.what} {words.next_step}")


def test_an_error_is_one_line_with_what_was_seen_and_the_next_step() -> None:
    assert cli_words.sentence(UnknownFirmError("there is no firm 'nort'", firm_id="nort")) == (
        "there is no firm 'nort'. The known ones: casebridge firms list. Add one: casebridge firms add nort"
    )
    assert cli_words.sentence(CasebridgeError("it broke")) == "it broke"


def test_a_word_of_another_release_is_an_error_without_a_name() -> None:
    assert Reason.of("invented_later") is Reason.ERROR
    assert Reason.of("rate_limited") is Reason.RATE_LIMITED
    assert Reason.of(None) is Reason.ERROR
