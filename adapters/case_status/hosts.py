"""Which addresses of document content may be followed: those on hosts that an operator has listed."""

import ipaddress
import re
from collections.abc import Collection
from typing import Final

import httpx2

from core.errors import ConfigurationError, ContentRefusedError

_SETTING: Final = "CASEBRIDGE_DOCUMENT_HOSTS"
_HTTPS_PORT: Final = 443
_HOST: Final = re.compile(rb"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")  # a name in ASCII, or an address


class AllowedHosts:
    """Host names, exact, and without encryption only those in `http_hosts` (the sandbox).

    An address never leads to another port of an https host, carries no user name, and is a bare number only
    where that very number is listed.
    """

    def __init__(self, hosts: Collection[str], http_hosts: Collection[str] = ()) -> None:
        self._https = frozenset(_named(host) for host in hosts if host.strip())
        self._http = frozenset(_named(host) for host in http_hosts if host.strip())

    def check(self, text: str) -> httpx2.URL:
        """Return the address where it may be followed. Raises ContentRefusedError naming the host."""
        try:
            url = httpx2.URL(text)
            host = url.raw_host.decode("ascii").lower().rstrip(".")
        except (httpx2.InvalidURL, UnicodeError, ValueError):
            raise ContentRefusedError(
                "the document's content_url is no address that can be followed"
            ) from None
        if url.userinfo:
            raise _refused(host, "its address carries a user name or password")
        if url.scheme == "https" and host in self._https and url.port in {None, _HTTPS_PORT}:
            return url
        if url.scheme == "http" and host in self._http:
            return url
        if url.scheme == "http" and host in self._https:
            raise _refused(host, "its address is not encrypted (https)")
        if url.scheme == "https" and host in self._https:
            raise _refused(host, f"its address names port {url.port}, not {_HTTPS_PORT}")
        raise _refused(host, f"the host is not among those in {_SETTING}")

    def check_peer(self, url: httpx2.URL, address: str | None) -> None:
        """Refuse a listed host whose name was made to lead into a private network.

        `address` is that of the machine really spoken to, None where it cannot be told.
        """
        host = url.raw_host.decode("ascii").lower().rstrip(".")
        if url.scheme == "http" or address is None or host == address:
            return
        if not ipaddress.ip_address(address.partition("%")[0]).is_global:
            raise _refused(host, "its name leads to an address in a private network")


def _named(host: str) -> str:
    """Return a listed host as addresses have it, in ASCII. Raises ConfigurationError for what is no host."""
    try:
        url = httpx2.URL(f"https://{host.strip()}")
        plain = _HOST.fullmatch(url.raw_host) is not None
        if plain and url.port is None and url.path == "/" and not url.userinfo:
            return url.raw_host.decode("ascii").lower().rstrip(".")
    except httpx2.InvalidURL:
        pass
    raise ConfigurationError(f"{_SETTING}: {host[:100]!r} is no host; give bare names, commas between")


def _refused(host: str, why: str) -> ContentRefusedError:
    return ContentRefusedError(
        f"the document's content is on {host[:100]!r}: {why}; an operator must allow the host or upstream "
        "must send another address, then replay"
    )
