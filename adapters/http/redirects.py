"""Redirects, each followed only where the guard lets us."""

from collections.abc import Callable
from typing import Final

import httpx2

from adapters.http.hosts import HostGuard

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


def follow(
    address: str, send: Callable[[httpx2.URL], httpx2.Response], guard: HostGuard, what: str, *, most: int
) -> httpx2.Response | None:
    """Send to the address and to where it leads, and return the first answer that is no redirect, still open.

    One that does not say where it leads is none. None after more than `most` redirects. `guard` judges every
    address before it is sent to; `what` says in words whose address it is.
    """
    for _ in range(most + 1):
        url = httpx2.URL(guard.check(address, what))
        response = send(url)
        try:
            if response.status_code not in _REDIRECTS or not response.headers.get("location"):
                return response
            address = _target(url, response)
        except BaseException:
            response.close()
            raise
        response.close()
    return None


def _target(url: httpx2.URL, response: httpx2.Response) -> str:
    try:
        return str(url.join(response.headers["location"]))
    except (httpx2.InvalidURL, ValueError):
        return ""  # which the guard refuses
