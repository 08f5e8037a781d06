"""The proxy in front of an echo server: each kind of bad network, and its end."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator

import pytest

from tests.servers.ports import free_port
from tests.servers.tcp_proxy import HOST, TcpProxy


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        try:
            while data := self.request.recv(65_536):
                self.request.sendall(data)
        except ConnectionError:
            return


@pytest.fixture
def proxy() -> Iterator[TcpProxy]:
    with socketserver.ThreadingTCPServer((HOST, free_port()), Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        with TcpProxy(HOST, server.server_address[1]) as made:
            yield made
        server.shutdown()
        thread.join()


def dial(proxy: TcpProxy, timeout_s: float = 5.0) -> socket.socket:
    return socket.create_connection((HOST, proxy.port), timeout=timeout_s)


def said_back(connection: socket.socket, data: bytes) -> bytes:
    connection.sendall(data)
    found = b""
    while len(found) < len(data) and (more := connection.recv(65_536)):
        found += more
    return found


def test_what_is_said_passes_both_ways_and_so_does_the_end(proxy: TcpProxy) -> None:
    with dial(proxy) as connection:
        assert said_back(connection, b"hello") == b"hello"
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(10) == b""


def test_megabytes_pass_whole_through_a_slow_reader(proxy: TcpProxy) -> None:
    data = bytes(range(256)) * 40_000
    with dial(proxy, 20) as connection:
        thread = threading.Thread(target=connection.sendall, args=(data,))
        thread.start()
        found = bytearray()
        while len(found) < len(data):
            found += connection.recv(8192)
        thread.join()
    assert bytes(found) == data


def test_latency_delays_each_direction(proxy: TcpProxy) -> None:
    proxy.slow(0.1)
    with dial(proxy) as connection:
        began = time.monotonic()
        assert said_back(connection, b"hello") == b"hello"
        assert time.monotonic() - began >= 0.2


def test_a_cut_drops_connections_and_refuses_new_ones_until_it_heals(proxy: TcpProxy) -> None:
    with dial(proxy) as connection:
        assert said_back(connection, b"before") == b"before"
        proxy.cut()
        assert connection.recv(10) == b""
    with pytest.raises(ConnectionRefusedError):
        dial(proxy)
    proxy.heal()
    with dial(proxy) as connection:
        assert said_back(connection, b"after") == b"after"


def test_a_reset_is_a_reset_for_old_and_new_connections(proxy: TcpProxy) -> None:
    with dial(proxy) as connection:
        assert said_back(connection, b"before") == b"before"
        proxy.reset()
        with pytest.raises(ConnectionResetError):
            connection.recv(10)
    with pytest.raises(ConnectionResetError), dial(proxy) as connection:
        connection.recv(10)
    proxy.heal()
    with dial(proxy) as connection:
        assert said_back(connection, b"after") == b"after"


def test_half_open_takes_everything_and_never_answers(proxy: TcpProxy) -> None:
    with dial(proxy, 0.2) as old:
        assert said_back(old, b"before") == b"before"
        proxy.half_open()
        with dial(proxy, 0.2) as new:
            for connection in (old, new):
                connection.sendall(b"into the dark")
                with pytest.raises(TimeoutError):
                    connection.recv(10)
        proxy.heal()
        old.sendall(b"still dark: the stream has a hole")
        with pytest.raises(TimeoutError):
            old.recv(10)
    with dial(proxy) as connection:
        assert said_back(connection, b"after") == b"after"


def test_a_server_that_is_away_is_a_reset(proxy: TcpProxy) -> None:
    with (
        TcpProxy(HOST, free_port()) as lonely,
        pytest.raises(ConnectionResetError),
        dial(lonely) as connection,
    ):
        connection.recv(10)


def test_it_leads_urls_through_itself(proxy: TcpProxy) -> None:
    url = "postgresql://user:pass%40word@127.0.0.1:5432/name?sslmode=disable"
    assert proxy.through(url) == f"postgresql://user:pass%40word@127.0.0.1:{proxy.port}/name?sslmode=disable"


def test_closed_it_leaves_no_thread_and_no_listener(proxy: TcpProxy) -> None:
    proxy.close()
    proxy.close()
    assert not any(thread.name == f"proxy {proxy.port}" for thread in threading.enumerate())
    with pytest.raises(ConnectionRefusedError):
        dial(proxy)
