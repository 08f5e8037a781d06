"""Documents as Case Status holds them: invented bytes of any size, behind addresses that expire."""

from __future__ import annotations

import hashlib
import hmac
import random
from collections.abc import Iterator
from typing import NamedTuple

CONTENT_PATH = "/case-status/documents/"
CONTENT_PURPOSE = "case-status-content"
PIECE_BYTES = 64 * 1024
DEFAULT_LIFE_S = 3600
_TYPES = {"pdf": "application/pdf", "jpg": "image/jpeg", "docx": "application/msword", "txt": "text/plain"}
_NAMES = ("Arztbrief.pdf", "scan 1.jpg", "договор.docx", "請求書.pdf", "notes.txt")


class Content(NamedTuple):
    """One document: what an event says of it. `firm` is the sandbox firm it was made for."""

    number: int
    firm: str
    file_name: str
    content_type: str
    size: int
    sha256: str


class Contents:
    """Documents by number. The same seed, number and size give the same bytes."""

    def __init__(self, seed: int) -> None:
        rng = random.Random(f"contents/{seed}")
        self._block = rng.randbytes(PIECE_BYTES)
        self._secret = rng.randbytes(32)
        self._generation = 0
        self._documents: dict[int, Content] = {}

    def get(self, number: int) -> Content | None:
        """The document, None for an unknown one."""
        return self._documents.get(number)

    def create(self, firm: str, size: int, file_name: str | None = None) -> Content:
        """A new document."""
        number = len(self._documents) + 1
        name = file_name if file_name is not None else _NAMES[number % len(_NAMES)]
        digest = hashlib.sha256()
        for piece in self.pieces(number, size):
            digest.update(piece)
        kind = _TYPES.get(name.rpartition(".")[2].lower(), "application/octet-stream")
        self._documents[number] = Content(number, firm, name, kind, size, digest.hexdigest())
        return self._documents[number]

    def pieces(self, number: int, size: int) -> Iterator[bytes]:
        """The document's bytes, without their ever being whole anywhere."""
        head = f"%PDF-1.4 sandbox document {number}\n".encode()
        begin = number * 977 % PIECE_BYTES
        piece = self._block[begin:] + self._block[:begin]
        first = (head + piece)[:PIECE_BYTES]
        while size > 0:
            yield first[:size]
            size -= len(first)
            first = piece

    def address(self, number: int, expires_s: int) -> str:
        """Path and query of the document until `expires_s` (seconds since 1970 UTC)."""
        return f"{CONTENT_PATH}{number}/content?expires={expires_s}&signature={self._sign(number, expires_s)}"

    def is_good(self, number: int, query: dict[str, str], now_s: float) -> bool:
        """Whether an address was given out by this sandbox and still holds."""
        expires = query.get("expires", "")
        if not expires.isdecimal() or int(expires) < now_s:
            return False
        return hmac.compare_digest(query.get("signature", ""), self._sign(number, int(expires)))

    def expire_all(self) -> None:
        """No address given out so far holds any more."""
        self._generation += 1

    def _sign(self, number: int, expires_s: int) -> str:
        said = f"{number}/{expires_s}/{self._generation}".encode()
        return hmac.new(self._secret, said, hashlib.sha256).hexdigest()[:32]
