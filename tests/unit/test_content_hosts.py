"""Which addresses of document content are followed."""

import pytest

from adapters.case_status.hosts import content_hosts
from adapters.http.hosts import HostGuard
from core.errors import ConfigurationError, ContentRefusedError

HOSTS = content_hosts({"files.example.com", "Bücher.example"}, {"127.0.0.1", "sandbox"})


@pytest.mark.parametrize(
    "url",
    [
        "https://files.example.com/a?signature=x",
        "https://FILES.example.com:443/a",
        "https://files.example.com./a",
        "https://xn--bcher-kva.example/a",
        "http://127.0.0.1:8090/a",
        "http://sandbox:8090/a",
    ],
)
def test_listed_hosts_are_followed(url: str) -> None:
    assert str(HOSTS.check(url, "it")).startswith("http")


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example.com/a",  # not encrypted
        "https://files.example.com:8443/a",
        "https://other.example.com/a",
        "https://files.example.com.evil.test/a",
        "https://evil.test/files.example.com",
        "https://evil.test#files.example.com",
        "https://evil.test\\@files.example.com/a",
        "https://files.example.com@evil.test/a",
        "https://user:secret@files.example.com/a",
        "https://127.0.0.1/a",
        "http://127.0.0.2/a",
        "http://2130706433/a",
        "http://0x7f.1/a",
        "http://[::1]/a",
        "http://[::ffff:127.0.0.1]/a",
        "http://169.254.169.254/latest/meta-data",
        "http://localhost/a",
        "ftp://files.example.com/a",
        "file:///etc/passwd",
        "https:///a",
        "https://",
        "not an address",
        "https://files.example.com\r\nHost: evil.test/a",
    ],
)
def test_everything_else_is_refused_without_showing_the_address(url: str) -> None:
    with pytest.raises(ContentRefusedError) as caught:
        HOSTS.check(url, "it")
    assert "secret" not in str(caught.value)
    assert "/a" not in str(caught.value)


def test_nothing_is_followed_where_nothing_is_listed() -> None:
    with pytest.raises(ContentRefusedError, match="CASEBRIDGE_DOCUMENT_HOSTS"):
        content_hosts(()).check("https://files.example.com/a", "it")


def leading_to(*addresses: str) -> HostGuard:
    return content_hosts({"files.example.com"}, {"127.0.0.1", "sandbox"}, resolve=lambda _: addresses)


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fd00::1", "fe80::1%eth0"]
)
def test_a_listed_name_that_leads_into_a_private_network_is_refused(address: str) -> None:
    with pytest.raises(ContentRefusedError, match="private network"):
        leading_to("8.8.8.8", address).machines("files.example.com")


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111"])
def test_a_public_machine_is_spoken_to(address: str) -> None:
    assert leading_to(address).machines("files.example.com") == [address]


@pytest.mark.parametrize(
    "host",
    [
        "https://files.example.com",
        "files.example.com/a",
        "a:8080",
        "a@b",
        "a b",
        "127.1",
        "0x7f.1",
        "a..b",
        "%61",
    ],
)
def test_what_is_no_host_cannot_be_listed(host: str) -> None:
    with pytest.raises(ConfigurationError, match="bare names"):
        content_hosts({host})


def test_the_sandbox_may_be_anywhere() -> None:
    assert leading_to("10.0.0.1").machines("sandbox") == ["10.0.0.1"]
    assert leading_to().machines("127.0.0.1") == ["127.0.0.1"]
