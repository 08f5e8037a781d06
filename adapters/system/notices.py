"""Notices as lines of the log: `core.ports.notices.Notices`."""

from collections.abc import Callable
from typing import Final

import structlog

from core.ports.notices import Notices
from core.unexpected import error_chain, type_of
from core.written_twice import WrittenTwice

_log = structlog.get_logger(__name__)
_IN_COLUMNS: Final = 60  # characters of a count's key

Count = Callable[[str, str], None]
"""Counts an unexpected error: what was under way, and the error's type."""


class LogNotices(Notices):
    """Logs with structlog; `count` keeps the numbers where the metrics are read."""

    def __init__(self, count: Count) -> None:
        self._count = count

    def unexpected(self, error: BaseException, doing: str, **about: str | int | None) -> None:
        _log.error("unexpected_error", doing=doing, error_chain=error_chain(error), **about)
        self.count(error, doing)

    def count(self, error: BaseException, doing: str) -> None:
        """Count an error of which somebody else has told."""
        try:
            self._count(doing[:_IN_COLUMNS], type_of(error)[:_IN_COLUMNS])
        except Exception as failure:  # noqa: BLE001 - it was told; only its number is lost
            _log.warning("unexpected_error_not_counted", doing=doing, error_type=type_of(failure))

    def written_twice(self, found: WrittenTwice) -> None:
        _log.error(
            "written_twice",
            firm=found.firm_id,
            kind=found.kind.value,
            delivery_id=found.delivery_id,
            case=found.case_integration_id,
            kept_id=found.kept_id,
            stray_id=found.stray_id,
        )
