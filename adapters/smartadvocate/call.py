"""One call of a firm's SmartAdvocate, from the operation that makes it to the socket; and what came back."""

import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol, TypeVar

import httpx2

from adapters.smartadvocate.routes import Purpose
from adapters.smartadvocate.site import Site
from core.clearance import Clearance
from core.errors import CasebridgeError
from core.firm import Firm
from core.reason import Reason

E = TypeVar("E", bound=CasebridgeError)
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_MAX_SHOWN: Final = 80  # characters of what somebody asked for


def body_of(content: object) -> bytes:
    """Return the JSON that a request sends; half a character becomes a question mark, and stops nothing."""
    return _encode(content).encode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Operation:
    """What was tried, in words for people: firm, a phrase ("insert a note into"), and the case if any."""

    firm_id: str
    doing: str
    case: str | None = None
    write: bool = False
    sent: tuple[str, ...] = ()  # texts that must not come back in an error

    def error(
        self,
        kind: type[E],
        words: str,
        *,
        reason: Reason | None = None,
        retry_after: timedelta | None = None,
    ) -> E:
        """Make an error that tells what was tried, and what was seen of it; the doors know the next step."""
        return kind(
            f"{self}: {words}",
            reason=reason,
            retry_after=retry_after,
            firm_id=self.firm_id,
            case_id=self.case,
        )

    def __repr__(self) -> str:
        return f"Operation({self})"

    def __str__(self) -> str:
        asked = (self.case or "")[:_MAX_SHOWN]
        case = "".join(c if c.isprintable() else "?" for c in asked)
        return f"firm {self.firm_id!r}: could not {self.doing}{' case ' + case if case else ''}"


class Streamed(Protocol):
    """A body that is given in pieces, once: its type, its length in bytes, whether all of it was given."""

    content_type: str
    length: int
    is_complete: bool

    def pieces(self) -> Iterator[bytes]:
        """Give it."""
        ...


OpenBody = Callable[[], AbstractContextManager[Streamed]]
"""Opens a streamed body anew, for each time it is sent."""


@dataclass(frozen=True, slots=True)
class Call:
    """One route of a firm's SmartAdvocate, what fills it, and what is sent there.

    `case_id` is one that `wire.identifier` gave. Where it needs clearance, nothing is sent without.
    """

    firm: Firm
    site: Site
    operation: Operation
    purpose: Purpose
    case_id: str = ""
    case_number: str = ""
    body: bytes | OpenBody | None = None
    clearance: Clearance | None = None

    @property
    def verb(self) -> str:
        """The route's verb."""
        return self.site.profile.routes[self.purpose].verb

    @property
    def url(self) -> str:
        """Where it goes."""
        return self.site.url(self.purpose, self.case_id, self.case_number)


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer, whatever its status."""

    call: Call
    status: int
    headers: httpx2.Headers
    body: bytes

    def __repr__(self) -> str:
        return f"Answer({self.status}, {len(self.body)} bytes)"
