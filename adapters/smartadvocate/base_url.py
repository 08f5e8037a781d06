"""Where a firm's SmartAdvocate is (API sheet, section 1)."""

import ipaddress
import re
from collections.abc import Collection
from typing import Final
from urllib.parse import SplitResult, urlsplit

from core.errors import ConfigurationError

API_PATH: Final = "/CaseSyncAPI/"
_HOST: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9_.~-]+)*/casesyncapi/", re.IGNORECASE)
_EXAMPLE: Final = "enter the host alone, for example app.smartadvocate.com"


def normalise_base_url(text: str, allow_http_hosts: Collection[str] = ()) -> str:
    """Turn what a person typed (usually a bare host) into `https://<host>/CaseSyncAPI/`.

    `http` is accepted for loopback addresses and for `allow_http_hosts` (the sandbox) only. Raises
    ConfigurationError for anything that is not the address of a CaseSyncAPI.
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
        if not (_is_loopback(host) or host in allow_http_hosts):
            raise ConfigurationError(
                f"the SmartAdvocate address must begin with https:// ({host} is neither on this machine nor "
                "among the hosts allowed without encryption)"
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
    host = parts.hostname or ""
    try:
        if ":" in host:
            return str(ipaddress.IPv6Address(host))
        host = host.rstrip(".").encode("idna").decode("ascii").lower()
    except (UnicodeError, ValueError):
        host = ""
    if len(host) > 253 or not _HOST.fullmatch(host):
        raise ConfigurationError(f"the SmartAdvocate address has no host that could exist; {_EXAMPLE}")
    return host


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
