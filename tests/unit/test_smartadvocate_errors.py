"""Answers to errors, pauses, and the life of tokens."""

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest

from adapters.http.reading import TooLargeError, TooSlowError
from adapters.smartadvocate.call import Answer, Call, Operation
from adapters.smartadvocate.errors import broken_exchange, refused
from adapters.smartadvocate.routes import Purpose
from adapters.smartadvocate.site import Sites
from adapters.smartadvocate.token_life import LIFE_WITHOUT_EXP, usable_for
from core.errors import (
    AnswerLostError,
    CasebridgeError,
    CaseNotFoundError,
    ConnectionRejectedError,
    NeedsPersonError,
    PermissionMissingError,
    RateLimitedError,
    RejectedBySmartAdvocateError,
    TransientError,
    UnreadableAnswerError,
)
from core.firm import Firm
from core.pause import DEFAULT_PAUSE, SHORTEST_PAUSE

NORTH = Firm("north", "North", base_url="sa.quill.test")
SITE = Sites().site(NORTH)
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
READ = Operation("north", "read", "300417")
WRITE = Operation("north", "insert a note into", "300417", write=True)


def error(operation: Operation, status: int, body: bytes = b"", **headers: str) -> CasebridgeError:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    call = Call(NORTH, SITE, operation, Purpose.NOTES, "300417")
    return refused(Answer(call, status, httpx2.Headers(named), body), NOW)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, ConnectionRejectedError),
        (403, PermissionMissingError),
        (404, CaseNotFoundError),
        (405, NeedsPersonError),
        (429, RateLimitedError),
        (301, NeedsPersonError),
        (400, RejectedBySmartAdvocateError),
        (413, RejectedBySmartAdvocateError),
        (415, RejectedBySmartAdvocateError),
        (422, RejectedBySmartAdvocateError),
    ],
)
@pytest.mark.parametrize("operation", [READ, WRITE])
def test_a_refusal_is_the_same_for_reads_and_writes(
    operation: Operation, status: int, kind: type[CasebridgeError]
) -> None:
    assert type(error(operation, status)) is kind


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504, 599])
def test_a_server_error_is_transient_for_a_read_and_a_lost_answer_for_a_write(status: int) -> None:
    assert type(error(READ, status)) is TransientError
    assert type(error(WRITE, status)) is AnswerLostError


@pytest.mark.parametrize("status", [409, 423])
def test_a_conflict_may_be_with_the_very_note_that_was_to_be_written(status: int) -> None:
    assert type(error(WRITE, status)) is AnswerLostError
    assert type(error(READ, status)) is RejectedBySmartAdvocateError


def test_a_redirect_that_may_follow_a_stored_note_is_a_lost_answer() -> None:
    assert type(error(WRITE, 303)) is AnswerLostError
    assert type(error(WRITE, 302)) is AnswerLostError
    assert type(error(READ, 302)) is NeedsPersonError


def test_every_status_has_an_error_that_names_firm_case_and_status() -> None:
    for status in (*range(100, 200), *range(300, 1_000)):
        for operation in (READ, WRITE):
            said = str(error(operation, status, b"\xff{"))
            assert "'north'" in said
            assert "300417" in said
            assert str(status) in said


def test_a_write_is_called_transient_only_where_it_was_surely_not_stored() -> None:
    statuses = (*range(100, 200), *range(300, 1_000))
    assert {s for s in statuses if isinstance(error(WRITE, s), TransientError)} <= {421, 425, 429}


@pytest.mark.parametrize("kind", [httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout])
def test_a_request_that_was_never_written_is_transient(kind: type[httpx2.TransportError]) -> None:
    assert type(broken_exchange(WRITE, kind("secret"))) is TransientError


@pytest.mark.parametrize(
    "kind",
    [
        httpx2.ReadTimeout,
        httpx2.ReadError,
        httpx2.WriteError,
        httpx2.WriteTimeout,
        httpx2.RemoteProtocolError,
        httpx2.DecodingError,
    ],
)
def test_any_other_break_loses_the_answer_of_a_write(kind: type[httpx2.RequestError]) -> None:
    lost = broken_exchange(WRITE, kind("secret"))
    assert type(lost) is AnswerLostError
    assert "secret" not in str(lost)
    assert type(broken_exchange(READ, kind("secret"))) is TransientError


@pytest.mark.parametrize("beyond", [TooLargeError(1000), TooSlowError("")])
def test_an_answer_beyond_the_limits_loses_a_write_alone(beyond: httpx2.HTTPError) -> None:
    assert type(broken_exchange(WRITE, beyond)) is AnswerLostError
    assert type(broken_exchange(READ, beyond)) in {TransientError, UnreadableAnswerError}


def test_the_servers_words_are_kept() -> None:
    assert "too many of them" in str(error(WRITE, 429, b'{"message": "too many of them"}'))


def test_retry_after_reaches_the_error() -> None:
    assert error(READ, 429, retry_after="17").retry_after == timedelta(seconds=17)
    assert error(READ, 503, retry_after="17").retry_after == timedelta(seconds=17)


def test_a_429_that_says_at_once_pauses_for_a_second() -> None:
    assert error(READ, 429, retry_after="0").retry_after == SHORTEST_PAUSE


@pytest.mark.parametrize("value", ["", "soon"])
def test_a_429_without_a_length_pauses_for_the_default(value: str) -> None:
    assert error(READ, 429, retry_after=value).retry_after == DEFAULT_PAUSE
    assert error(READ, 429).retry_after == DEFAULT_PAUSE


def a_token(**claims: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"e30.{payload}.sig"


@pytest.mark.parametrize(
    ("claims", "life"),
    [
        ({"iat": 1000, "exp": 8200}, timedelta(seconds=7140)),
        ({"iat": 1000, "exp": 1100}, timedelta(seconds=90)),
        ({"exp": NOW.timestamp() + 3600}, timedelta(seconds=3540)),
        ({"iat": 1000, "exp": 10**10}, timedelta(hours=24) - timedelta(seconds=60)),
        ({"exp": 1000}, LIFE_WITHOUT_EXP),
        ({"exp": "soon"}, LIFE_WITHOUT_EXP),
        ({}, LIFE_WITHOUT_EXP),
    ],
)
def test_a_tokens_life_is_read_from_the_token_whatever_the_servers_clock(
    claims: dict[str, Any], life: timedelta
) -> None:
    assert usable_for(a_token(**claims), NOW.timestamp()) == life


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "..", "e30.bnVsbA.x", "e30.W10.x", "é.é.é"])
def test_a_token_that_is_no_jwt_is_used_for_half_an_hour(token: str) -> None:
    assert usable_for(token, NOW.timestamp()) == LIFE_WITHOUT_EXP
