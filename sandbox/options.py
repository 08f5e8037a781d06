"""What a sandbox is started with, and the errors that starting it can raise."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sandbox.oauth_options import DEFAULT_OAUTH, OAuthOptions

DEFAULT_TOKEN_LIFE_S = 7200
# Two hours, as in the vendor's sample token (API sheet, section 2.1).
DEFAULT_UPLOAD_LIMIT_BYTES = 50 * 1024 * 1024
DEFAULT_PAGE_CAP = 5000
# The largest page size seen in client code (API sheet, section 4).
LOOPBACK = "127.0.0.1"


class SandboxError(Exception):
    """The sandbox cannot start; the message says why and what to do."""


class PortTakenError(SandboxError):
    """Another process listens on the port that was asked for."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"port {port} on {host} is taken: stop what listens there, or use --port 0 for a free one"
        )


@dataclass(frozen=True)
class SandboxOptions:
    """How the sandbox looks and how large it is.

    The same `seed`, `firms`, `cases` and `as_of` give the same cases, byte for byte. Firm number k (from 1)
    logs in as `{user}{k}` with `password`; its name is that user name.
    """

    port: int = 0
    """0 picks a free port below 32768."""
    host: str = LOOPBACK
    seed: int = 1
    firms: int = 1
    cases: int = 1000
    """Cases of each firm that lists show. Hidden ones come on top: one for each full hundred."""
    user: str = "firm"
    password: str = "sandbox"
    token_life_s: int = DEFAULT_TOKEN_LIFE_S
    page_cap: int = DEFAULT_PAGE_CAP
    """A larger `pageSize` is cut to this, silently."""
    upload_limit_bytes: int = DEFAULT_UPLOAD_LIMIT_BYTES
    same_modified: int = 0
    """So many cases of each firm carry one identical `modifiedDate`."""
    drift_every: int = 0
    """After every so many case searches of a firm, cases change (see `drift.py`); 0 is never."""
    drift_modify: int = 5
    control_token: str | None = None
    """Header `X-Sandbox-Token` that `/_sandbox/` routes then ask for."""
    as_of: datetime | None = None
    """The day the seeded dates count back from; None is the current UTC day."""
    oauth: OAuthOptions = DEFAULT_OAUTH
    """The authorization server; `PUT /_sandbox/oauth` changes it while the sandbox runs."""
    clock: Callable[[], float] = time.time
    """Seconds since 1970 UTC."""

    def user_name(self, number: int) -> str:
        """The log-in of firm `number`, counted from 1."""
        return f"{self.user}{number}"
