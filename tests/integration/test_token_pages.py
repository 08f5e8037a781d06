"""A renewal that meets a proxy's page, and the ways in which a client says who it is."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from core.actor import SYSTEM
from core.errors import TransientError
from core.firm import ConnectionState
from tests.integration.oauth_support import FIRM, OAuthBench, oauth_bench
from tests.integration.smartadvocate_raw_server import RawServer, Reply

PAGES = [
    Reply(403, "<html>blocked</html>", {"Content-Type": "text/html"}),
    Reply(400, "invalid_grant", {"Content-Type": "text/plain"}),
    Reply(400, "", {"Content-Type": "application/json"}),
    Reply(418, "[]"),
]


@pytest.fixture
def bench(migrated_database_url: str) -> Iterator[OAuthBench]:
    with oauth_bench(migrated_database_url) as bench:
        bench.consent()
        yield bench


def point(bench: OAuthBench, **oauth: Any) -> None:
    """Set it in the firm's profile."""
    bench.sql("update firms set settings = settings || %s::jsonb", json.dumps({"profile": {"oauth": oauth}}))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_instead_of_an_answer_stops_nobody(bench: OAuthBench, page: Reply) -> None:
    first = bench.token()
    with RawServer(lambda _: page) as server:
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(server.base_url))
        point(bench, token_url=f"{origin}/token", revoke_url=f"{origin}/revoke")
        bench.sql("update connections set renew_at = now() - interval '1s'")
        assert [bench.token() for _ in range(5)] == [first] * 5
        assert len(server.received) == 1
        bench.forgive()
        assert [bench.token() for _ in range(5)] == [first] * 5
        assert len(server.received) == 2
        bench.expire()
        bench.forgive()
        for _ in range(3):
            with pytest.raises(TransientError, match=str(page.status)):
                bench.token()
        assert len(server.received) == 3
        assert bench.application.desk.show_connection(SYSTEM, FIRM).state is ConnectionState.CONNECTED
        with pytest.raises(TransientError, match=str(page.status)):
            bench.application.desk.disconnect_firm(bench.application.settings.actor(), FIRM)


@pytest.mark.parametrize("way", ["client_secret_basic", "client_secret_post"])
def test_a_server_that_takes_one_way_alone_is_told_who_asks_in_that_way(bench: OAuthBench, way: str) -> None:
    bench.switch(client_auth=[way])
    bench.application.smartadvocate.oauth._discovered.clear()
    bench.expire()
    assert bench.token()
    bench.consent()
    bench.application.desk.disconnect_firm(bench.application.settings.actor(), FIRM)
    assert bench.grants()[-1]["revoked"]


def test_where_no_document_says_it_the_firms_profile_does(migrated_database_url: str) -> None:
    urls: dict[str, Any] = {
        f"smartadvocate_oauth_{name}_url": f"http://{{host}}/oauth/{name}"
        for name in ("authorize", "token", "revoke")
    }
    with oauth_bench(migrated_database_url, smartadvocate_oauth_discovery_url="", **urls) as bench:
        bench.consent()
        bench.switch(client_auth=["client_secret_post"])
        bench.expire()
        with pytest.raises(TransientError, match="invalid_client"):
            bench.token()
        bench.forgive()
        point(bench, client_auth="client_secret_post")
        assert bench.token()
