"""Port: the bytes of a document, from Case Status."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

from core.document import ContentSource


class DocumentContents(Protocol):
    """Reads documents as streams: no document is ever whole in memory or on disk."""

    def open(
        self, source: ContentSource, *, not_after: datetime | None = None
    ) -> AbstractContextManager[Iterator[bytes]]:
        """Open the content, to be entered; it gives the bytes in pieces, each once.

        Before the last piece is given, length and hash have been compared with the source's: whoever got all
        pieces has exactly the document. A piece is small (about 64 KiB). `not_after` (UTC) bounds the whole.

        On entering: ContentExpiredError where the address is no longer good; ContentRefusedError where its
        host is not allowed, or it leads to one that is not. On entering or between pieces:
        ContentMismatchError for another length or hash; TransientError for a server that is out of reach,
        busy, too slow, or breaks off.
        """
        ...
