"""Limits on how often the API is asked and a sign-in is tried: by account and by address.

Counted over all processes: each try to sign in, requests to the API in blocks (`shared_buckets`).
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Final

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.web.audience import is_of_the_api
from adapters.web.buckets import Buckets, Rate
from adapters.web.errors.answers import Answers
from adapters.web.middleware.client_address import address_of
from adapters.web.middleware.gate import Gate
from adapters.web.middleware.header import header
from adapters.web.middleware.shared_buckets import SharedBuckets
from core.errors import CasebridgeError
from core.usecases.count_requests import CountRequests

_SIGN_IN: Final = ("/sign-in", "/connect/", "/oauth/")
_KEY: Final = Rate(100.0, 500)
_ADDRESS: Final = Rate(400.0, 2_000)
_REFUSED: Final = Rate(1.0, 60)
_SIGN_INS: Final = Rate(0.5, 30)
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RateLimits:
    """How often. `key`: the API by one key; `address`: the API by one address, whatever keys it shows;
    `refused`: requests that showed no good key, by address; `sign_in`: tries to sign in, by address.
    """

    key: Rate = _KEY
    address: Rate = _ADDRESS
    refused: Rate = _REFUSED
    sign_in: Rate = _SIGN_INS


class RateLimit(Gate):
    """Answers 429 with `Retry-After` to whoever asks too often."""

    def __init__(
        self,
        app: ASGIApp,
        answers: Answers,
        limits: RateLimits | None = None,
        count: CountRequests | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        limits = limits or RateLimits()
        super().__init__(app, answers)
        self._count = count
        self._sign_in = limits.sign_in
        noted = None if count is None else count.note
        self._keys = SharedBuckets("api-key", limits.key, noted, clock)
        self._addresses = SharedBuckets("api-address", limits.address, noted, clock)
        self._refused = SharedBuckets("api-refused", limits.refused, noted, clock)
        self._sign_ins = Buckets(limits.sign_in, clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request. What the API answers 401 counts against its address."""

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 401:
                await self._refused.take(address_of(scope))
            await send(message)

        is_counted = scope["type"] == "http" and is_of_the_api(scope)
        await super().__call__(scope, receive, sending if is_counted else send)

    async def _refusal(self, scope: Scope) -> Response | None:
        address = address_of(scope)
        wait = await self._wait(scope, address)
        if not wait and self._is_try(scope):
            wait = await self._wait_to_sign_in(address)
        if wait <= 0:
            return None
        _log.warning("too_many_requests", of_the_api=is_of_the_api(scope))
        seconds = max(1, ceil(wait))
        step = f"Wait {seconds} seconds, then try again"
        headers = {"Retry-After": str(seconds)}
        return self._answers.refused(scope, 429, "too_many_requests", "Too many requests", step, headers)

    async def _wait(self, scope: Scope, address: str) -> float:
        if is_of_the_api(scope):
            wait = self._refused.wait(address) or await self._addresses.take(address)
            key = header(scope, b"authorization")
            if wait or key is None:
                return wait
            return await self._keys.take(hashlib.sha256(key).hexdigest())
        return self._sign_ins.take(address) if self._is_try(scope) else 0.0

    def _is_try(self, scope: Scope) -> bool:
        path = str(scope["path"])
        is_try = scope["method"] == "POST" or path.endswith("/callback")
        return is_try and path.startswith(_SIGN_IN)

    async def _wait_to_sign_in(self, address: str) -> float:
        """Ask the store, once this process has let it pass: a flood does not reach it."""
        if self._count is None:
            return 0.0
        asked = (f"address:{address}", self._sign_in.per_s, self._sign_in.at_once)
        try:
            return await run_in_threadpool(self._count.take, *asked)
        except CasebridgeError:
            return 0.0  # nobody can sign in without the store: the page says so
