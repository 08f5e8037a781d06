"""Whatever is typed or wrapped: no private address counts as public."""

import contextlib
import ipaddress

from hypothesis import given
from hypothesis import strategies as st

from adapters.http.addresses import is_public, literal


def carried(prefix: str, address: str) -> str:
    return str(
        ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | int(ipaddress.IPv4Address(address)))
    )


@given(st.ip_addresses(v=4))
def test_no_wrapping_makes_a_private_address_public(address: ipaddress.IPv4Address) -> None:
    six_to_four = ipaddress.IPv6Address((0x2002 << 112) | (int(address) << 80))
    wrapped = [
        carried(prefix, str(address)) for prefix in ("::", "::ffff:0:0", "64:ff9b::", "64:ff9b:1::", "fec0::")
    ]
    if address.is_private or address.is_multicast or address.is_reserved:
        assert not is_public(str(address))
        assert not any(map(is_public, [*wrapped, str(six_to_four)]))


@given(st.ip_addresses())
def test_what_python_knows_to_be_private_is_not_public(address: ipaddress.IPv4Address) -> None:
    if is_public(str(address)):
        assert address.is_global or str(address).startswith("64:ff9b::")
        assert not address.is_multicast


@given(st.text(max_size=300))
def test_any_text_is_judged(text: str) -> None:
    is_public(text)
    with contextlib.suppress(ValueError):
        literal(text)
