"""Whose addresses are whose: what leads to a machine of the public internet, and what only seems to.

An IPv6 address may carry an IPv4 one, and a translator or tunnel on the way delivers to that. Judged is where
it would lead. The list is ours (IANA's special-purpose registries, RFC 6890 and what came after): Python's
own differs from release to release.
"""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Final

Address = IPv4Address | IPv6Address

_NUMBER: Final = re.compile(r"0x[0-9a-f]*|[0-9]+", re.IGNORECASE)
_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")  # all that was ever given out
_NAT64: Final = IPv6Network("64:ff9b::/96")  # what networks without IPv4 reach it by (RFC 6052)
_ISATAP: Final = frozenset({0x0000_5EFE, 0x0200_5EFE})  # the third quarter of such an address (RFC 5214)
_NOT_PUBLIC_4: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's own server, seen by its machines alone
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
# The tunnels among them, Teredo (in 2001::/23) and 6to4 (2002::/16), are given up: nobody serves there.
_NOT_PUBLIC_6: Final = tuple(
    IPv6Network(network) for network in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
)


def literal(host: str) -> Address | None:
    """Return the address that a URL's host is, without brackets; None for a name.

    Raises ValueError for what is neither: a name that ends in a number (`127.1`, `0x7f000001`, `0177.0.0.1`)
    is an address to some readers and not to others.
    """
    if ":" in host:
        return IPv6Address(host)
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        return IPv4Address(host)
    return None


def is_public(text: str) -> bool:
    """Tell whether the address is a single machine's on the public internet. What is no address is not."""
    try:
        return _is_public(ip_address(text))
    except ValueError:
        return False


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    if address.ipv4_mapped is not None:
        return address.scope_id is None and _is_public(address.ipv4_mapped)
    quarters = int(address)
    carried = IPv4Address(quarters & 0xFFFF_FFFF)
    if address.scope_id is not None:  # `fe80::1%eth0`: of one link alone
        return False
    if address in _NAT64:
        return _is_public(carried)
    if address not in _GLOBAL_UNICAST or any(address in network for network in _NOT_PUBLIC_6):
        return False
    return (quarters >> 32) & 0xFFFF_FFFF not in _ISATAP or _is_public(carried)
