"""Whose request it is by its address, also behind proxies."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from starlette.types import ASGIApp, Receive, Scope, Send

from core.errors import ConfigurationError

Network = IPv4Network | IPv6Network
_MOST_HOPS: Final = 20  # of X-Forwarded-For, from the right: what is further left was written by strangers


def networks(texts: Iterable[str]) -> Sequence[Network]:
    """Return the networks that are written as CIDR or single addresses. Raises ConfigurationError."""
    try:
        return [ip_network(text.strip()) for text in texts if text.strip()]
    except ValueError:
        raise ConfigurationError(
            "CASEBRIDGE_TRUSTED_PROXIES must be addresses or networks such as 10.0.0.0/8, with commas between"
        ) from None


class ClientAddress:
    """Puts the client's own address where a proxy's would stand.

    `X-Forwarded-For` counts only where the connection comes from a proxy that is trusted, and of it the
    right-most address that is no trusted proxy: everything left of that is what a client wrote itself.
    """

    def __init__(self, app: ASGIApp, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = trusted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and self._trusted and scope.get("client"):
            address = self._client(scope)
            if address is not None:
                scope["client"] = (address, 0)
        await self._app(scope, receive, send)

    def _client(self, scope: Scope) -> str | None:
        if not self._is_trusted(str(scope["client"][0])):
            return None
        given = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        hops = [hop.strip() for hop in given.decode("latin-1").split(",")]
        last = None
        for hop in reversed(hops[-_MOST_HOPS:]):
            if _address(hop) is None:
                return last  # what is no address ends what can be believed
            last = str(_address(hop))
            if not self._is_trusted(last):
                return last
        return last

    def _is_trusted(self, text: str) -> bool:
        address = _address(text)
        return address is not None and any(address in network for network in self._trusted)


def address_of(scope: Scope) -> str:
    """Return the client's address; of IPv6 the network of 64 bits, which is one client's to choose from."""
    client = scope.get("client")
    address = None if client is None else _address(str(client[0]))
    if isinstance(address, IPv6Address):
        return str(ip_network((address, 64), strict=False))
    return str(address or "?")


def _address(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address that is written, with or without a port; None for what is none."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
