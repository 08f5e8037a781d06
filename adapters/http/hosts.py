"""Which hosts may be spoken to: listed ones, encrypted, and not inside our own network."""

import re
import socket
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import httpx2

from adapters.http.addresses import is_public, literal
from core.errors import CasebridgeError, ConfigurationError, TransientError

_HTTPS_PORT: Final = 443
_LAST_PORT: Final = 65535
_MAX_SHOWN: Final = 100  # characters of a host
_MAX_HOST: Final = 253  # RFC 1035, 2.3.4, as it is written
_NAME: Final = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
Resolve = Callable[[str], Collection[str]]


def resolve(host: str) -> Sequence[str]:
    """Return the addresses of a host, the one to be tried first in front. Raises OSError, ValueError."""
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(known[4][0]) for known in found))


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
    and `http_hosts` by http alone.

    Whatever an address led to when it was checked, `machines` decides where a connection goes.
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
        except (httpx2.InvalidURL, ValueError):
            raise refused(f"{what} is no address that may be used") from None
        if url.userinfo or not (strict or _is_plain(address)):
            raise refused(f"{what} is no address that may be used")
        host = self._judged(url, what)
        if not strict and host not in self._http and host not in self._private:
            self._machines(host, what)  # said now, to whoever typed it
        return address

    def judge(self, url: httpx2.URL) -> None:
        """Raise what `HostRules.refused` makes unless requests may go there: scheme, host and port."""
        self._judged(url, "the address")

    def machines(self, host: str) -> Sequence[str]:
        """Return the addresses to connect to for a host as URLs have it: nobody is to resolve it again.

        Raises what `HostRules.refused` makes where one of them is in a private network and that is not
        meant, and TransientError where the name cannot be resolved just now.
        """
        return self._machines(_host_in(host), "the address")

    def _judged(self, url: httpx2.URL, what: str) -> str:
        refused, strict = self._rules.refused, self._rules.strict
        try:
            host = _host_in(url.raw_host.decode("ascii"))
        except ValueError:
            raise refused(f"{what} is no address that may be used") from None
        if url.port is not None and not 0 < url.port <= _LAST_PORT:
            raise refused(f"{what} is no address that may be used")
        shown = repr(host[:_MAX_SHOWN])
        if url.scheme == "http" and host in self._http:
            return host
        if url.scheme != "https":
            raise refused(f"{what} ({shown}) must be encrypted: it must begin with https://")
        if not strict and host in self._http:
            return host
        if (strict or self._exact or self._below) and not self._is_listed(host):
            raise refused(f"{what}: the host {shown} is not among those in {self._rules.setting}")
        if strict and url.port not in {None, _HTTPS_PORT}:
            raise refused(f"{what} ({shown}) names port {url.port}, not {_HTTPS_PORT}")
        return host

    def _is_listed(self, host: str) -> bool:
        return host in self._exact or any(host.endswith(end) for end in self._below)

    def _machines(self, host: str, what: str) -> Sequence[str]:
        if literal(host) is not None:
            found: Sequence[str] = [host]
        else:
            try:
                found = list(self._resolve(host))
            except (OSError, ValueError):
                found = []
        if not found:
            raise TransientError(f"{what}: the name {host[:_MAX_SHOWN]!r} cannot be resolved now")
        if host not in self._http and host not in self._private and not all(map(is_public, found)):
            meant = self._rules.private_setting
            cure = f"; if that is meant, an operator lists the host in {meant}" if meant else ""
            raise self._rules.refused(
                f"{what}: {host[:_MAX_SHOWN]!r} leads to an address in a private network{cure}"
            )
        return found


@lru_cache(maxsize=1024)  # each request asks, and a process calls few hosts again and again
def _host_in(host: str) -> str:
    """Return a URL's host as rules have it: in lower case, an address in its one spelling.

    Raises ValueError for what is neither name nor address, or may be both.
    """
    host = host.lower()
    if host.endswith("."):
        host = host[:-1]
    address = literal(host)
    if address is not None:
        return str(address)
    if len(host) > _MAX_HOST or not _NAME.fullmatch(host):
        raise ValueError("no host")
    return host


def _is_plain(address: str) -> bool:
    return "#" not in address and "\\" not in address and address.isprintable()


def _named(rules: HostRules, hosts: Collection[str]) -> frozenset[str]:
    """Return listed hosts as addresses have them, in ASCII."""
    return frozenset(_as_in_addresses(rules, host.strip()) for host in hosts if host.strip())


def _as_in_addresses(rules: HostRules, host: str) -> str:
    try:
        url = httpx2.URL(f"https://[{host}]" if host.count(":") > 1 and host[0] != "[" else f"https://{host}")
        if url.port is None and url.path == "/" and not url.userinfo:
            return _host_in(url.raw_host.decode("ascii"))
    except (httpx2.InvalidURL, ValueError):
        pass
    raise ConfigurationError(
        f"{rules.setting}: {host[:_MAX_SHOWN]!r} is no host; it takes bare names, commas between"
    )
