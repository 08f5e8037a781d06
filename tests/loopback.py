"""What tests may call: servers of their own on this machine."""

import ssl

from adapters.http.hosts import HostGuard
from adapters.smartadvocate.hosts import smartadvocate_hosts

HTTP_HOSTS = frozenset({"127.0.0.1"})


def loopback() -> HostGuard:
    """A guard as an operator sets it for a sandbox on the same machine."""
    return smartadvocate_hosts(http_hosts=HTTP_HOSTS)


def bare_tls() -> ssl.SSLContext:
    """A context that trusts nobody: loading the machine's certificates takes longer than most tests."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
