"""Connections that go where a guard has looked, and nowhere else."""

import socket
import ssl
import time
from collections.abc import Iterable
from typing import Any, Final

import httpcore2
import httpx2

from adapters.http.hosts import HostGuard
from adapters.http.limits import Altogether
from core.errors import CasebridgeError, TransientError

# The kernel gives up what no peer has acknowledged for so long, also for a process that was killed: what was
# sent into a network that stands still does not arrive minutes later (ADR 97). Linux alone has it.
UNHEARD_WITHIN_MS: Final = 15_000
_USER_TIMEOUT: Final[int | None] = getattr(socket, "TCP_USER_TIMEOUT", None)
_MOST_MACHINES: Final = 6  # of one name; a server that is there is among them


class HostRefusedError(httpx2.ConnectError):
    """The guard let nothing be sent there. `refusal` is what it said."""

    def __init__(self, refusal: CasebridgeError) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


class GuardedTransport(httpx2.HTTPTransport):
    """httpx2's transport for requests that a guard allows.

    A name is resolved once, its addresses are judged, and the connection goes to one of them: a name that
    leads elsewhere a moment later gains nothing. Certificates are checked by name, as ever.
    """

    def __init__(self, hosts: HostGuard, tls: ssl.SSLContext, limits: httpx2.Limits) -> None:
        super().__init__(verify=tls, trust_env=False, limits=limits, retries=0)
        self._hosts = hosts
        self._pool.close()  # httpx2 takes no backend; were this not its pool any more, it would fail here
        self._pool = httpcore2.ConnectionPool(
            ssl_context=tls,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            retries=0,
            network_backend=_JudgedMachines(hosts),
        )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send it. Raises HostRefusedError, nothing sent, and what httpx2's transport does."""
        try:
            self._hosts.judge(request.url)
        except CasebridgeError as refusal:
            raise HostRefusedError(refusal) from None
        host = request.url.raw_host
        if host.endswith(b"."):  # the root's dot is no part of the name on a certificate (RFC 6066, 3)
            name = host.decode("ascii").rstrip(".")
            request.extensions = {**request.extensions, "sni_hostname": name}
        self._close_where_more_came()
        return super().handle_request(request)

    def _close_where_more_came(self) -> None:
        """Close connections that brought more than was asked for: it would pass for the next answer.

        A server, or a proxy before it, may answer twice. What is in the socket yet httpcore2 sees by itself.
        """
        for connection in self._pool.connections:
            kept: Any = getattr(connection, "_connection", None)  # there is none before it is connected
            if kept is None or not connection.is_idle():
                continue
            beyond, _ = kept._h11_state.trailing_data  # noqa: SLF001 - what httpcore2 keeps and never asks for
            if beyond:
                connection.close()


class _Stream(httpcore2.NetworkStream):
    """A stream that knows `Altogether`, and costs a request two system calls less.

    A request's head waits for the first of its body, and both go in one packet. And a connection whose answer
    has just been read is not asked at once whether the other side has closed it; before the next request it
    is, and that one is to be told.
    """

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream
        self._head = b""
        self._is_next_a_head = True
        self._was_read = False

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        if self._head:
            self.write(b"")
        if isinstance(timeout, Altogether):
            timeout = timeout.left_s()
            if timeout <= 0:
                raise httpcore2.ReadTimeout("the answer took too long altogether")
        self._is_next_a_head = self._was_read = True
        return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if self._is_next_a_head:
            self._is_next_a_head, self._head = False, buffer
            return
        if self._head:
            buffer, self._head = self._head + buffer, b""
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable" and self._was_read:
            self._was_read = False
            return False
        return self._stream.get_extra_info(info)

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout))


class _JudgedMachines(httpcore2.SyncBackend):
    def __init__(self, hosts: HostGuard) -> None:
        self._hosts = hosts

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to one of the host's machines; `timeout` is for all of them together."""
        try:
            machines = self._hosts.machines(host)[:_MOST_MACHINES]
        except TransientError as error:
            raise httpcore2.ConnectError(str(error)) from None
        except CasebridgeError as refusal:
            raise HostRefusedError(refusal) from None
        options = [*(socket_options or ())]
        if _USER_TIMEOUT is not None:
            options.append((socket.IPPROTO_TCP, _USER_TIMEOUT, UNHEARD_WITHIN_MS))
        ends_s = None if timeout is None else time.monotonic() + timeout
        failure: Exception = httpcore2.ConnectTimeout("no time was left")
        for number, machine in enumerate(machines):
            share = None if ends_s is None else (ends_s - time.monotonic()) / (len(machines) - number)
            if share is not None and share <= 0:
                break
            try:
                return _Stream(super().connect_tcp(machine, port, share, local_address, options))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
        raise failure
