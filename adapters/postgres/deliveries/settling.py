"""What all do who change deliveries: lock their lanes first, and settle those afterwards."""

from collections.abc import Sequence
from typing import Any, Final

import structlog

from adapters.postgres.store.session import Row, Session
from adapters.postgres.store.statements import Statements
from core.delivery import DeliveryState
from core.event import EventKind
from core.firm import ConnectionState
from core.reason import Reason

_log = structlog.get_logger(__name__)
_SQL: Final = Statements.beside(__file__)
# The core's words that statements about deliveries use.
WORDS: Final = {
    **{state.value: state.value for state in DeliveryState},
    "documents": EventKind.DOCUMENT_UPLOADED.value,
    "connected": ConnectionState.CONNECTED.value,
    "case_being_imported": Reason.CASE_BEING_IMPORTED.value,
}


def arrays(lanes: Sequence[Row]) -> dict[str, list[Any]]:
    """Return the parameters that name lanes: rows that begin with firm id, kind and case."""
    return {
        "firm_ids": [lane[0] for lane in lanes],
        "kinds": [lane[1] for lane in lanes],
        "cases": [lane[2] for lane in lanes],
    }


class Settling:
    """Locks lanes, in the order of their key, and settles them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def _say_waiting(
        self, firm_id: str, state: str, reason: str | None, number: int, detail: str | None = None
    ) -> None:
        """Let it be said, once it is committed, that deliveries wait or have failed."""
        words = {"firm_id": firm_id, "reason": reason and str(reason), "state": state, "detail": detail}
        self._session.afterwards(lambda: _log.warning("deliveries_not_out", **words, number=number))

    def _lock(self, lanes: Sequence[Row]) -> list[Row]:
        """Lock the lanes all at once; each comes back with whether somebody owns it."""
        return self._session.rows(_SQL["lock"], arrays(lanes))

    def _settle(self, lanes: Sequence[Row]) -> None:
        """Put locked lanes where their first open delivery says; nobody owns them afterwards."""
        documents = [lane for lane in lanes if lane[1] == EventKind.DOCUMENT_UPLOADED]
        messages = [lane for lane in lanes if lane[1] != EventKind.DOCUMENT_UPLOADED]
        if messages:
            self._session.run(_SQL["settle_messages"], {**WORDS, **arrays(messages)})
        if documents:
            self._session.run(_SQL["settle_documents"], {**WORDS, **arrays(documents)})

    def _settle_free(self, locked: Sequence[Row]) -> None:
        """Settle those that nobody owns: whoever owns the others does it when giving them back."""
        self._settle([lane for lane in locked if not lane[3]])
