"""A verification as a page that can be printed."""

from collections.abc import Callable, Mapping
from typing import Any

from core.actor import Actor
from core.queries.records import RecordQueries

# a verification's number and document -> the page in HTML
Page = Callable[[int, Mapping[str, Any]], str]


class PrintVerification:
    """Makes the page. Raises as `RecordQueries.verification`."""

    def __init__(self, records: RecordQueries, page: Page) -> None:
        self._records = records
        self._page = page

    def __call__(self, actor: Actor, number: int) -> str:
        """Return the page in HTML; it needs nothing else."""
        return self._page(number, self._records.verification(actor, number).document)
