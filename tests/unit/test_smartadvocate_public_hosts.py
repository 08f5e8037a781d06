"""Which hosts may be spoken to."""

import httpx2
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
        "https://app.smartadvocate.com:0/",
        "https://app.smartadvocate.com:-1/",
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


@pytest.mark.parametrize("error", [OSError(24), TimeoutError(), UnicodeError("label"), ValueError("null")])
def test_a_name_that_cannot_be_resolved_may_be_there_later(error: Exception) -> None:
    def nowhere(_: str) -> list[str]:
        raise error

    with pytest.raises(TransientError):
        smartadvocate_hosts(resolve=nowhere).check("https://sa.firm.test/", "it")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0x7f.0x0.0x0.0x1",
        "[::1]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::a9fe:a9fe]",
        "[64:ff9b:1::a9fe:a9fe]",
        "[2002:7f00:1::]",
        "[2001:0:4136:e378:8000:63bf:3fff:fdd2]",
        "[::7f00:1]",
        "[fec0::1]",
        "[ff02::1]",
        "[::]",
        "[fe80::1%25eth0]",
        "0.0.0.0",
        "224.0.0.1",
        "１２７.0.0.1",
        "%31%32%37.0.0.1",
        "sa..firm.test",
    ],
)
def test_no_spelling_of_an_address_of_ours_is_taken_whatever_a_resolver_says(host: str) -> None:
    guard = hosts(addresses=PUBLIC)
    for url in (f"https://{host}/", f"https://{host}:8443/CaseSyncAPI/"):
        with pytest.raises(ConfigurationError):
            guard.check(url, "it")


def test_http_to_this_machine_takes_its_setting() -> None:
    for url in ("http://127.0.0.1:9/", "http://localhost/", "http://[::1]/"):
        with pytest.raises(ConfigurationError, match="encrypted"):
            hosts(addresses=["127.0.0.1"]).check(url, "it")
    allowed = smartadvocate_hosts((), {"127.0.0.1", "::1"}, (), resolve=lambda _: [])
    assert allowed.check("http://127.0.0.1:9/", "it")
    assert allowed.check("http://[0:0::1]/", "it")
    assert allowed.machines("::1") == ["::1"]


def test_where_a_connection_goes_is_decided_when_it_is_made() -> None:
    """A name that led to the world when it was typed, and home when it was used."""
    answers = [["8.8.8.8"], ["10.0.0.1"], ["8.8.4.4"]]
    guard = smartadvocate_hosts(resolve=lambda _: answers.pop(0))
    assert guard.check("https://sa.firm.test/", "it")
    with pytest.raises(ConfigurationError, match="private network"):
        guard.machines("sa.firm.test")
    assert guard.machines("SA.firm.test.") == ["8.8.4.4"]


def test_a_host_that_is_listed_no_longer_is_not_called_any_more() -> None:
    with pytest.raises(ConfigurationError, match="CASEBRIDGE_SMARTADVOCATE_HOSTS"):
        hosts("other.test").judge(httpx2.URL("https://sa.firm.test/"))
