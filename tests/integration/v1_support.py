"""A server of the API on fakes, and clients with keys of its own."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
from fastapi import FastAPI

from adapters.web.api.keys import ApiKeys
from adapters.web.api.v1.stream import StreamLimits
from adapters.web.app import create_app
from adapters.web.buckets import Rate
from adapters.web.middleware.guard import Guard
from adapters.web.middleware.rate_limit import RateLimits
from adapters.web.server import WebServer
from core.actor import ALL_FIRMS, Actor, Power, Role
from tests.fakes.service import FakeService

EVERYTHING = frozenset(Power)
MUCH = Rate(1e6, 10**6)
UNHURRIED = Guard(rates=RateLimits(MUCH, MUCH, MUCH, MUCH))
FAST = StreamLimits(connections=3, of_one=2, every_s=0.05, heartbeat_s=0.2)
KEYS = ApiKeys(
    [
        (Actor("all", Role.SERVICE, ALL_FIRMS, EVERYTHING), "key-of-all"),
        (Actor("other", Role.SERVICE, ALL_FIRMS, EVERYTHING), "another-key-of-all"),
        (Actor("north", Role.SERVICE, frozenset({"north"}), EVERYTHING), "key-of-north"),
        (Actor("south", Role.SERVICE, frozenset({"south"}), EVERYTHING), "key-of-south"),
        (Actor("looks", Role.SERVICE, frozenset({"north"}), frozenset({Power.LOOK})), "key-that-looks"),
        (Actor("sends", Role.SERVICE, ALL_FIRMS, frozenset({Power.SEND_EVENTS})), "key-that-sends"),
    ]
)


@contextmanager
def serving(service: FakeService) -> Iterator[WebServer]:
    """Serve the desk of a service."""
    with running(
        create_app(service.desk, KEYS, {}, secure=False, guard=UNHURRIED, stream_limits=FAST)
    ) as server:
        yield server


@contextmanager
def running(app: FastAPI) -> Iterator[WebServer]:
    """Serve an application."""
    server = WebServer(app, "127.0.0.1", 0)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def client(server: WebServer, key: str | None = "key-of-all") -> httpx2.Client:
    """Return a client with this key."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx2.Client(base_url=server.url, trust_env=False, headers=headers, timeout=20)
