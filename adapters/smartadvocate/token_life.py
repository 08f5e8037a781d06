"""How long a token may be used (API sheet, section 2.1)."""

import base64
import json
from datetime import timedelta
from typing import Any, Final

LIFE_WITHOUT_EXP: Final = timedelta(minutes=30)
LONGEST_LIFE: Final = timedelta(hours=24)
MARGIN: Final = timedelta(seconds=60)
MARGIN_SHARE: Final = 0.1  # at most; a token of ten seconds is used for nine


def usable_for(token: str, now: float) -> timedelta:
    """Return how long to use a token that was just issued; `now` in seconds since 1970.

    Read from the JWT's `exp` without verifying the signature: we are not the audience, and a wrong guess
    costs one 401. Counted from the token's own `iat` where there is one, so that a server clock that differs
    from ours does not matter. Anything but a JWT with a life is used for half an hour.
    """
    claims = _claims(token)
    expires = _seconds(claims.get("exp"))
    if expires is None:
        return LIFE_WITHOUT_EXP
    issued = _seconds(claims.get("iat"))
    life = expires - (issued if issued is not None and issued < expires else now)
    if life <= 0:
        return LIFE_WITHOUT_EXP
    whole = timedelta(seconds=min(life, LONGEST_LIFE.total_seconds()))
    return whole - min(MARGIN, whole * MARGIN_SHARE)


def _claims(token: str) -> dict[str, Any]:
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
