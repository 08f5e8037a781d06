"""All of it around the application, in the one order that is right."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fastapi import FastAPI

from adapters.web.errors.answers import Answers
from adapters.web.headers import SecurityHeaders
from adapters.web.middleware.body_limit import BodyLimit
from adapters.web.middleware.client_address import ClientAddress, Network
from adapters.web.middleware.cross_site import CrossSite
from adapters.web.middleware.heads import Heads
from adapters.web.middleware.plain_address import PlainAddress
from adapters.web.middleware.rate_limit import RateLimit, RateLimits
from core.usecases.count_requests import CountRequests


@dataclass(frozen=True, slots=True)
class Guard:
    """`origin` is where browsers reach the service, such as https://casebridge.example.com.

    `provider` is what people call the identity provider.
    """

    origin: str = "http://127.0.0.1:8080"
    trusted_proxies: Sequence[Network] = ()
    rates: RateLimits = field(default_factory=RateLimits)
    provider: str = "your organisation"


def add_guard(
    app: FastAPI,
    guard: Guard,
    answers: Answers,
    count: CountRequests | None = None,
    *,
    secure: bool,
) -> None:
    """Stand around the application. What is added last sees a request first, and its answer last.

    `answers` tells who is refused; `count` counts over all processes, without it each counts by itself.
    `secure`: browsers come over https.
    """
    app.add_middleware(Heads)
    app.add_middleware(PlainAddress, answers=answers)
    app.add_middleware(CrossSite, answers=answers, origin=guard.origin)
    app.add_middleware(BodyLimit, answers=answers)
    # Before anything costs anything.
    app.add_middleware(RateLimit, answers=answers, limits=guard.rates, count=count)
    app.add_middleware(SecurityHeaders, secure=secure)  # refusals have them, too
    app.add_middleware(
        ClientAddress, trusted=guard.trusted_proxies
    )  # who counts by address needs the client's
