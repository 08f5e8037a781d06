"""Which hosts may be spoken to."""

import pytest

from adapters.http.hosts import HostGuard
from adapters.smartadvocate.hosts import smartadvocate_hosts
from core.errors import ConfigurationError, TransientError

PUBLIC, PRIVATE = ["8.8.8.8"], ["8.8.8.8", "10.1.2.3"]


def hosts(*listed: str, addresses: list[str] = PUBLIC, private: tuple[str, ...] = ()) -> HostGuard:
    return smartadvocate_hosts(listed, {"sandbox"}, private, resolve=lambda _: addresses)


@pytest.mark.parametrize("url", ["https://app.smartadvocate.com/x", "https://APP.smartadvocate.com.:443/x"])
def test_a_listed_host_over_https_may_be_used(url: str) -> None:
    assert hosts("*.smartadvocate.com").check(url, "it") == url


@pytest.mark.parametrize(
    "url",
    [
        "https://smartadvocate.com.evil.test/",
        "https://evilsmartadvocate.com/",
        "http://app.smartadvocate.com/",
        "https://app.smartadvocate.com@evil.test/",
        "https://app.smartadvocate.com\\@evil.test/",
        "https://app.smartadvocate.com/#x",
        "ftp://app.smartadvocate.com/",
        "javascript:alert(1)",
        "//app.smartadvocate.com/",
        "",
        "https://app.smartadvocate.com:99999/",
    ],
)
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError):
        hosts("*.smartadvocate.com").check(url, "it")


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1", "100.64.0.1"]
)
def test_a_name_that_leads_into_a_private_network_is_refused_unless_that_is_meant(address: str) -> None:
    with pytest.raises(ConfigurationError, match="private network"):
        hosts(addresses=["8.8.8.8", address]).check("https://sa.firm.test/", "it")
    assert hosts(addresses=[address], private=("sa.firm.test",)).check("https://sa.firm.test/", "it")


def test_the_sandbox_needs_neither_encryption_nor_a_public_address() -> None:
    assert hosts("*.smartadvocate.com", addresses=["127.0.0.1"]).check("http://sandbox:9/x", "it")


def test_a_name_that_cannot_be_resolved_may_be_there_later() -> None:
    def nowhere(_: str) -> list[str]:
        raise OSError

    with pytest.raises(TransientError):
        smartadvocate_hosts(resolve=nowhere).check("https://sa.firm.test/", "it")
