"""Where a firm's SmartAdvocate is (API sheet, section 1)."""

import re
from collections.abc import Collection
from typing import Final
from urllib.parse import SplitResult, urlsplit

import httpx2

from adapters.http.addresses import literal
from core.errors import ConfigurationError

API_PATH: Final = "/CaseSyncAPI/"
_HOST: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9_.~-]+)*/casesyncapi/", re.IGNORECASE)
_EXAMPLE: Final = "enter the host alone, for example app.smartadvocate.com"


def normalise_base_url(text: str, allow_http_hosts: Collection[str] | None = ()) -> str:
    """Turn what a person typed (usually a bare host) into `https://<host>/CaseSyncAPI/`.

    `http` is accepted for `allow_http_hosts` (the sandbox) only, this machine being no exception; None leaves
    that to the guard of whoever sends there. Raises ConfigurationError for anything that is not the address
    of a CaseSyncAPI.
    """
    typed = text.strip()
    if not typed:
        raise ConfigurationError(f"the SmartAdvocate address is empty; {_EXAMPLE}")
    parts = _split(typed if "://" in typed else f"https://{typed}")
    if parts.username or parts.password:
        raise ConfigurationError("the SmartAdvocate address must not contain a user name or password")
    if parts.query or parts.fragment:
        raise ConfigurationError(f"the SmartAdvocate address must end at the host; {_EXAMPLE}")
    host = _host(parts)
    path = parts.path if parts.path.endswith("/") else parts.path + "/"
    if path == "/":
        path = API_PATH
    elif not _PATH.fullmatch(path) or ".." in path.split("/"):
        raise ConfigurationError(f"the SmartAdvocate address must end in {API_PATH}; {_EXAMPLE}")
    if parts.scheme == "http":
        if allow_http_hosts is not None and host not in {
            allowed.strip().lower() for allowed in allow_http_hosts
        }:
            raise ConfigurationError(
                f"the SmartAdvocate address must begin with https:// ({host} is not among the hosts in "
                "CASEBRIDGE_SMARTADVOCATE_HTTP_HOSTS)"
            )
    elif parts.scheme != "https":
        raise ConfigurationError(f"the SmartAdvocate address must begin with https://; {_EXAMPLE}")
    shown = f"[{host}]" if ":" in host else host
    port = f":{parts.port}" if parts.port is not None else ""
    return f"{parts.scheme}://{shown}{port}{path}"


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no port
    except ValueError:
        raise ConfigurationError(f"the SmartAdvocate address is not an address; {_EXAMPLE}") from None
    return parts


def _host(parts: SplitResult) -> str:
    host, known = (parts.hostname or "").rstrip("."), None
    try:
        known = literal(host)
        if known is not None:
            return str(known)
        # As browsers and the transport read it: by IDNA of 2008, where Python's own codec knows that of 2003.
        host = httpx2.URL(f"https://{host}").raw_host.decode("ascii")
        known = literal(host)
    except (httpx2.InvalidURL, ValueError):
        host = ""
    if known is not None or len(host) > 253 or not _HOST.fullmatch(host):
        raise ConfigurationError(f"the SmartAdvocate address has no host that could exist; {_EXAMPLE}")
    return host
