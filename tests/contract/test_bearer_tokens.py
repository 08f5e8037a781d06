"""What bearer tokens promise (`core.ports.authorization.BearerTokens`)."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count

import pytest

from adapters.http.client import open_http_client
from adapters.smartadvocate.auth import PasswordLogIn
from core.credentials import PasswordCredentials
from core.errors import ConnectionRejectedError
from core.firm import Firm
from core.ports.authorization import BearerTokens
from core.usecases.keep_tokens import StoredTokens
from sandbox.options import SandboxOptions
from sandbox.server import SandboxServer
from tests.fakes import FakeConnections, FakeTokens
from tests.fakes.samples import a_firm
from tests.loopback import loopback
from tests.sandbox.caller import Caller
from tests.system_clock import SystemClock


@dataclass
class Subject:
    """Tokens of one firm; `log_ins` counts those that the server has seen through them."""

    tokens: BearerTokens
    firm: Firm
    log_ins: Callable[[], int]
    reject: Callable[[], object]


@pytest.fixture(scope="module")
def sandbox_firms() -> Iterator[tuple[SandboxServer, Iterator[int]]]:
    with SandboxServer(SandboxOptions(firms=20, cases=1, as_of=datetime(2026, 11, 20, tzinfo=UTC))) as server:
        yield server, count(1)


@pytest.fixture(params=["in memory", "over http"])
def subject(request: pytest.FixtureRequest) -> Iterator[Subject]:
    if request.param == "in memory":
        fake = FakeTokens()
        yield Subject(
            fake, a_firm(), lambda: fake.log_ins.get("north", 0), lambda: fake.rejected.add("north")
        )
        return
    server, numbers = request.getfixturevalue("sandbox_firms")
    name = f"firm{next(numbers)}"
    connections = FakeConnections(SystemClock())
    connections.put(name, server.base_url, PasswordCredentials(name, "sandbox"))
    with (
        open_http_client(loopback(), tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as http,
        closing(Caller(server, name)) as caller,
    ):
        before = log_ins(caller)
        yield Subject(
            StoredTokens(
                connections,
                {PasswordCredentials: PasswordLogIn(http, SystemClock(), allow_http_hosts={"127.0.0.1"})},
            ),
            a_firm(name, base_url=server.base_url),
            lambda: log_ins(caller) - before,
            lambda: caller.control.post("password", json={"password": "changed"}),
        )


def log_ins(caller: Caller) -> int:
    return int(caller.report(notes=0)["requests"]["log-in"]["200"])  # of all firms; tests take turns


def at_once(number: int, act: Callable[[], str]) -> list[str]:
    together = threading.Barrier(number)
    answers: list[str] = []

    def begin() -> None:
        together.wait(timeout=10)
        answers.append(act())

    threads = [threading.Thread(target=begin) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return answers


def test_a_token_is_kept_while_it_is_good(subject: Subject) -> None:
    first = subject.tokens.token(subject.firm)
    assert first
    assert subject.tokens.token(subject.firm) == first
    assert subject.log_ins() == 1


def test_renewing_gives_another_token_which_is_then_kept(subject: Subject) -> None:
    first = subject.tokens.token(subject.firm)
    second = subject.tokens.renew(subject.firm, first)
    assert second != first
    assert subject.tokens.token(subject.firm) == second


def test_many_that_ask_at_once_share_one_log_in(subject: Subject) -> None:
    assert len(set(at_once(8, lambda: subject.tokens.token(subject.firm)))) == 1
    assert subject.log_ins() == 1


def test_many_that_were_refused_with_the_same_token_share_one_log_in(subject: Subject) -> None:
    first = subject.tokens.token(subject.firm)
    renewed = at_once(8, lambda: subject.tokens.renew(subject.firm, first))
    assert len(renewed) == 8
    assert len(set(renewed)) == 1
    assert subject.log_ins() == 2


def test_a_refused_log_in_is_told_by_both_and_names_the_firm(subject: Subject) -> None:
    first = subject.tokens.token(subject.firm)
    subject.reject()
    with pytest.raises(ConnectionRejectedError) as caught:
        subject.tokens.renew(subject.firm, first)
    assert subject.firm.firm_id in str(caught.value)
