"""The HTTP client over real sockets: whose connections are whose, and when they end."""

import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx2
import pytest

from adapters.http.client import HttpClient, open_http_client
from tests.loopback import bare_tls, loopback
from tests.servers.waiting import eventually


class Server(ThreadingHTTPServer):
    """Says which connection a request came on, redirects `/elsewhere` and gives cookies."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.open: set[int] = set()
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.client_address[1])

    def finish(self) -> None:
        super().finish()
        self.server.open.discard(self.client_address[1])

    def do_GET(self) -> None:
        self.server.asked.append(self.headers.get("Cookie", "no cookie"))
        said = str(self.client_address[1]).encode()
        self.send_response(302 if self.path == "/elsewhere" else 200)
        self.send_header("Location", self.server.url)
        self.send_header("Set-Cookie", "firm=north")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as found:
        serving = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.02})
        serving.start()
        yield found
        found.shutdown()
        serving.join()


@pytest.fixture
def http() -> Iterator[HttpClient]:
    with open_http_client(loopback(), tls=bare_tls()) as client:
        yield client


def straight(http: HttpClient, url: str) -> httpx2.Response:
    """As an exchange sends it."""
    response = http.transport.handle_request(httpx2.Request("GET", url, extensions={"timeout": {}}))
    response.read()
    return response


def in_a_thread(do: Callable[[], httpx2.Response]) -> str:
    said: list[str] = []
    thread = threading.Thread(target=lambda: said.append(do().text))
    thread.start()
    thread.join()
    return said[0]


def test_a_thread_keeps_its_connection_and_shares_it_with_no_other(server: Server, http: HttpClient) -> None:
    mine = {straight(http, server.url).text for _ in range(3)} | {http.get(server.url).text}
    assert len(mine) == 1
    assert in_a_thread(lambda: straight(http, server.url)) not in mine
    assert straight(http, server.url).text in mine


def test_the_connections_of_a_thread_end_with_it_and_others_go_on(server: Server, http: HttpClient) -> None:
    mine = straight(http, server.url).text
    for _ in range(20):
        in_a_thread(lambda: straight(http, server.url))
    eventually(lambda: server.open == {int(mine)}, 10, "only this thread's connection is open")
    assert straight(http, server.url).text == mine


def test_closing_closes_the_connections_of_all_threads(server: Server) -> None:
    client = open_http_client(loopback(), tls=bare_tls())
    done, over = threading.Barrier(4), threading.Event()

    def ask_and_stay() -> None:
        straight(client, server.url)
        done.wait(30)
        over.wait(30)

    threads = [threading.Thread(target=ask_and_stay) for _ in range(3)]
    for thread in threads:
        thread.start()
    done.wait(30)
    assert len(server.open) == 3
    client.close()
    eventually(lambda: not server.open, 10, "no connection is open")
    over.set()
    for thread in threads:
        thread.join()


def test_two_requests_of_a_thread_may_be_under_way_at_once(server: Server, http: HttpClient) -> None:
    """As when a document is read and sent on."""
    with http.stream("GET", server.url) as first:
        second = straight(http, server.url).text
        assert first.read().decode() != second


@pytest.mark.parametrize("way", [straight, HttpClient.get])
def test_no_redirect_is_followed_and_no_cookie_kept(
    server: Server, http: HttpClient, way: Callable[[HttpClient, str], httpx2.Response]
) -> None:
    assert [way(http, server.url + "elsewhere").status_code for _ in range(2)] == [302, 302]
    assert server.asked == ["no cookie"] * 2


class OneAnswer:
    """Answers one request a connection as if it were kept, and closes it. `came` is the first of each."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}/"
        self.came: list[bytes] = []
        self.closed = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            with connection:
                first = connection.recv(65_536)
                if first == b"end":
                    return
                self.came.append(first)
                if first:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            self.closed.release()

    def close(self) -> None:
        with socket.create_connection(self._listener.getsockname()) as connection:
            connection.sendall(b"end")
        self._thread.join()
        self._listener.close()


@pytest.fixture
def one_answer() -> Iterator[OneAnswer]:
    server = OneAnswer()
    yield server
    server.close()


def posted(http: HttpClient, url: str, body: Iterable[bytes], length: int) -> httpx2.Response:
    headers = {"Host": "firm.test", "Content-Length": str(length)}
    request = httpx2.Request("POST", url, headers=headers, content=body, extensions={"timeout": {}})
    response = http.transport.handle_request(request)
    response.read()
    return response


def test_a_head_goes_with_the_first_of_its_body(one_answer: OneAnswer, http: HttpClient) -> None:
    assert posted(http, one_answer.url, [b"first", b"second"], 11).text == "ok"
    assert one_answer.came[0].startswith(b"POST / HTTP/1.1\r\n")
    assert b"\r\n\r\nfirst" in one_answer.came[0]


def test_of_a_request_whose_body_is_not_given_nothing_is_sent(
    one_answer: OneAnswer, http: HttpClient
) -> None:
    def refused() -> Iterator[bytes]:
        raise ValueError("too late to begin")
        yield b""

    with pytest.raises(ValueError, match="too late"):
        posted(http, one_answer.url, refused(), 5)
    assert one_answer.closed.acquire(timeout=30)
    assert one_answer.came == [b""]


def test_a_connection_that_the_server_has_closed_is_not_used_again(
    one_answer: OneAnswer, http: HttpClient
) -> None:
    """Unannounced, as load balancers do: on it a write would be sent, and its answer lost."""
    for number in range(3):
        assert posted(http, one_answer.url, [b"x"], 1).text == "ok"
        assert one_answer.closed.acquire(timeout=30), number
    assert len(one_answer.came) == 3
