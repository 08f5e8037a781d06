"""How a connection is cut, as a failing network does it.

ASGI has no word for it: uvicorn's HTTP protocol gets one addition, the connection's transport in the scope.
"""

from __future__ import annotations

import socket
import struct
from typing import Any, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_TRANSPORT = "sandbox.transport"
_NO_LINGER = struct.pack("ii", 1, 0)


class CutError(Exception):
    """The connection is to be cut instead of answered; `outcome` is what the report calls it."""

    def __init__(self, outcome: str) -> None:
        super().__init__(outcome)
        self.outcome = outcome


def cut(scope: Scope) -> None:
    """Resets the connection of a request: the client sees a reset, not an orderly end."""
    transport = scope[_TRANSPORT]
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


class CuttableProtocol(HttpToolsProtocol):
    """Puts the connection's transport into the scope."""

    def on_message_begin(self) -> None:
        """Starts a request's scope."""
        super().on_message_begin()
        cast("dict[str, Any]", self.scope)[_TRANSPORT] = self.transport
