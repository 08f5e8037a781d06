"""The one HTTP client of a process; making one costs about 20 ms, so never one a job."""

import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from typing import Final

import httpx2

from adapters.smartadvocate.limits import Limits

MAX_CONNECTIONS: Final = 32  # for about 16 worker threads, and those that only log in
KEEP_ALIVE_SECONDS: Final = 30.0


def open_http_client(
    *, tls: ssl.SSLContext | None = None, max_connections: int = MAX_CONNECTIONS
) -> httpx2.Client:
    """Open the client; the caller closes it.

    It never repeats a request, follows no redirect, keeps no cookie (firms share hosts) and ignores proxy
    settings and `.netrc` of the environment. `tls` replaces the default context, which verifies certificates
    and host names.
    """
    limits = httpx2.Limits(
        max_connections=max_connections,
        max_keepalive_connections=max_connections,
        keepalive_expiry=KEEP_ALIVE_SECONDS,
    )
    transport = httpx2.HTTPTransport(
        verify=tls if tls is not None else True, trust_env=False, limits=limits, retries=0
    )
    return httpx2.Client(
        transport=transport,
        trust_env=False,
        follow_redirects=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        timeout=httpx2.Timeout(**Limits().seconds()),
        headers={"User-Agent": f"casebridge/{_version()}", "Accept": "application/json"},
    )


def _version() -> str:
    try:
        return version("casebridge")
    except PackageNotFoundError:
        return "0"
