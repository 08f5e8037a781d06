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

    None after more than `most` redirects. `guard` judges every address before it is sent to, and the machine
    that answered; `what` says in words whose address it is.
    """
    for _ in range(most + 1):
        url = httpx2.URL(guard.check(address, what))
        response = send(url)
        try:
            guard.check_peer(url, _peer(response), what)
            if response.status_code not in _REDIRECTS:
                return response
            address = _target(url, response)
        except BaseException:
            response.close()
            raise
        response.close()
    return None


def _target(url: httpx2.URL, response: httpx2.Response) -> str:
    try:
        return str(url.join(response.headers.get("location", "")))
    except httpx2.InvalidURL:
        return ""  # which the guard refuses


def _peer(response: httpx2.Response) -> str | None:
    """Return the address of the machine spoken to, None where it cannot be told."""
    stream = response.extensions.get("network_stream")
    try:
        address = stream.get_extra_info("server_addr") if stream is not None else None
    except OSError:  # it broke meanwhile, so nobody can tell any more whom we spoke to
        raise httpx2.ReadError("no peer") from None
    return str(address[0]) if isinstance(address, tuple) and address else None
