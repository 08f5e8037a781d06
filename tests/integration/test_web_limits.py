"""What one client can take of the web server, over real sockets: memory, time and log are bounded."""

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import psutil
import pytest
import structlog
from fastapi import FastAPI, Request, Response
from starlette.responses import PlainTextResponse

from adapters.web.api.api_docs import add_docs
from adapters.web.api.health import add_health
from adapters.web.api.keys import ApiKeys
from adapters.web.app import create_app
from adapters.web.limits import WebLimits
from adapters.web.server import WebServer
from core.actor import ALL_FIRMS, Actor, Power, Role
from tests.fakes.samples import a_firm, event_body, message_data
from tests.fakes.service import FakeService
from tests.servers import eventually

MIB = 1024 * 1024
QUICK = WebLimits(request_s=1.0)
KEYS = ApiKeys([(Actor("upstream", Role.SERVICE, ALL_FIRMS, frozenset({Power.SEND_EVENTS})), "key")])
POST = b"POST /v1/events HTTP/1.1\r\nHost: x\r\n"
KEY = b"Authorization: Bearer key\r\n"
PING = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


@contextmanager
def serving(
    app: FastAPI, limits: WebLimits, count: Callable[[BaseException], object] = lambda _: None
) -> Iterator[int]:
    server = WebServer(app, "127.0.0.1", 0, limits, count)
    server.start()
    try:
        yield int(server.url.rpartition(":")[2])
    finally:
        server.stop()


@pytest.fixture(scope="module")
def casebridge() -> FastAPI:
    """The service, made once: each test has a server of its own."""
    service = FakeService()
    service.with_firm(a_firm("north"), "300417")
    return create_app(service.desk, KEYS, {}, secure=False)


@pytest.fixture
def port(casebridge: FastAPI) -> Iterator[int]:
    """The service with the limits it has."""
    with serving(casebridge, WebLimits()) as port:
        yield port


@pytest.fixture
def quick(casebridge: FastAPI) -> Iterator[int]:
    """The service with a second for each request."""
    with serving(casebridge, QUICK) as port:
        yield port


def connect(port: int) -> socket.socket:
    client = socket.create_connection(("127.0.0.1", port), 30)
    client.settimeout(30)
    return client


def answer(client: socket.socket) -> bytes:
    """Read until the server closes."""
    read = bytearray()
    with suppress(ConnectionResetError):
        while part := client.recv(65536):
            read += part
    return bytes(read)


def pour(client: socket.socket, chunk: bytes, total: int) -> int:
    """Send so many bytes, or until the server has had enough; return how many were sent."""
    sent = 0
    with suppress(OSError):
        while sent < total:
            client.sendall(chunk)
            sent += len(chunk)
    return sent


def growth_of(action: Callable[[], object]) -> int:
    """How many bytes this process, the server's too, grows by at most while `action` runs."""
    process = psutil.Process()
    before = highest = process.memory_info().rss
    done = threading.Event()

    def run() -> None:
        action()
        done.set()

    thread = threading.Thread(target=run)
    thread.start()
    while not done.wait(0.02):
        highest = max(highest, process.memory_info().rss)
    thread.join()
    return max(highest, process.memory_info().rss) - before


@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(b"GET / HTTP/1.1\r\n", id="many headers"),
        pytest.param(b"GET / HTTP/1.1\r\nX: ", id="one header's value"),
        pytest.param(b"GET / HTTP/1.1\r\n", id="one header's name"),
        pytest.param(b"GET /", id="the address"),
        pytest.param(POST + KEY + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", id="trailers"),
        pytest.param(POST + KEY + b"Transfer-Encoding: chunked\r\n\r\n1;x=", id="a chunk's extension"),
        pytest.param(b"", id="empty lines"),
    ],
)
def test_a_client_without_a_key_takes_no_memory_however_much_it_sends(
    port: int, beginning: bytes, request: pytest.FixtureRequest
) -> None:
    which = request.node.callspec.id
    chunk = {
        "many headers": b"X-Some: header\r\n",
        "trailers": b"X-Some: header\r\n",
        "empty lines": b"\r\n",
    }.get(which, b"a")
    filling = chunk * (65536 // len(chunk))
    sent: list[int] = []

    def attack() -> None:
        with connect(port) as client:
            client.sendall(beginning)
            sent.append(pour(client, filling, 195 * MIB))
            answer(client)

    assert growth_of(attack) < 30 * MIB
    assert sent[0] < 20 * MIB  # the server closed it long before
    with connect(port) as other:
        other.sendall(PING)
        assert other.recv(100).startswith(b"HTTP/1.1 200")


def test_a_head_over_the_limit_is_told_so_and_one_within_it_is_read(port: int) -> None:
    with connect(port) as client:
        client.sendall(
            b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: " + b"a" * 30_000 + b"\r\n\r\n"
        )
        assert answer(client).startswith(b"HTTP/1.1 200")
    with connect(port) as client:
        client.sendall(
            b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX: " + b"a" * 33_000 + b"\r\n\r\n"
        )
        assert answer(client).startswith(b"HTTP/1.1 431")


@pytest.mark.parametrize(
    "beginning",
    [
        b"",
        b"G",
        b"GET /livez HTTP/1.1\r\nHost: x\r\n",
        PING + b"G",
        POST + KEY + b"Content-Length: 9\r\n\r\n{",
        POST + KEY + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
        POST + b"Content-Length: 9\r\n\r\n{",
    ],
)
def test_a_client_that_does_not_come_to_an_end_is_closed(quick: int, beginning: bytes) -> None:
    with structlog.testing.capture_logs() as logs, connect(quick) as client:
        client.sendall(beginning)
        answer(client)
    assert not [entry for entry in logs if entry["log_level"] not in {"info", "debug"}]
    with connect(quick) as other:
        other.sendall(PING)
        assert other.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    ("beginning", "drop"),
    [
        pytest.param(b"GET /livez HTTP/1.1\r\n", b"X: y\r\n", id="headers"),
        pytest.param(POST + KEY + b"Content-Length: 9999\r\n\r\n", b" ", id="a body"),
        pytest.param(POST + KEY + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", id="chunks"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n", id="chunks without a key"),
        pytest.param(b"", b"\r\n", id="empty lines"),
    ],
)
def test_a_client_that_drips_is_closed_all_the_same(quick: int, beginning: bytes, drop: bytes) -> None:
    with connect(quick) as client:
        client.sendall(beginning)
        stopped = threading.Event()

        def drip() -> None:
            with suppress(OSError):
                while not stopped.wait(0.05):
                    client.sendall(drop)

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            answer(client)  # times out, and fails, where the server goes on waiting
        finally:
            stopped.set()
            dripping.join()


def test_a_body_without_end_is_refused_at_its_limit(port: int) -> None:
    sent: list[int] = []

    def attack() -> None:
        with connect(port) as client:
            client.sendall(POST + KEY + b"Transfer-Encoding: chunked\r\n\r\n")
            sent.append(pour(client, b"10000\r\n" + b" " * 65536 + b"\r\n", 195 * MIB))

    assert growth_of(attack) < 30 * MIB


@pytest.mark.parametrize(
    "beginning",
    [
        pytest.param(POST + KEY + b"Content-Length: 7500000\r\n\r\n", id="a body that is too long"),
        pytest.param(POST + b"Content-Length: 7500000\r\n\r\n", id="a body without a key"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", id="what is no request"),
        pytest.param(b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 40_000, id="a head that is too long"),
    ],
)
def test_a_refused_client_that_still_sends_gets_its_answer_and_is_not_reset(
    port: int, beginning: bytes
) -> None:
    """On a reset, systems throw away what they have of the answer."""
    with connect(port) as client:
        client.sendall(beginning)
        for _ in range(15):
            client.sendall(b"x" * 500_000)
        client.shutdown(socket.SHUT_WR)
        received = b"".join(iter(lambda: client.recv(65536), b""))
    assert re.match(rb"HTTP/1\.1 4(00|01|13|31) ", received)
    assert received.count(b"HTTP/1.1 ") == 1


def test_a_refused_client_that_never_stops_is_closed(quick: int) -> None:
    stopped = threading.Event()
    with connect(quick) as client:
        client.sendall(b"no request\r\n\r\n")

        def drip() -> None:
            with suppress(OSError):
                while not stopped.wait(0.02):
                    client.sendall(b"x")

        dripping = threading.Thread(target=drip)
        dripping.start()
        try:
            assert answer(client).startswith(b"HTTP/1.1 400 ")
            dripping.join(30)  # it cannot send any more
            assert not dripping.is_alive()
        finally:
            stopped.set()
            dripping.join()


def test_no_refused_client_keeps_the_server_from_ending(casebridge: FastAPI) -> None:
    with ExitStack() as stack:
        with serving(casebridge, WebLimits()) as port:
            clients = [stack.enter_context(connect(port)) for _ in range(3)]
            for client in clients:
                client.sendall(b"no request\r\n\r\n")
                assert client.recv(65536).startswith(b"HTTP/1.1 400 ")
            stopping_at = time.monotonic()
        assert time.monotonic() - stopping_at < WebLimits().request_s / 2


@pytest.mark.parametrize(
    "size", [b"FFFFFFFFFFFFFFFF", b"FFFFFFFFFFFFFFFFF", b"-1", b"0x9", b"9" * 100, b"\xff"]
)
def test_an_impossible_length_is_a_bad_request_or_waits_no_longer_than_others(
    quick: int, size: bytes
) -> None:
    for head in (
        b"Transfer-Encoding: chunked\r\n\r\n" + size + b"\r\n",
        b"Content-Length: " + size + b"\r\n\r\n",
    ):
        with connect(quick) as client:
            client.sendall(POST + KEY + head)
            assert answer(client)[:12] in {b"HTTP/1.1 400", b"HTTP/1.1 408", b"HTTP/1.1 413"}


@pytest.mark.parametrize(
    ("begun", "status"),
    [
        (b"GET %s HTTP/1.1\r\n%s\r\n", 400),  # names no host
        (b"GET %s HTTP/1.1\r\n%sHost: x\r\nHost: y\r\n\r\n", 400),
        (b"GET %s HTTP/1.1\r\n%sHost: x\r\nno colon\r\n\r\n", 400),
        (b"POST %s HTTP/1.1\r\n%sHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET %s HTTP/1.1\r\n%sHost: x\r\nX: " + b"a" * 33_000 + b"\r\nY", 431),
        (b"GET %s HTTP/1.1\r\n%sHost: x\r\nX: y", 408),
    ],
)
def test_what_cannot_be_read_is_answered_as_all_else_is(quick: int, begun: bytes, status: int) -> None:
    """Seen: an empty answer, or one of plain text."""
    with connect(quick) as client:
        client.sendall(begun % (b"/v1/firms", b"Accept: text/html\r\n"))
        head, _, body = answer(client).partition(b"\r\n\r\n")
    assert f"HTTP/1.1 {status} ".encode() in head
    assert b"content-type: application/problem+json" in head.lower()
    problem = json.loads(body)
    assert (problem["status"], problem["type"]) == (status, "about:blank")
    assert {"title", "detail", "reason", "next_step"} <= set(problem)
    with connect(quick) as client:
        client.sendall(begun % (b"/firms/north", b"Accept: text/html,*/*;q=0.8\r\n"))
        head, _, body = answer(client).partition(b"\r\n\r\n")
    assert b"content-type: text/html" in head.lower()
    assert b"<h1>" in body
    assert b"cache-control: no-store" in head.lower()
    assert f"content-length: {len(body)}".encode() in head.lower()


def test_what_nothing_can_be_made_of_is_answered_too(quick: int) -> None:
    for begun in (b"\x16\x03\x01\x02\x00", b"\x00" * 100, b"GET\r\n\r\n", b"\xff /v1 HTTP/1.1\r\n\r\n"):
        with connect(quick) as client:
            client.sendall(begun)
            said = answer(client)
        assert said.startswith(b"HTTP/1.1 400 ")
        assert b"application/problem+json" in said


def test_requests_that_cannot_be_read_fill_no_log(port: int, caplog: pytest.LogCaptureFixture) -> None:
    with structlog.testing.capture_logs() as logs:
        for begun in (
            b"\x16\x03\x01",
            PING.replace(b"Host: x", b"Host: x\r\nConnection: close, upgrade\r\nUpgrade: w"),
        ):
            with connect(port) as client:
                client.sendall(begun)
                answer(client)
    told = [(entry["event"], entry["log_level"]) for entry in logs]
    assert told == [("request_not_read", "info"), ("upgrade_not_offered", "info")]
    assert not caplog.records


OFFERS = {
    "Java's HTTP/2": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n",
    "a socket": b"connection: keep-alive, upgrade\r\nupgrade: websocket\r\nSec-WebSocket-Version: 13\r\n",
    "TLS": b"Upgrade: TLS/1.2, HTTP/1.1\r\nConnection: Upgrade\r\n",
}


@pytest.mark.parametrize("offer", OFFERS.values(), ids=OFFERS)
@pytest.mark.parametrize("length", [1, 7, 65_536])
def test_a_request_that_offers_another_protocol_is_read_whole(port: int, offer: bytes, length: int) -> None:
    requests = b""
    for number in range(2):
        body = event_body(message_data(f"m-offer-{number}"))
        requests += POST + KEY + offer + b"Content-Length: %d\r\n\r\n" % len(body) + body
    body = event_body(message_data("m-offer-2"))
    requests += POST + KEY + offer + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body
    requests += b"\r\n0\r\n\r\n" + PING.replace(b"\r\n\r\n", b"\r\n" + offer + b"\r\n")
    requests += PING.replace(b"x\r\n\r\n", b"x\r\nConnection: close, upgrade\r\nUpgrade: h2c\r\n\r\n")
    with connect(port) as client:
        for at in range(0, len(requests), length):
            client.sendall(requests[at : at + length])
        said = answer(client)
    assert re.findall(rb"HTTP/1.1 (\d+)", said) in ([b"202"] * 3 + [b"200"] * 2, [b"200"] * 5)
    assert [n for n in range(3) if b"m-offer-%d" % n in said] == [0, 1, 2]


def test_no_answer_to_head_has_a_body(port: int) -> None:
    with connect(port) as client:
        client.sendall(b"HEAD /v1/firms HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n")
        assert answer(client).endswith(b"\r\n\r\n")


def test_with_as_many_clients_as_may_be_the_next_is_told_to_come_again(casebridge: FastAPI) -> None:
    with serving(casebridge, WebLimits(connections=3)) as port, ExitStack() as waiting:
        for _ in range(2):
            waiting.enter_context(connect(port))
        with structlog.testing.capture_logs() as logs:
            for accept, kind in ((b"text/html", b"text/html"), (b"*/*", b"application/problem+json")):
                with connect(port) as client:
                    client.sendall(PING.replace(b"Host: x", b"Host: x\r\nAccept: " + accept))
                    said = answer(client)
                assert said.startswith(b"HTTP/1.1 503 ")
                assert b"content-type: " + kind in said
                assert b"retry-after: " in said
        assert {entry["event"] for entry in logs} == {"too_many_connections"}


@pytest.mark.parametrize("second", [b"Host: y", b"host: x", b"HOST:"])
def test_a_request_for_two_hosts_is_a_bad_one(port: int, second: bytes) -> None:
    with connect(port) as client:
        client.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n" + second + b"\r\n\r\n")
        assert answer(client).startswith(b"HTTP/1.1 400 ")


def test_a_request_that_names_no_host_is_a_bad_one_from_http_1_1_on(port: int) -> None:
    for head, status in (
        (b"GET /livez HTTP/1.1\r\n", b"400"),
        (b"GET http://x/livez HTTP/1.1\r\nX-Host: x\r\n", b"400"),
        (b"GET /livez HTTP/1.1\r\nHost:\r\n", b"200"),  # a target without an authority has it so
        (b"GET /livez HTTP/1.0\r\n", b"200"),
    ):
        with connect(port) as client:
            client.sendall(head + b"Connection: close\r\n\r\n")
            assert answer(client)[9:12] == status


def test_the_document_is_written_once_however_many_ask_and_others_do_not_wait() -> None:
    written, may_go_on = 0, threading.Event()
    app = FastAPI(openapi_url=None)
    add_docs(app)

    def write() -> dict[str, str]:
        nonlocal written
        written += 1
        may_go_on.wait(30)
        return {}

    app.openapi = write  # type: ignore[method-assign]  # as the application itself does
    app.get("/ping")(lambda: "")
    get = b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with serving(app, WebLimits()) as port, ExitStack() as asking:
        clients = [asking.enter_context(connect(port)) for _ in range(60)]  # more than there are threads
        for client in clients:
            client.sendall(get % b"/openapi.json")
        with connect(port) as other:
            other.sendall(get % b"/ping")
            assert answer(other)[9:12] == b"200"
        may_go_on.set()
        assert {answer(client)[9:12] for client in clients} == {b"200"}
    assert written == 1


def test_a_process_all_of_whose_threads_wait_is_alive() -> None:
    app, may_go_on = FastAPI(), threading.Event()
    add_health(app, {"slow": lambda: may_go_on.wait(30)})
    get = b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with serving(app, WebLimits()) as port, ExitStack() as asking:
        clients = [asking.enter_context(connect(port)) for _ in range(60)]  # more than there are threads
        for client in clients:
            client.sendall(get % b"/readyz")
        with connect(port) as other:
            other.settimeout(10)
            other.sendall(get % b"/livez")
            assert answer(other)[9:12] == b"200", "a supervisor that kills it would lose what is in hand"
        may_go_on.set()
        assert {answer(client)[9:12] for client in clients} == {b"200"}


def test_pipelined_requests_are_all_answered_in_order(port: int) -> None:
    body = event_body(message_data())
    post = POST + KEY + b"Content-Length: %d\r\n\r\n" % len(body) + body
    with connect(port) as client:
        client.sendall((post + PING) * 20 + PING.replace(b"Host: x", b"Host: x\r\nConnection: close"))
        answers = answer(client)
    codes = re.findall(rb"HTTP/1\.1 (\d+)", answers)
    assert codes == [b"202", b"200", *[b"200", b"200"] * 19, b"200"]


def test_more_pipelined_requests_than_may_wait_take_no_memory_and_are_answered_as_far_as_they_go(
    port: int,
) -> None:
    received: list[bytes] = []

    def attack() -> None:
        with connect(port) as client:
            reading = threading.Thread(target=lambda: received.append(answer(client)))
            reading.start()
            pour(client, PING * 2_000, 10 * MIB)
            reading.join()

    assert growth_of(attack) < 30 * MIB
    codes = re.findall(rb"HTTP/1\.1 (\d+)", received[0])
    assert len(codes) >= 100
    assert set(codes) == {b"200"}


def test_a_client_that_takes_no_answers_is_closed() -> None:
    app = FastAPI()
    ended = threading.Event()

    @app.get("/much")
    def much() -> Response:
        return PlainTextResponse("x" * 8 * MIB)

    with serving(app, QUICK) as port, structlog.testing.capture_logs() as logs, connect(port) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.sendall(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        eventually(lambda: any(entry["event"] == "connection_broken_off" for entry in logs), 20)
        ended.set()
    assert ended.is_set()


def test_a_request_that_is_long_in_hand_is_not_the_clients_fault() -> None:
    app = FastAPI()
    go_on = threading.Event()

    @app.get("/slow")
    def slow() -> str:
        go_on.wait(20)
        return "done"

    with serving(app, WebLimits(request_s=0.2)) as port, connect(port) as client:
        last = b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        client.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n" + last)
        assert not go_on.wait(1.0)  # several times what a request may take
        go_on.set()
        assert answer(client).count(b"HTTP/1.1 200") == 2


def test_a_client_that_hangs_up_is_one_line_at_info(port: int) -> None:
    with structlog.testing.capture_logs() as logs:
        for _ in range(5):
            with connect(port) as client:
                client.sendall(POST + KEY + b"Content-Length: 999\r\n\r\n{")
        eventually(lambda: len([e for e in logs if e["event"] == "client_hung_up"]) == 5, 20)
    assert {(entry["event"], entry["log_level"]) for entry in logs} == {("client_hung_up", "info")}
    assert logs[0]["route"] == "/v1/events"


def test_an_error_nobody_expected_is_one_line_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    app, counted = FastAPI(), list[BaseException]()

    @app.get("/broken")
    async def broken(request: Request) -> Response:
        raise LookupError("what a client wrote")

    serve = serving(app, QUICK, counted.append)
    with serve as port, structlog.testing.capture_logs() as logs, connect(port) as client:
        client.sendall(b"GET /broken?q=secret HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert answer(client).startswith(b"HTTP/1.1 500")
    [entry] = logs
    assert (entry["event"], entry["error_type"], entry["log_level"]) == (
        "request_failed",
        "LookupError",
        "error",
    )
    assert [type(error) for error in counted] == [LookupError]
    assert "client wrote" not in str(logs) + caplog.text
    assert not caplog.records


@pytest.mark.parametrize("value", [b"Bearer key \t", b" \tBearer  key", b"bearer key", b"BEARER key"])
def test_blanks_around_credentials_are_no_part_of_them(port: int, value: bytes) -> None:
    with connect(port) as client:
        client.sendall(
            POST + b"Authorization:" + value + b"\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"
        )
        assert answer(client).startswith(b"HTTP/1.1 4" + b"22")


@pytest.mark.parametrize(
    ("form", "cookie"),
    [
        (b"csrf=\xc3\xa9", b"casebridge=x"),
        (b"csrf=%C3%A9&csrf=%00", b"casebridge=x"),
        (b"csrf=%ff%fe", b"casebridge=\xc3\xa9"),
        (b"\x00=\x00&&==%%%", b"casebridge=%00"),
        (b"csrf=", b"casebridge="),
        (b"csrf=" + b"a" * 10_000, b"casebridge=x"),
        (b"", b'casebridge="\\377"; casebridge=\x80'),
    ],
)
@pytest.mark.parametrize("path", [b"/oauth/start", b"/connect/%00", b"/connect/%ff%fe"])
def test_no_form_and_no_cookie_is_an_error_of_ours(
    port: int, path: bytes, form: bytes, cookie: bytes
) -> None:
    with connect(port) as client:
        client.sendall(
            b"POST "
            + path
            + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: "
            + cookie
            + b"\r\nContent-Length: %d\r\n\r\n" % len(form)
            + form
        )
        assert answer(client)[9:12] in {b"303", b"400", b"403", b"405"}


@pytest.mark.parametrize(
    "path",
    [
        b"/firms/north/connection?said=%00",
        b"/connect/%00",
        b"/oauth/callback?state=%00&code=%ff",
        b"/docs/%2e%2e%2fREADME.md",
        b"*",
        b"/%",
    ],
)
def test_no_address_is_an_error_of_ours(port: int, path: bytes) -> None:
    with connect(port) as client:
        client.sendall(
            b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: casebridge=\xff\r\n\r\n"
        )
        assert answer(client)[9:10] in {b"2", b"3", b"4"}
