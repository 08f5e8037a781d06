"""How long a token that was read from the store counts without being read again."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from core.credentials import Credentials, Issued, PasswordCredentials
from core.errors import (
    AnswerLostError,
    CasebridgeError,
    ConfigurationError,
    ConnectionRejectedError,
    NeedsPersonError,
    PermissionMissingError,
    RateLimitedError,
    RejectedBySmartAdvocateError,
    TransientError,
    UnexpectedError,
    UnreadableAnswerError,
)
from core.firm import Firm
from core.ports.connections import Bearer
from core.reason import Reason
from core.usecases.keep_tokens import KNOWN_FOR, StoredTokens
from tests.fakes import FakeClock, FakeConnections
from tests.fakes.samples import a_firm

HOUR = timedelta(hours=1)
URL = "https://sa.firm.test/CaseSyncAPI/"


class CountedConnections(FakeConnections):
    readings = 0

    def bearer(self, firm_id: str) -> Bearer | None:
        self.readings += 1
        return super().bearer(firm_id)


class Numbered:
    """Issues token-1, token-2, …"""

    issued = 0

    def issue(self, firm: Firm, credentials: Credentials) -> Issued:
        self.issued += 1
        return Issued(f"token-{self.issued}", credentials, HOUR, HOUR)


class Bench:
    def __init__(self, known_for: timedelta = KNOWN_FOR) -> None:
        self.seconds = 100.0
        self.connections = CountedConnections(FakeClock())
        self.connections.put("north", URL, PasswordCredentials("ada", "secret"))
        self.tokens = StoredTokens(
            self.connections,
            {PasswordCredentials: Numbered()},
            known_for=known_for,
            monotonic=lambda: self.seconds,
        )
        self.firm = a_firm()
        self.tokens.token(self.firm)  # nothing is stored yet: this one is asked for
        self.connections.readings = 0

    def ask(self, times: int = 1) -> set[str]:
        return {self.tokens.token(self.firm) for _ in range(times)}


def test_tokens_that_were_given_out_together_are_not_renewed_together() -> None:
    connections = FakeConnections(clock := FakeClock())
    issuer = Numbered()
    tokens = StoredTokens(connections, {PasswordCredentials: issuer})
    firms = [a_firm(f"firm-{n}") for n in range(100)]
    for firm in firms:
        connections.put(firm.firm_id, URL, PasswordCredentials("ada", "secret"))
        tokens.token(firm)
    renewed = []
    for _ in range(60):
        clock.advance(timedelta(minutes=1))
        before = issuer.issued
        for firm in firms:
            tokens.token(firm)
        renewed.append(issuer.issued - before)
    assert sum(renewed) == 100, "each once within the hour for which it is good"
    assert not any(renewed[:53]), "none more than a tenth early"
    assert max(renewed) < 40, "and not all in one minute"


class Lost(Numbered):
    def issue(self, firm: Firm, credentials: Credentials) -> Issued:
        raise KeyError("token")


@pytest.mark.parametrize("method", ["bearer", "locked"])
def test_what_nobody_has_thought_of_is_told_as_an_error_of_ours(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    bench = Bench(timedelta(0))
    monkeypatch.setattr(bench.connections, method, broken)
    with pytest.raises(UnexpectedError, match="an unexpected ZeroDivisionError"):
        bench.tokens.renew(bench.firm, "token-1") if method == "locked" else bench.tokens.token(bench.firm)


def test_an_issuer_that_meets_a_defect_is_asked_again_after_a_growing_pause() -> None:
    bench, connections = Bench(), FakeConnections(FakeClock())
    connections.put("north", URL, PasswordCredentials("ada", "secret"))
    tokens = StoredTokens(connections, {PasswordCredentials: Lost()})
    with pytest.raises(UnexpectedError, match="an unexpected KeyError"):
        tokens.token(bench.firm)
    kept = connections.get("north")
    assert kept is not None
    assert kept.failures == 1
    assert kept.refusal is not None


@pytest.mark.parametrize(
    "error",
    [
        TransientError("busy"), AnswerLostError("lost"), UnreadableAnswerError("a page"), OverflowError(),
        ConfigurationError("x"), NeedsPersonError("a redirect", reason=Reason.REDIRECTED),
        NeedsPersonError("elsewhere", reason=Reason.HOST_NOT_ALLOWED), PermissionMissingError("403"),
        RejectedBySmartAdvocateError("409"), RateLimitedError("429"),
    ],
)  # fmt: skip
def test_while_the_token_is_good_no_failure_to_renew_it_stops_anybody(error: Exception) -> None:
    class Failing:
        asked = 0

        def issue(self, *_: object) -> Issued:
            self.asked += 1
            raise error

    connections, failing = FakeConnections(clock := FakeClock()), Failing()
    password = PasswordCredentials("ada", "secret")
    connections.put("north", URL, password, Issued("t0", password, timedelta(0), HOUR))
    tokens = StoredTokens(connections, {PasswordCredentials: failing})
    assert [tokens.token(a_firm()) for _ in range(5)] == ["t0"] * 5
    assert failing.asked <= 2  # once more where the answer was lost
    clock.advance(HOUR)
    with pytest.raises(CasebridgeError):
        tokens.token(a_firm())


@pytest.mark.parametrize("step", ["read", "keep", "refuse"])
def test_what_the_store_meets_while_a_token_is_renewed_is_told_as_an_error_of_ours(step: str) -> None:
    class Failing(FakeConnections):
        @contextmanager
        def locked(self, firm_id: str) -> Iterator[Any]:
            with super().locked(firm_id) as locked, pytest.MonkeyPatch.context() as patch:
                patch.setattr(locked, step, broken)
                yield locked

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    class Refusing:
        def issue(self, *_: object) -> Issued:
            raise TransientError("busy")

    connections = Failing(FakeClock())
    connections.put("north", URL, PasswordCredentials("ada", "secret"))
    issuer = Refusing() if step == "refuse" else Numbered()
    with pytest.raises(UnexpectedError, match="ZeroDivisionError"):
        StoredTokens(connections, {PasswordCredentials: issuer}).token(a_firm())


def test_a_token_is_read_once_a_second_however_often_it_is_asked_for() -> None:
    bench = Bench()
    assert bench.ask(50) == {"token-1"}
    assert bench.connections.readings == 1
    bench.seconds += KNOWN_FOR.total_seconds()
    assert bench.ask(50) == {"token-1"}
    assert bench.connections.readings == 2


def test_what_another_process_stored_counts_here_a_second_later_at_the_latest() -> None:
    bench = Bench()
    bench.ask()
    bench.connections.put(
        "north",
        URL,
        PasswordCredentials("bob", "other"),
        Issued("bobs", PasswordCredentials("bob", "o"), HOUR, HOUR),
    )
    bench.seconds += KNOWN_FOR.total_seconds()
    assert bench.ask() == {"bobs"}


def test_a_refused_token_is_not_given_out_again() -> None:
    bench = Bench()
    bench.ask()
    assert bench.tokens.renew(bench.firm, "token-1") == "token-2"
    assert bench.ask(3) == {"token-2"}


def test_a_token_never_goes_to_another_address_than_its_own() -> None:
    bench = Bench()
    bench.ask()
    bench.firm = a_firm(base_url="https://elsewhere.test/")
    assert bench.ask() == {"token-2"}


def test_a_connection_that_is_gone_is_noticed_a_second_later() -> None:
    bench = Bench()
    bench.ask()
    bench.connections.remove("north")
    bench.seconds += KNOWN_FOR.total_seconds()
    with pytest.raises(ConnectionRejectedError, match="north"):
        bench.ask()


def test_without_a_time_every_token_is_read() -> None:
    bench = Bench(timedelta(0))
    assert bench.ask(5) == {"token-1"}
    assert bench.connections.readings == 5
