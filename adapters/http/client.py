"""The HTTP clients of a process, one for each guard; making one costs about 20 ms, so never one a job."""

import ssl
import threading
import weakref
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import httpx2

from adapters.http.guarded import GuardedTransport
from adapters.http.hosts import HostGuard
from adapters.http.limits import DEFAULT_LIMITS

# Of a thread: it reads one document while it sends it on, and serves several firms.
MAX_CONNECTIONS: Final = 4
KEEP_ALIVE_SECONDS: Final = 30.0


class ThreadsTransport(httpx2.BaseTransport):
    """Connections of its own for each thread, which are closed when it has ended, and all by `close`.

    One transport for all threads makes each request wait for the others' way through its pool (ADR 62).
    """

    def __init__(self, open_transport: Callable[[], httpx2.BaseTransport]) -> None:
        self._open_transport = open_transport
        self._own = threading.local()
        self._lock = threading.Lock()
        self._closings: set[weakref.finalize[[], threading.Thread]] = set()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send it on a connection of this thread, once, and return what came of it; to be closed."""
        transport: httpx2.BaseTransport | None = getattr(self._own, "transport", None)
        if transport is None:
            transport = self._own.transport = self._open()
        return transport.handle_request(request)

    def close(self) -> None:
        """Close the connections of all threads. Nothing is to be under way."""
        with self._lock:
            closings, self._closings = self._closings, set()
        for closing in closings:
            closing()

    def _open(self) -> httpx2.BaseTransport:
        transport = self._open_transport()
        closing = weakref.finalize(threading.current_thread(), transport.close)
        closing.atexit = False
        with self._lock:
            self._closings = {earlier for earlier in self._closings if earlier.alive} | {closing}
        return transport


class HttpClient(httpx2.Client):
    """httpx2's client that shows its `transport`: what is sent there meets no redirect, cookie or log-in."""

    def __init__(self, transport: ThreadsTransport) -> None:
        self.transport = transport
        super().__init__(
            transport=transport,
            trust_env=False,
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
            timeout=httpx2.Timeout(**{step: float(s) for step, s in DEFAULT_LIMITS.seconds().items()}),
            headers={"User-Agent": f"casebridge/{_version()}", "Accept": "application/json"},
        )


def trusted_certificates() -> ssl.SSLContext:
    """Read the certificates that this machine trusts: 20 ms without Python, and so best done in a thread."""
    return httpx2.create_ssl_context(trust_env=False)


def open_http_client(hosts: HostGuard, *, tls: ssl.SSLContext | None = None) -> HttpClient:
    """Open a client that reaches what `hosts` allows; the caller closes it.

    It never repeats a request, follows no redirect, keeps no cookie (firms share hosts) and ignores proxy
    settings and `.netrc` of the environment. `tls` replaces the default context, which verifies certificates
    and host names.
    """
    limits = httpx2.Limits(
        max_connections=MAX_CONNECTIONS,
        max_keepalive_connections=MAX_CONNECTIONS,
        keepalive_expiry=KEEP_ALIVE_SECONDS,
    )
    verify = tls if tls is not None else trusted_certificates()

    return HttpClient(ThreadsTransport(lambda: GuardedTransport(hosts, verify, limits)))


def _version() -> str:
    try:
        return version("casebridge")
    except PackageNotFoundError:
        return "0"
