"""Which hosts may be spoken to: listed ones, encrypted, and not inside our own network."""

import ipaddress
import socket
from collections.abc import Callable, Collection
from typing import Final
from urllib.parse import urlsplit

from core.errors import ConfigurationError, TransientError

_HOSTS: Final = "CASEBRIDGE_SMARTADVOCATE_HOSTS"
_PRIVATE: Final = "CASEBRIDGE_SMARTADVOCATE_PRIVATE_HOSTS"
Resolve = Callable[[str], Collection[str]]


def resolve(host: str) -> Collection[str]:
    """Return the addresses of a host. Raises OSError."""
    return {str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}


class PublicHosts:
    """`hosts` lists exact names and `*.example.com`; empty, any public host will do.

    `http_hosts` (the sandbox) may be spoken to without encryption and wherever they are; `private_hosts` may
    be in our own network.
    """

    def __init__(
        self,
        hosts: Collection[str] = (),
        http_hosts: Collection[str] = (),
        private_hosts: Collection[str] = (),
        resolve: Resolve = resolve,
    ) -> None:
        self._exact = {_clean(host) for host in hosts if host.strip() and not host.strip().startswith("*.")}
        self._below = {_clean(host)[1:] for host in hosts if host.strip().startswith("*.")}
        self._http = {_clean(host) for host in http_hosts if host.strip()}
        self._private = {_clean(host) for host in private_hosts if host.strip()}
        self._resolve = resolve

    def check(self, url: str, what: str) -> str:
        """Return the URL where it may be used, a fragment and a user name never.

        `what` says in words whose URL it is. Raises ConfigurationError naming the host, TransientError where
        its name cannot be resolved just now.
        """
        try:
            parts = urlsplit(url)
            host, _ = _clean(parts.hostname or ""), parts.port
        except ValueError:
            raise ConfigurationError(f"{what} is no address") from None
        if not host or parts.username is not None or parts.fragment or "\\" in url or not url.isprintable():
            raise ConfigurationError(f"{what} is no address that may be used")
        if parts.scheme == "http" and host in self._http:
            return url
        if parts.scheme != "https":
            raise ConfigurationError(f"{what} ({host}) must begin with https://")
        if host in self._http:
            return url
        if (self._exact or self._below) and not self._is_listed(host):
            raise ConfigurationError(f"{what}: the host {host!r} is not among those in {_HOSTS}")
        if host not in self._private:
            self._must_be_public(host, what)
        return url

    def _is_listed(self, host: str) -> bool:
        return host in self._exact or any(host.endswith(end) for end in self._below)

    def _must_be_public(self, host: str, what: str) -> None:
        try:
            addresses = self._resolve(host)
        except (OSError, UnicodeError):
            raise TransientError(
                f"{what}: the name {host!r} cannot be resolved now; check it, or try again in a while"
            ) from None
        for address in addresses:
            known = ipaddress.ip_address(address.partition("%")[0])
            mapped = getattr(known, "ipv4_mapped", None) or known
            if not mapped.is_global or mapped.is_multicast:
                raise ConfigurationError(
                    f"{what}: {host!r} leads to an address in a private network; if that is meant, an "
                    f"operator lists the host in {_PRIVATE}"
                )


def _clean(host: str) -> str:
    return host.strip().lower().rstrip(".")
