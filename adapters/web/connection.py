"""One client's connection: uvicorn's on httptools, with bounds on what it may send and how slowly."""

import asyncio
from collections.abc import Callable
from typing import Any, Final, cast

import httptools
import structlog
from starlette.types import Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

from adapters.web.errors.unread import unread
from adapters.web.limits import WebLimits

_OFFERS: Final = frozenset({b"upgrade", b"http2-settings"})
_log = structlog.get_logger(__name__)


def bounded(limits: WebLimits) -> type[HttpToolsProtocol]:
    """Return the protocol for uvicorn's setting `http`, which makes one a connection."""

    class BoundedConnection(Connection):
        def __init__(
            self,
            config: Config,
            server_state: ServerState,
            app_state: dict[str, Any],
            _loop: asyncio.AbstractEventLoop | None = None,
        ) -> None:
            super().__init__(config, server_state, app_state, _loop, limits=limits)

    return BoundedConnection


class _OverLimitError(Exception):
    """Raised within the parser to end it; the request is then answered as one that cannot be read."""


class _Flow(FlowControl):
    """Does not read on while requests wait behind the one that is answered."""

    def __init__(self, transport: asyncio.Transport, must_wait: Callable[[], bool]) -> None:
        super().__init__(transport)
        self._must_wait = must_wait

    def resume_reading(self) -> None:
        if not self._must_wait():
            super().resume_reading()


class _Gentle:
    """A transport that is closed gently where its connection says so: for whoever asks, it is closed then."""

    def __init__(self, transport: asyncio.Transport, connection: "Connection") -> None:
        self._transport = transport
        self._connection = connection

    def write(self, data: bytes) -> None:
        if not self._connection.lingers:
            self._transport.write(data)

    def close(self) -> None:
        if not self._connection.begin_to_linger():
            self._transport.close()

    def is_closing(self) -> bool:
        return self._connection.lingers or self._transport.is_closing()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Connection(HttpToolsProtocol):
    """Parses as uvicorn does. Ends connections that send too much around a body, or take too long.

    httptools collects a header until it ends, and uvicorn headers until the body begins: both without end.
    And uvicorn waits for the rest of a request, and for a client to take its answer, for ever. And it closes
    while a client still sends: TCP resets such a connection, and the answer on its way is lost with it. Here
    what still comes is read and thrown away, up to a limit and a time, until it closes (RFC 9112, 9.6).
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: WebLimits,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self._head_bytes = 0  # of the request at hand, its trailers with it
        self._hosts = 0  # headers of this name
        self._unread_bytes = 0  # since the parser last gave anything out
        self._offering: bytes | None = (
            None  # the head of a request that offered another protocol, without that
        )
        self._refusal = 400
        self._is_refused = False
        self._began: float | None = None  # when the request at hand did, by the loop's clock
        self._untaken_since: float | None = None  # since when the client has left answers lying
        self._watching: asyncio.TimerHandle | None = None
        self._lingers_since: float | None = None  # when all was said to a client that still sends
        self._thrown_away = 0  # bytes that came since it was refused
        self._socket: asyncio.Transport = None  # type: ignore[assignment]  # before it is connected

    # --- connections

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # a server gives no other
        """Begin to watch it: a client that sends nothing is slow, too."""
        super().connection_made(cast("asyncio.Transport", _Gentle(transport, self)))
        self._socket = transport
        self.flow = _Flow(transport, lambda: bool(self.pipeline))
        self._began = self.loop.time()
        self._watching = self.loop.call_later(self._limits.watch_s, self._watch)

    def connection_lost(self, exc: Exception | None) -> None:
        """Watch no more."""
        if self._watching is not None:
            self._watching.cancel()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """Wait for no client that lingers."""
        if self.lingers:
            self._socket.close()
        super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Parse what came, unless the connection is ending."""
        if self._is_refused:
            self._thrown_away += len(data)
            if self.lingers and self._thrown_away > self._limits.linger_bytes:
                self._socket.close()
            return
        if self._began is None:
            self._began = self.loop.time()
        self._unread_bytes += len(data)
        self._unset_keepalive_if_required()
        left: bytes | None = data
        while left is not None and not self._is_refused:
            left = self._parse(left)
        if self._unread_bytes > self._limits.head_bytes and not self._is_refused:
            self._refuse(431)

    def _parse(self, data: bytes) -> bytes | None:
        """Parse what came, as uvicorn does. Returns what has still to be, None for nothing.

        Who would rather speak another protocol sends its request all the same: Java's client offers HTTP/2
        with the first one on each connection. The parser holds all behind such a head for that protocol, and
        uvicorn drops it, the body as well: the request is begun anew without the offer (RFC 9110, 7.8).
        """
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            # At info: whoever sends rubbish does not fill a log with it.
            _log.info("request_not_read", why="it is no HTTP, or over a limit")
            self._refuse(self._refusal)
        except httptools.HttpParserUpgrade as offer:
            _log.info("upgrade_not_offered")
            if self._offering is not None:
                head, self._offering = self._offering, None
                self.parser = httptools.HttpRequestParser(self)
                return head + data[offer.args[0] :]
        return None

    def _without_offer(self) -> bytes:
        """Return the head that was read, without what offers another protocol."""
        lines = [
            b"%b %b HTTP/%b" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        ]
        for name, value in self.headers:
            if name == b"connection":
                tokens = [token.strip() for token in value.split(b",")]
                lines.append(b"connection: " + b", ".join(t for t in tokens if t.lower() not in _OFFERS))
            elif name not in _OFFERS:
                lines.append(name + b": " + value)
        return b"\r\n".join([*lines, b"", b""])

    # --- what the parser tells

    def on_message_begin(self) -> None:
        """Begin to count a request."""
        super().on_message_begin()
        self._began = self.loop.time()
        self._head_bytes = self._unread_bytes = self._hosts = 0

    def on_url(self, url: bytes) -> None:
        """Count the request line."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Count a header, or a trailer after a body in chunks."""
        self._count(len(name) + len(value) + 4)
        if name.lower() == b"host":
            self._hosts += 1
            if self._hosts > 1:  # one reader takes the first, another the last (RFC 9112, 3.2)
                raise _OverLimitError
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Let no more requests wait than may."""
        self._unread_bytes = 0
        if self._hosts == 0 and self.parser.get_http_version() == "1.1":  # RFC 9112, 3.2
            raise _OverLimitError
        if len(self.pipeline) >= self._limits.pipelined:
            raise _OverLimitError
        if self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT":
            self._offering = self._without_offer()
            return
        usual = self.app
        if max(len(self.connections), len(self.tasks)) >= self._limits.connections:
            _log.warning("too_many_connections", most=self._limits.connections)
            self.app = _no_room
        super().on_headers_complete()
        self.app = usual

    def on_body(self, body: bytes) -> None:
        """Pass the body on: it is the application's to bound."""
        self._unread_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End the request's time."""
        self._unread_bytes = 0
        if self._offering is not None:
            return
        self._began = None
        super().on_message_complete()

    def _count(self, number: int) -> None:
        self._unread_bytes = 0
        self._head_bytes += number
        if self._head_bytes > self._limits.head_bytes:
            self._refusal = 431
            raise _OverLimitError

    # --- ending it

    @property
    def lingers(self) -> bool:
        """Whether all is said, and what still comes is thrown away."""
        return self._lingers_since is not None

    def begin_to_linger(self) -> bool:
        """Say that nothing more comes, and read on, where the client is not at the end of what it sends."""
        still_sends = self._is_refused or (self.cycle is not None and self.cycle.more_body)
        if self.lingers or not still_sends or self._socket.is_closing():
            return False
        if not self._socket.can_write_eof():
            return False
        self._lingers_since = self.loop.time()
        self._is_refused = True
        self._socket.write_eof()
        self._socket.resume_reading()
        return True

    def _watch(self) -> None:
        now = self.loop.time()
        limit = self._limits.request_s
        self._watching = self.loop.call_later(self._limits.watch_s, self._watch)
        if self._lingers_since is not None and now - self._lingers_since >= limit:
            self._socket.close()
            return
        if self.transport.get_write_buffer_size() == 0:
            self._untaken_since = None
        elif self._untaken_since is None:
            self._untaken_since = now
        elif now - self._untaken_since >= limit:
            self._end_at_once("its answers are not taken")
            return
        if self.flow.read_paused and self._began is not None:
            self._began = now  # it is us who do not read
        elif self._began is not None and now - self._began >= limit and not self._is_refused:
            _log.info("slow_client_closed", why="its request did not come to an end", seconds=limit)
            self._refuse(408)

    def _refuse(self, status: int) -> None:
        """Take nothing more, answer what came whole before, then this, if that can be said, and close."""
        self._is_refused = True
        cycle = self.cycle
        is_answering = cycle is not None and not cycle.response_complete
        if is_answering and not cycle.more_body:
            cycle.keep_alive = False  # the last that came whole: its answer ends the connection
            return
        if is_answering and (self.pipeline or cycle.response_started):
            self._end_at_once("a request behind others broke off")
            return
        if is_answering:
            cycle.disconnected = True  # the application waits for the rest of it
            cycle.message_event.set()
        self.transport.write(self._refusal_in_words(status))
        self.transport.close()

    def _refusal_in_words(self, status: int) -> bytes:
        """Return the whole answer: to whom, is read from what came of the request."""
        try:
            path = httptools.parse_url(getattr(self, "url", b"")).path or b""
        except httptools.HttpParserInvalidURLError:
            path = b""
        answer = unread(status, {"path": path.decode("latin-1"), "headers": self.headers or []})
        head = b"".join(b"%b: %b\r\n" % named for named in answer.raw_headers)
        body = b"" if self.parser.get_method() == b"HEAD" else bytes(answer.body)
        return STATUS_LINE[status] + head + b"\r\n" + body

    def _end_at_once(self, why: str) -> None:
        self._is_refused = True
        _log.info("connection_broken_off", why=why)
        self.transport.abort()


async def _no_room(scope: Scope, receive: Receive, send: Send) -> None:
    await unread(503, scope)(scope, receive, send)
