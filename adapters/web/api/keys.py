"""API keys: which program is asking, and what it may do."""

import hashlib
import hmac
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

from core.actor import Actor

KNOWN_FOR_S: Final = 3.0
"""A key that was revoked opens nothing after so many seconds, in every process."""
_MOST: Final = 1_000  # keys in memory
_LONGEST: Final = 200  # characters of a key; a longer one is none


def _nobody(_key: str) -> Actor | None:
    return None


class ApiKeys:
    """Keys of the settings, and of the store, which is asked by `look_up`. Only digests stay in memory.

    The settings' are compared in constant time. What the store says of a good key is remembered for
    KNOWN_FOR_S; that a key is not known is not: it is good as soon as it is made, and whoever guesses is
    slowed down elsewhere (`middleware.rate_limit`).
    """

    def __init__(
        self,
        granted: Iterable[tuple[Actor, str]],
        look_up: Callable[[str], Actor | None] = _nobody,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._actors = [(_digest(key), actor) for actor, key in granted]
        self._look_up = look_up
        self._clock = clock
        self._lock = threading.Lock()
        self._known: OrderedDict[bytes, tuple[Actor, float]] = OrderedDict()  # digest -> (whose, until)

    def actor_of(self, presented: str) -> Actor | None:
        """Return who presents the key, or None. Raises TransientError while the store is out of reach."""
        digest = _digest(presented)
        actors = [actor for known, actor in self._actors if hmac.compare_digest(known, digest)]
        if actors or not 0 < len(presented) <= _LONGEST:
            return actors[0] if actors else None
        now = self._clock()
        with self._lock:
            actor, until = self._known.get(digest, (None, now))
        if actor is None or until <= now:
            actor = self._look_up(presented)
            self._remember(digest, actor, now + KNOWN_FOR_S)
        return actor

    def _remember(self, digest: bytes, actor: Actor | None, until: float) -> None:
        with self._lock:
            self._known.pop(digest, None)
            if actor is not None:
                self._known[digest] = (actor, until)
                if len(self._known) > _MOST:
                    self._known.popitem(last=False)


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "replace")).digest()
