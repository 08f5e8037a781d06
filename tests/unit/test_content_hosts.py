"""Which addresses of document content are followed."""

import httpx2
import pytest

from adapters.case_status.hosts import content_hosts
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


@pytest.mark.parametrize(
    "address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1", "fd00::1", "fe80::1%eth0"]
)
def test_a_listed_name_that_leads_into_a_private_network_is_refused(address: str) -> None:
    with pytest.raises(ContentRefusedError, match="private network"):
        HOSTS.check_peer(httpx2.URL(HOSTS.check("https://files.example.com/a", "it")), address, "it")


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", None])
def test_a_public_machine_is_spoken_to(address: str | None) -> None:
    HOSTS.check_peer(httpx2.URL(HOSTS.check("https://files.example.com/a", "it")), address, "it")


@pytest.mark.parametrize("host", ["https://files.example.com", "files.example.com/a", "a:8080", "a@b", "a b"])
def test_what_is_no_host_cannot_be_listed(host: str) -> None:
    with pytest.raises(ConfigurationError, match="bare names"):
        content_hosts({host})


def test_the_sandbox_may_be_anywhere() -> None:
    HOSTS.check_peer(httpx2.URL(HOSTS.check("http://127.0.0.1:1/a", "it")), "127.0.0.1", "it")
