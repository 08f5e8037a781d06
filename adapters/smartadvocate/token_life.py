"""What is used as a token, and for how long (API sheet, section 2.1)."""

import base64
import json
import re
from datetime import timedelta
from typing import Any, Final

LIFE_WITHOUT_EXP: Final = timedelta(minutes=30)
LONGEST_LIFE: Final = timedelta(hours=24)
MARGIN: Final = timedelta(seconds=60)
MARGIN_SHARE: Final = 0.1  # at most; a token of ten seconds is used for nine

_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,8192}")  # what a header may carry
_SCHEME: Final = re.compile(r"\Abearer\s+", re.IGNORECASE)


def bare_token(value: Any) -> str:
    """Return the token as it goes behind "Bearer": without blanks around it, or that word. "" for none."""
    token = _SCHEME.sub("", value.strip()) if isinstance(value, str) else ""
    return token if _TOKEN.fullmatch(token) else ""


def usable_for(token: str, now: float, expires_in: float | None = None) -> timedelta:
    """Return how long to use a new token before it is renewed; `now` in seconds since 1970."""
    whole, is_known = _life(token, now, expires_in)
    return whole - min(MARGIN, whole * MARGIN_SHARE) if is_known else whole


def life_of(token: str, now: float, expires_in: float | None = None) -> timedelta:
    """Return how long the token is good.

    `expires_in` is what the token endpoint said, in seconds (RFC 6749, 5.1). Without it the JWT's `exp` is
    read without verifying the signature: we are not the audience, and a wrong guess costs one 401. Counted
    from the token's own `iat` where there is one, so that a server clock that differs from ours does not
    matter. Anything but a JWT with a life is used for half an hour.
    """
    return _life(token, now, expires_in)[0]


def _life(token: str, now: float, expires_in: float | None) -> tuple[timedelta, bool]:
    if expires_in is None:
        claims = claims_of(token)
        expires = _seconds(claims.get("exp"))
        if expires is None:
            return LIFE_WITHOUT_EXP, False
        issued = _seconds(claims.get("iat"))
        expires_in = expires - (issued if issued is not None and issued < expires else now)
    if expires_in <= 0:
        return LIFE_WITHOUT_EXP, False
    return timedelta(seconds=min(expires_in, LONGEST_LIFE.total_seconds())), True


def claims_of(token: str) -> dict[str, Any]:
    """Return what a JWT says, unverified; {} for anything else."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}


def _seconds(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e11:
        return None
    return float(value)
