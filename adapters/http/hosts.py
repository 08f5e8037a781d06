"""Which hosts may be spoken to: listed ones, encrypted, and not inside our own network."""

import ipaddress
import re
import socket
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import httpx2

from core.errors import CasebridgeError, ConfigurationError, TransientError

_HTTPS_PORT: Final = 443
_LAST_PORT: Final = 65535
_MAX_SHOWN: Final = 100  # characters of a host
_HOST: Final = re.compile(rb"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+")  # a name in ASCII, or an address
Resolve = Callable[[str], Collection[str]]


def resolve(host: str) -> Collection[str]:
    """Return the addresses of a host. Raises OSError."""
    return {str(known[4][0]) for known in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}


@dataclass(frozen=True, slots=True)
class HostRules:
    """What a guard goes by. Hosts are exact names.

    `http_hosts` (the sandbox) may be spoken to without encryption and wherever they are; `private_hosts` may
    be in our own network. `refused` makes the error out of the words that say what is wrong; `setting` and
    `private_setting` are what an operator lists hosts in.

    A guard for addresses that staff type takes `*.example.com` too, any port, and any public host where
    none is listed; a name is resolved before it is used. It refuses what a browser might read in another way
    (a fragment, a backslash).

    A `strict` one is for addresses that come from outside: it takes listed hosts alone, at https' own port,
    and `http_hosts` by http alone. Where a name leads is judged by the machine that answered (`check_peer`).
    """

    setting: str
    refused: Callable[[str], CasebridgeError]
    hosts: Collection[str] = ()
    http_hosts: Collection[str] = ()
    private_hosts: Collection[str] = ()
    private_setting: str = ""
    strict: bool = False


class HostGuard:
    """Judges addresses by its rules. Raises ConfigurationError where a rule lists what is no host."""

    def __init__(self, rules: HostRules, resolve: Resolve = resolve) -> None:
        listed = [host.strip() for host in rules.hosts if host.strip()]
        below = [host for host in listed if host.startswith("*.") and not rules.strict]
        self._rules = rules
        self._resolve = resolve
        self._exact = _named(rules, [host for host in listed if host not in below])
        self._below = {f".{host}" for host in _named(rules, [host[2:] for host in below])}
        self._http = _named(rules, rules.http_hosts)
        self._private = _named(rules, rules.private_hosts)

    def check(self, address: str, what: str) -> str:
        """Return the address as it came, where it may be used; one with a user name never.

        `what` says in words whose address it is. Raises what `HostRules.refused` makes, naming the host, and
        TransientError where its name cannot be resolved just now.
        """
        refused, strict = self._rules.refused, self._rules.strict
        try:
            url = httpx2.URL(address)
            host = _host_of(url)
        except (httpx2.InvalidURL, ValueError):
            raise refused(f"{what} is no address that may be used") from None
        if not host or url.userinfo or (url.port or 0) > _LAST_PORT or not (strict or _is_plain(address)):
            raise refused(f"{what} is no address that may be used")
        shown = repr(host[:_MAX_SHOWN])
        if url.scheme == "http" and host in self._http:
            return address
        if url.scheme != "https":
            raise refused(f"{what} ({shown}) must be encrypted: it must begin with https://")
        if not strict and host in self._http:
            return address
        if (strict or self._exact or self._below) and not self._is_listed(host):
            raise refused(f"{what}: the host {shown} is not among those in {self._rules.setting}")
        if strict and url.port not in {None, _HTTPS_PORT}:
            raise refused(f"{what} ({shown}) names port {url.port}, not {_HTTPS_PORT}")
        if not strict and host not in self._private:
            self._must_be_public(host, self._addresses(host, what), what)
        return address

    def check_peer(self, url: httpx2.URL, machine: str | None, what: str) -> None:
        """Refuse a name that was made to lead into a private network.

        `machine` is the address of the one really spoken to, None where it cannot be told.
        """
        host = _host_of(url)
        if url.scheme == "https" and machine is not None and machine != host and host not in self._private:
            self._must_be_public(host, [machine], what)

    def _is_listed(self, host: str) -> bool:
        return host in self._exact or any(host.endswith(end) for end in self._below)

    def _addresses(self, host: str, what: str) -> Collection[str]:
        try:
            return self._resolve(host)
        except (OSError, UnicodeError):
            raise TransientError(f"{what}: the name {host!r} cannot be resolved now") from None

    def _must_be_public(self, host: str, addresses: Collection[str], what: str) -> None:
        for address in addresses:
            known = ipaddress.ip_address(address.partition("%")[0])
            mapped = getattr(known, "ipv4_mapped", None) or known
            if not mapped.is_global or mapped.is_multicast:
                meant = self._rules.private_setting
                cure = f"; if that is meant, an operator lists the host in {meant}" if meant else ""
                raise self._rules.refused(
                    f"{what}: {host[:_MAX_SHOWN]!r} leads to an address in a private network{cure}"
                )


def _host_of(url: httpx2.URL) -> str:
    return url.raw_host.decode("ascii").lower().rstrip(".")


def _is_plain(address: str) -> bool:
    return "#" not in address and "\\" not in address and address.isprintable()


def _named(rules: HostRules, hosts: Collection[str]) -> frozenset[str]:
    """Return listed hosts as addresses have them, in ASCII."""
    return frozenset(_as_in_addresses(rules, host.strip()) for host in hosts if host.strip())


def _as_in_addresses(rules: HostRules, host: str) -> str:
    try:
        url = httpx2.URL(f"https://[{host}]" if host.count(":") > 1 and host[0] != "[" else f"https://{host}")
        plain = _HOST.fullmatch(url.raw_host) is not None
        if plain and url.port is None and url.path == "/" and not url.userinfo:
            return _host_of(url)
    except (httpx2.InvalidURL, ValueError):
        pass
    raise ConfigurationError(
        f"{rules.setting}: {host[:_MAX_SHOWN]!r} is no host; it takes bare names, commas between"
    )
