"""The provider's own document, and its keys: read when needed, kept for a while, judged before use."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from adapters.http.hosts import HostGuard
from adapters.oidc.exchange import Exchange
from core.errors import CasebridgeError
from core.ports.clock import Clock
from core.sign_in_errors import SignInUnavailableError

KEPT_FOR: Final = timedelta(minutes=10)
# Keys are read anew for one that is not known: no more often, whatever strangers bring.
_ANEW_AFTER: Final = timedelta(seconds=30)
ASKED_AGAIN_AFTER: Final = timedelta(seconds=5)
"""A provider that could not be asked is left alone for so long: each asker holds a thread of the web."""
_MOST_KEYS: Final = 100
_KINDS: Final = ("RSA", "EC", "OKP")  # no set: somebody may write a list here
_WELL_KNOWN: Final = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where the provider's parts are. `by_header`: it takes the client's secret in a header."""

    issuer: str
    authorize_url: str
    token_url: str
    keys_url: str
    by_header: bool


class Discovery:
    """Of one provider. Raises SignInUnavailableError for what cannot be reached, read or trusted."""

    def __init__(self, exchange: Exchange, url: str, hosts: HostGuard, clock: Clock) -> None:
        self._exchange = exchange
        self._url = url
        self._hosts = hosts
        self._clock = clock
        self._lock = threading.Lock()
        self._endpoints: tuple[datetime, Endpoints] | None = None
        self._failed: tuple[datetime, str] | None = None
        self._keys: tuple[datetime, dict[str, Any]] | None = None

    def endpoints(self) -> Endpoints:
        """Return where its parts are.

        Whoever waited for somebody else's asking that failed is told so, and does not ask for itself.
        """
        with self._lock:
            now = self._clock.now()
            if self._endpoints is None or now >= self._endpoints[0] + KEPT_FOR:
                self._endpoints = now, self._read_now_and_then(now)
            return self._endpoints[1]

    def keys(self, kid: str | None) -> dict[str, Any]:
        """Return its keys as a JSON Web Key Set, read anew where none has this id."""
        url, now = self.endpoints().keys_url, self._clock.now()
        with self._lock:
            if self._keys is None or now >= self._keys[0] + self._good_for(kid, self._keys[1]):
                self._keys = now, _only_usable(self._exchange.get(url))
            return self._keys[1]

    def _good_for(self, kid: str | None, keys: dict[str, Any]) -> timedelta:
        is_known = kid is None or any(key.get("kid") == kid for key in keys["keys"])
        return KEPT_FOR if is_known else _ANEW_AFTER

    def _read_now_and_then(self, now: datetime) -> Endpoints:
        if self._failed is not None and now < self._failed[0] + ASKED_AGAIN_AFTER:
            raise SignInUnavailableError(self._failed[1])
        try:
            return self._read()
        except SignInUnavailableError as error:
            self._failed = self._clock.now(), str(error)
            raise

    def _read(self) -> Endpoints:
        self._check(self._url)
        document = self._exchange.get(self._url)
        issuer = _text(document, "issuer")
        if not self._url.endswith(_WELL_KNOWN) or issuer.rstrip("/") != self._url.removesuffix(_WELL_KNOWN):
            raise SignInUnavailableError(
                "the identity provider's document is of another issuer than its address says"
            )
        authorize_url = _text(document, "authorization_endpoint")
        token_url, keys_url = _text(document, "token_endpoint"), _text(document, "jwks_uri")
        for url in (authorize_url, token_url, keys_url):
            self._check(url)
        ways = _ways(document.get("token_endpoint_auth_methods_supported"))
        by_header = not ways or "client_secret_basic" in ways
        return Endpoints(issuer, authorize_url, token_url, keys_url, by_header=by_header)

    def _check(self, url: str) -> None:
        refused = ""
        try:
            self._hosts.check(url, "an address of the identity provider")
        except CasebridgeError as error:
            refused = str(error)
        if refused:
            raise SignInUnavailableError(refused)


def _only_usable(document: dict[str, Any]) -> dict[str, Any]:
    """Return the keys that may sign: no secret ones, whoever put them there."""
    keys = document.get("keys")
    found = [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
    usable = [key for key in found if key.get("kty") in _KINDS and key.get("use", "sig") == "sig"]
    if not usable:
        raise SignInUnavailableError("the identity provider shows no key that signs")
    return {"keys": usable[:_MOST_KEYS]}


def _ways(value: object) -> set[str]:
    """Read the ways to say who one is, also where they are written as text; what is no name is not there."""
    listed = value.replace(",", " ").split() if isinstance(value, str) else value
    return (
        {way.strip().lower() for way in listed if isinstance(way, str)} if isinstance(listed, list) else set()
    )


def _text(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= 2_000:
        raise SignInUnavailableError(f"the identity provider's document has no {name} that can be used")
    return value
