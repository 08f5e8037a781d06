"""What was done, told once on the next page: a cookie carries it over the redirect and is then gone."""

import base64
import binascii
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from fastapi import Request, Response

_SECONDS: Final = 60
_LONGEST: Final = 600  # characters; a cookie is no place for a page


class Tone(StrEnum):
    """How a sentence is meant; it is always said by an icon and words, too."""

    GOOD = "good"
    WAIT = "wait"
    BAD = "bad"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Done:
    """A sentence on what was done. It names no client and quotes no message: a browser keeps it a minute."""

    text: str
    tone: Tone = Tone.GOOD


class Flash:
    """Carries one sentence to the next page. `secure`: browsers come over https."""

    def __init__(self, *, secure: bool) -> None:
        self._cookie = "__Host-casebridge-done" if secure else "casebridge-done"
        self._secure = secure

    def put(self, answer: Response, done: Done) -> None:
        """Let the next page say it."""
        told = json.dumps([done.tone, done.text[:_LONGEST]]).encode()
        value = base64.urlsafe_b64encode(told).decode().rstrip("=")
        answer.set_cookie(
            self._cookie,
            value,
            max_age=_SECONDS,
            path="/",
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def get(self, request: Request) -> Done | None:
        """Return what is to be said, or None."""
        value = request.cookies.get(self._cookie)
        if not value:
            return None
        try:
            tone, text = json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
            return Done(str(text)[:_LONGEST], Tone(tone))
        except (binascii.Error, ValueError, TypeError, RecursionError):
            return None

    def drop(self, request: Request, answer: Response) -> None:
        """Let no further page say it."""
        if self._cookie in request.cookies:
            answer.delete_cookie(self._cookie, path="/", secure=self._secure, httponly=True, samesite="lax")
