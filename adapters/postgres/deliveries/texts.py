"""Text that is kept for a while only."""

from datetime import timedelta
from typing import Final

from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from core.reason import Reason

_SQL: Final = Statements.beside(__file__)
# What `data` of a message or document holds of people. The rest are ids, times and sizes.
_PRIVATE: Final = [
    "text",
    "sender_name",
    "attachments",
    "file_name",
    "uploaded_by",
    "content_url",
    "earlier_urls",
]


class Texts:
    """Removes text; rows that somebody has in hand are left for the next time."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def purge_delivered(self, after: timedelta, limit: int) -> int:
        return self._session.run(
            _SQL["purge_delivered"], {"after": after, "limit": limit, "private": _PRIVATE}
        )

    def purge_failed(self, after: timedelta, limit: int) -> int:
        parameters = {"after": after, "limit": limit, "private": _PRIVATE}
        return self._session.run(
            _SQL["purge_failed"], {**parameters, "text_purged": Reason.TEXT_PURGED.value}
        )
