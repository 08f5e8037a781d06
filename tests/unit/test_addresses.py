"""Which addresses are a public machine's, whatever they are wrapped in."""

import ipaddress

import pytest

from adapters.http.addresses import is_public, literal

PRIVATE = ["0.0.0.0", "10.0.0.1", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.168.0.1"]
PUBLIC = ["8.8.8.8", "1.1.1.1", "100.63.255.255", "172.32.0.1", "192.169.0.1"]


def carried(prefix: str, address: str) -> str:
    return str(
        ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | int(ipaddress.IPv4Address(address)))
    )


@pytest.mark.parametrize(
    "address",
    [
        *PRIVATE,
        "192.0.0.192",  # a cloud's
        "192.0.2.1",
        "192.88.99.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "168.63.129.16",  # another cloud's
        "224.0.0.1",
        "239.255.255.250",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",  # IPv4-compatible
        "::ffff:0:7f00:1",  # IPv4-translated
        "64:ff9b:1::a9fe:a9fe",  # a translator's own
        "100::1",
        "2001::1",  # Teredo
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:2::1",
        "2001:10::1",
        "2001:db8::1",
        "2002:7f00:1::",  # 6to4
        "2002:808:808::1",
        "3fff::1",
        "5f00::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "2606:4700::1111%eth0",
        "2606:4700::5efe:7f00:1",  # ISATAP
        "2606:4700::200:5efe:a00:1",
        "::ffff:8.8.8.8%1",
        "",
        "localhost",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "8.8.8.8 ",
        "[2606:4700::1111]",
    ],
)
def test_what_is_not_a_public_machine_s(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", [*PUBLIC, "2606:4700::1111", "2a00:1450:4001:82b::200e", "2606:4700::5efe:808:808"]
)
def test_what_is(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "prefix", ["::ffff:0:0", "64:ff9b::", "2606:4700::5efe:0:0", "2606:4700::200:5efe:0:0"]
)
def test_a_wrapped_address_counts_as_what_is_in_it(prefix: str) -> None:
    assert not any(is_public(carried(prefix, address)) for address in PRIVATE)
    assert all(is_public(carried(prefix, address)) for address in PUBLIC)


@pytest.mark.parametrize(
    "host",
    ["127.1", "0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1", "1.2.3.4.5", "a.1", "::g", "127.0.0.1.0x"],
)
def test_what_some_take_for_an_address_and_some_for_a_name_is_neither(host: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        literal(host)


@pytest.mark.parametrize(
    "host", ["example.com", "1.example", "a", "0x7f.example", "xn--bcher-kva.example", "1e2"]
)
def test_a_name_is_no_address(host: str) -> None:
    assert literal(host) is None
