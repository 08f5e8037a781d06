"""What the content of documents promises (`core.ports.document_content.DocumentContents`)."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol

import httpx2
import pytest

from adapters.case_status.content import CaseStatusContents, ContentLimits
from adapters.case_status.hosts import content_hosts
from adapters.http.client import open_http_client
from core.document import ContentSource
from core.errors import (
    ContentExpiredError,
    ContentMismatchError,
    ContentRefusedError,
    TransientError,
)
from core.ports.document_content import DocumentContents
from core.reason import Reason
from sandbox.contents import CONTENT_PURPOSE
from sandbox.options import SandboxOptions
from sandbox.server import SandboxServer
from tests.fakes.documents import FakeContents
from tests.loopback import bare_tls, loopback
from tests.system_clock import SystemClock

SIZE = 300_000
URL = "https://files.case-status.test/d"
EXPIRED = ContentExpiredError("no longer good")
BROKEN = TransientError("broke off", reason=Reason.CONTENT_UNAVAILABLE)


class Subject(Protocol):
    contents: DocumentContents

    def document(self, size: int = SIZE) -> ContentSource:
        """Make a document whose source is right."""
        ...

    def expire(self, source: ContentSource) -> None:
        """Let its address expire."""
        ...

    def break_off(self, source: ContentSource) -> None:
        """Let the content end in the middle, once."""
        ...


class InMemory:
    def __init__(self) -> None:
        self._fake = FakeContents()
        self.contents: DocumentContents = self._fake

    def document(self, size: int = SIZE) -> ContentSource:
        url = f"{URL}-{len(self._fake.contents)}"
        whole = self._fake.contents[url] = bytes(n % 251 for n in range(size))
        return ContentSource(url, size, hashlib.sha256(whole).hexdigest())

    def expire(self, source: ContentSource) -> None:
        self._fake.errors[source.url] = EXPIRED

    def break_off(self, source: ContentSource) -> None:
        self._fake.breaks[source.url] = BROKEN


class OverHttp:
    def __init__(
        self, server: SandboxServer, http: httpx2.Client, limits: ContentLimits | None = None
    ) -> None:
        self._server = server
        hosts = content_hosts((), {"127.0.0.1"})
        self.contents: DocumentContents = CaseStatusContents(http, hosts, SystemClock(), limits)
        self.control = httpx2.Client(base_url=server.url + "/_sandbox/", verify=bare_tls(), timeout=10)

    def document(self, size: int = SIZE, **query: Any) -> ContentSource:
        answer = self.control.post("documents", params={"size": size, **query})
        [row] = answer.json()["documents"]
        return ContentSource(row["content_url"], row["size"], row["sha256"])

    def expire(self, source: ContentSource) -> None:
        self.control.post("documents/expire")

    def break_off(self, source: ContentSource) -> None:
        self.fault("reset_midway", times=1)

    def fault(self, name: str, **params: Any) -> None:
        body = {"name": name, "purpose": CONTENT_PURPOSE, **params}
        answer = self.control.put("faults", json=body)
        assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxOptions(cases=5)) as started:
        yield started


@pytest.fixture
def real(server: SandboxServer) -> Iterator[OverHttp]:
    with open_http_client(loopback(), tls=bare_tls()) as http:
        made = OverHttp(server, http, ContentLimits(read=2.0, whole=3.0, per_mib=0.5))
        yield made
        made.control.delete("faults")
        made.control.close()


@pytest.fixture(params=["in memory", "over http"])
def subject(request: pytest.FixtureRequest) -> Subject:
    return InMemory() if request.param == "in memory" else request.getfixturevalue("real")


def read(subject: Subject, source: ContentSource) -> list[bytes]:
    pieces: list[bytes] = []
    with subject.contents.open(source) as content:
        pieces.extend(content)
    return pieces


def pieces_before_the_error(subject: Subject, source: ContentSource, kind: type[Exception]) -> int:
    """Return how many bytes were given before the error came."""
    given: list[int] = []
    with pytest.raises(kind), subject.contents.open(source) as content:
        given.extend(len(piece) for piece in content)
    return sum(given)


@pytest.mark.parametrize("size", [0, 1, 65_536, SIZE])
def test_the_bytes_come_whole_and_in_pieces(subject: Subject, size: int) -> None:
    source = subject.document(size)
    pieces = read(subject, source)
    assert sum(map(len, pieces)) == size
    assert max(map(len, pieces), default=0) <= 128 * 1024
    assert hashlib.sha256(b"".join(pieces)).hexdigest() == source.sha256


def test_a_hash_is_not_needed(subject: Subject) -> None:
    source = replace(subject.document(), sha256=None)
    assert sum(map(len, read(subject, source))) == SIZE


def test_it_can_be_opened_anew(subject: Subject) -> None:
    source = subject.document()
    assert b"".join(read(subject, source)) == b"".join(read(subject, source))


@pytest.mark.parametrize("size", [SIZE - 1, SIZE + 1])
def test_another_length_is_a_mismatch_before_the_last_piece_is_given(subject: Subject, size: int) -> None:
    source = replace(subject.document(), size=size)
    assert pieces_before_the_error(subject, source, ContentMismatchError) < SIZE


def test_another_hash_is_a_mismatch_before_the_last_piece_is_given(subject: Subject) -> None:
    source = replace(subject.document(), sha256="0" * 64)
    assert pieces_before_the_error(subject, source, ContentMismatchError) < SIZE


def test_an_expired_address_is_told(subject: Subject) -> None:
    source = subject.document()
    subject.expire(source)
    with pytest.raises(ContentExpiredError):
        read(subject, source)


def test_content_that_breaks_off_is_a_transient_error(subject: Subject) -> None:
    source = subject.document()
    subject.break_off(source)
    assert pieces_before_the_error(subject, source, TransientError) < SIZE


# --- what only a real server can do


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_every_way_of_saying_expired_is_understood(real: OverHttp, status: int) -> None:
    source = real.document()
    real.fault("content_expired", status=status)
    with pytest.raises(ContentExpiredError) as caught:
        read(real, source)
    assert str(status) in str(caught.value)
    assert "signature" not in str(caught.value)


def test_an_address_expires_by_its_own_time(real: OverHttp) -> None:
    source = real.document(life_s=0)
    tampered = replace(source, url=source.url.replace("expires=", "expires=9"))
    with pytest.raises(ContentExpiredError):
        read(real, tampered)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"name": "server_error", "status": 503}, "content_unavailable"),
        ({"name": "too_many_requests", "retry_after": 7}, "content_unavailable"),
        ({"name": "reset"}, "content_unavailable"),
        ({"name": "reset_midway", "percent": 0}, "content_unavailable"),
        ({"name": "reset_midway", "percent": 99}, "content_unavailable"),
        ({"name": "slow_drip", "bytes": 512, "ms": 50}, "content_too_slow"),
    ],
)
def test_what_time_may_cure_is_a_transient_error(real: OverHttp, fault: Any, reason: str) -> None:
    source = real.document()
    real.fault(fault.pop("name"), **fault)
    with pytest.raises(TransientError) as caught:
        read(real, source)
    assert caught.value.reason == reason
    if "retry_after" in fault:
        assert caught.value.retry_after == timedelta(seconds=7)


@pytest.mark.parametrize(
    "fault",
    [
        {"name": "wrong_length", "style": "short"},
        {"name": "wrong_length", "style": "long"},
        {"name": "endless"},
        {"name": "wrong_content"},
    ],
)
def test_what_time_cannot_cure_is_a_mismatch(real: OverHttp, fault: Any) -> None:
    source = real.document()
    real.fault(fault.pop("name"), **fault)
    assert pieces_before_the_error(real, source, ContentMismatchError) <= SIZE


def test_a_time_limit_of_the_caller_holds_too(real: OverHttp) -> None:
    source = real.document()
    with (
        pytest.raises(TransientError),
        real.contents.open(source, not_after=SystemClock().now()) as content,
    ):
        list(content)


def test_a_redirect_to_a_listed_host_is_followed(real: OverHttp) -> None:
    source = real.document()
    real.fault("redirect", to="itself", times=2)
    assert sum(map(len, read(real, source))) == SIZE


@pytest.mark.parametrize("to", ["elsewhere", "itself"])
def test_a_redirect_off_the_list_or_without_end_is_refused(real: OverHttp, to: str) -> None:
    source = real.document()
    real.fault("redirect", to=to)
    with pytest.raises(ContentRefusedError) as caught:
        read(real, source)
    assert "signature" not in str(caught.value)


def test_after_an_error_the_connection_is_given_back(real: OverHttp) -> None:
    """More failures than the pool has connections, and still the next one comes."""
    source = real.document()
    for _ in range(40):
        with pytest.raises(ContentMismatchError):
            read(real, replace(source, size=SIZE - 1))
    assert sum(map(len, read(real, source))) == SIZE
