"""Connections over real sockets: to the machine that was judged, and its certificate is read by name."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest

from adapters.case_status.content import CaseStatusContents
from adapters.case_status.hosts import content_hosts
from adapters.http.client import open_http_client
from adapters.http.guarded import HostRefusedError
from adapters.http.hosts import HostGuard
from adapters.smartadvocate.hosts import smartadvocate_hosts
from core.document import ContentSource
from core.errors import ContentRefusedError, TransientError
from tests.certificates import certificate_of
from tests.system_clock import SystemClock

NAME = "sa.firm.test"


class Server(ThreadingHTTPServer):
    """Speaks TLS as NAME, and says which name each client asked for."""

    daemon_threads = True

    def __init__(self, certificate: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.asked_for: list[str | None] = []
        self.requests = 0
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        context.sni_callback = lambda _socket, name, _context: self.asked_for.append(name)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server_address[1]


class _Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.requests += 1
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_of(NAME, tmp_path_factory.mktemp("tls"))


@pytest.fixture
def server(certificate: Path) -> Iterator[Server]:
    with Server(certificate) as found:
        serving = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        yield found
        found.shutdown()
        serving.join()


@contextmanager
def client(certificate: Path, hosts: HostGuard) -> Iterator[httpx2.Client]:
    with open_http_client(hosts, tls=ssl.create_default_context(cafile=str(certificate))) as opened:
        yield opened


def guard(*addresses: str, private: tuple[str, ...] = (NAME, "other.test", f"{NAME}.")) -> HostGuard:
    """The system's resolver knows none of these names: only where the guard leads can an answer come from."""
    return smartadvocate_hosts(private_hosts=private, resolve=lambda _: addresses)


@pytest.mark.parametrize("host", [NAME, NAME.upper(), f"{NAME}."])
def test_the_connection_goes_to_the_judged_address_and_the_certificate_is_read_by_name(
    server: Server, certificate: Path, host: str
) -> None:
    with client(certificate, guard("127.0.0.1")) as http:
        assert http.get(f"https://{host}:{server.port}/").text == "ok"
    assert server.asked_for == [NAME]


def test_a_certificate_of_another_name_is_refused(server: Server, certificate: Path) -> None:
    with client(certificate, guard("127.0.0.1")) as http, pytest.raises(httpx2.ConnectError):
        http.get(f"https://other.test:{server.port}/")
    assert server.asked_for == ["other.test"]
    assert server.requests == 0


def test_a_name_that_leads_home_is_not_spoken_to(server: Server, certificate: Path) -> None:
    for addresses in (["127.0.0.1"], ["8.8.8.8", "127.0.0.1"], ["::ffff:127.0.0.1"], ["64:ff9b::7f00:1"]):
        with (
            client(certificate, guard(*addresses, private=())) as http,
            pytest.raises(HostRefusedError, match="private network"),
        ):
            http.get(f"https://{NAME}:{server.port}/")
    assert server.asked_for == []


def test_a_name_is_resolved_once_for_a_connection(server: Server, certificate: Path) -> None:
    asked: list[str] = []

    def resolve(host: str) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    hosts = smartadvocate_hosts(private_hosts=[NAME], resolve=resolve)
    with client(certificate, hosts) as http:
        http.get(f"https://{NAME}:{server.port}/")
    assert asked == [NAME]


def test_a_machine_that_is_not_there_leaves_time_for_the_next(server: Server, certificate: Path) -> None:
    """The first address takes connections and never answers; it gets its share of the time, not all of it."""
    with socket.create_server(("127.0.0.2", server.port), backlog=1):
        stuffing = [socket.socket() for _ in range(4)]
        for one in stuffing:
            one.setblocking(False)
            one.connect_ex(("127.0.0.2", server.port))
        with client(certificate, guard("127.0.0.2", "127.0.0.1")) as http:
            timeout = httpx2.Timeout(5.0, connect=2.0)
            assert http.get(f"https://{NAME}:{server.port}/", timeout=timeout).text == "ok"
        for one in stuffing:
            one.close()


def test_a_name_that_nobody_knows_may_be_known_later(certificate: Path) -> None:
    with client(certificate, guard()) as http, pytest.raises(httpx2.ConnectError) as caught:
        http.get(f"https://{NAME}/")
    assert not isinstance(caught.value, HostRefusedError)


def test_nothing_goes_without_encryption_to_a_host_without_the_setting(
    server: Server, certificate: Path
) -> None:
    with client(certificate, guard("127.0.0.1")) as http:
        for url in (f"http://{NAME}:{server.port}/", f"http://127.0.0.1:{server.port}/", "ftp://127.0.0.1/"):
            with pytest.raises(HostRefusedError):
                http.get(url)


def test_a_document_s_host_that_leads_home_waits_for_an_operator(certificate: Path) -> None:
    hosts = content_hosts({"files.test"}, resolve=lambda _: ["10.0.0.1"])
    source = ContentSource("https://files.test/a?signature=secret", 4, None)
    with client(certificate, hosts) as http:
        contents = CaseStatusContents(http, hosts, SystemClock())
        with pytest.raises(ContentRefusedError, match="private network") as caught, contents.open(source):
            pass
    assert "secret" not in str(caught.value)


def test_a_document_s_host_that_cannot_be_resolved_is_tried_again(certificate: Path) -> None:
    hosts = content_hosts({"files.test"}, resolve=lambda _: [])
    with client(certificate, hosts) as http:
        contents = CaseStatusContents(http, hosts, SystemClock())
        with (
            pytest.raises(TransientError),
            contents.open(ContentSource("https://files.test/a", 4, None)),
        ):
            pass
