"""What one connection may take of the web server."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class WebLimits:
    """Limits of a connection.

    `head_bytes`: request line and headers together, trailers with them. `request_s`: from a request's first
    byte (or the connection) to its last, and for a client to take an answer. `pipelined`: requests that wait
    behind one. `connections`: with so many at once, requests are answered 503. A body's length is the
    endpoint's to limit. `linger_bytes`: what a client that was refused may still send, and is thrown away.
    """

    head_bytes: int = 32 * 1024
    request_s: float = 20.0
    pipelined: int = 100
    connections: int = 1000
    linger_bytes: int = 8 * 1024 * 1024

    @property
    def watch_s(self) -> float:
        """How often a connection is looked at, in seconds: so much after `request_s` it may be closed."""
        return min(self.request_s / 4, 5.0)
