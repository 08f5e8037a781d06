"""uvicorn's HTTP protocol with one addition: the application can cut the connection, as a failing network
does.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

TRANSPORT = "sandbox.transport"
_NO_LINGER = struct.pack("ii", 1, 0)


def cut(scope: Mapping[str, Any]) -> None:
    """Resets the connection of a request: the client sees a reset, not an orderly end."""
    transport = scope[TRANSPORT]
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


class CuttableProtocol(HttpToolsProtocol):
    """Puts the connection's transport into the scope."""

    def on_message_begin(self) -> None:
        """Starts a request's scope."""
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)[TRANSPORT] = self.transport
