"""Bearer tokens as the vendor's sample has them: HS256 with `id`, `host`, `nbf`, `exp`, `iat`, `iss` (API
sheet, section 2.1).

One claim is ours: `jti`, `generation-serial`. It tells two log-ins in one second apart and lets all tokens
of a firm be expired at once. The key follows from the seed, so a restarted sandbox still knows its tokens.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import NamedTuple

_HEADER = {"alg": "HS256", "typ": "JWT"}
_REMEMBERED_TOKENS = 10_000


class _Known(NamedTuple):
    firm: str
    not_before_s: int
    expires_s: int
    generation: int


class Tokens:
    """Issues and checks tokens; each belongs to one firm."""

    def __init__(self, seed: int, life_s: int, user_ids: dict[str, int]) -> None:
        self._secret = hashlib.sha256(f"sandbox signing key {seed}".encode()).digest()
        self.life_s = life_s
        self._user_ids = user_ids
        self._firms = {str(user_id): firm for firm, user_id in user_ids.items()}
        self._generation = dict.fromkeys(user_ids, 0)
        self._issued = 0
        self._known: dict[str, _Known] = {}
        self._revoked: set[str] = set()

    def issue(self, firm: str, now_s: float, life_s: int | None = None) -> str:
        """A token of `firm`, valid from now for `life_s` seconds, by default as long as those of a log-in."""
        self._issued += 1
        moment = int(now_s)
        claims = {
            "id": str(self._user_ids[firm]),
            "host": "",
            "nbf": moment,
            "exp": moment + (self.life_s if life_s is None else life_s),
            "iat": moment,
            "iss": "SmartAdvocate",
            "jti": f"{self._generation[firm]}-{self._issued}",
        }
        signed = f"{_part(json.dumps(_HEADER).encode())}.{_part(json.dumps(claims).encode())}"
        return f"{signed}.{_part(self._signature(signed))}"

    def firm_of(self, token: str, now_s: float) -> str | None:
        """The firm of a valid token; None for one that is forged, malformed, expired or withdrawn."""
        if token in self._revoked:
            return None
        known = self._known.get(token)
        if known is None:
            known = self._read(token)
            if known is None:
                return None
            if len(self._known) >= _REMEMBERED_TOKENS:
                self._known.clear()
            self._known[token] = known
        if (
            known.generation < self._generation[known.firm]
            or not known.not_before_s <= now_s < known.expires_s
        ):
            return None
        return known.firm

    def revoke(self, token: str) -> None:
        """Withdraws one token."""
        self._revoked.add(token)

    def user_id(self, firm: str) -> int:
        """The id of the firm's user, as the log-in answers it."""
        return self._user_ids[firm]

    def expire_all(self, firm: str) -> None:
        """Withdraws every token of `firm` issued so far."""
        self._generation[firm] += 1

    def _read(self, token: str) -> _Known | None:
        signed, _, signature = token.rpartition(".")
        try:
            if not hmac.compare_digest(urlsafe_b64decode(_padded(signature)), self._signature(signed)):
                return None
            claims = json.loads(urlsafe_b64decode(_padded(signed.split(".")[1])))
            generation = int(claims["jti"].partition("-")[0])
            return _Known(self._firms[claims["id"]], claims["nbf"], claims["exp"], generation)
        except (ValueError, KeyError, IndexError):
            return None

    def _signature(self, signed: str) -> bytes:
        return hmac.new(self._secret, signed.encode(), hashlib.sha256).digest()


def _part(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)
