"""Claims that were lost with their process, and what a worker wrote that had lost its own without knowing."""

from collections.abc import Sequence
from typing import Final

from adapters.postgres.deliveries.settling import WORDS, Settling, arrays
from adapters.postgres.store.statements import Statements
from core.delivery import Attempt
from core.event import EventKind
from core.reason import Reason
from core.written_twice import WrittenTwice

_SQL: Final = Statements.beside(__file__)
_TAKEN_BACK_AT_ONCE: Final = 500  # lanes


class LostClaims(Settling):
    """What schedulers take back, and what has to be told of it."""

    def take_back(self, owners: Sequence[str] | None = None) -> Sequence[tuple[str, EventKind]]:
        asked = {"owners": None if owners is None else list(owners), "limit": _TAKEN_BACK_AT_ONCE}
        lost = self._session.rows(_SQL["take_back"], asked)
        if not lost:
            return []
        places = [lane[4] or 0 for lane in lost]
        of_lanes = {**WORDS, **arrays(lost), "places": places}
        claims = {"owners": [lane[3] for lane in lost], "calls_until": [lane[5] for lane in lost]}
        why = {"process_gone": Reason.PROCESS_GONE.value}
        self._session.run(_SQL["doubt_lost"], {**of_lanes, **claims, **why})
        self._settle(lost)
        self._session.run(_SQL["put_first"], of_lanes)
        return sorted({(lane[0], EventKind(lane[1])) for lane in lost})

    def keep_strays(self, attempts: Sequence[Attempt]) -> None:
        stored = [(a.delivery.delivery_id, a.stored_id) for a in attempts if a.stored_id is not None]
        if stored:
            delivery_ids, stored_ids = zip(*stored, strict=True)
            strays = {"delivery_ids": list(delivery_ids), "stored_ids": list(stored_ids)}
            self._session.run(_SQL["keep_strays"], strays)

    def written_twice(self) -> Sequence[WrittenTwice]:
        rows = self._session.rows(_SQL["written_twice"], WORDS)
        return [WrittenTwice(row[0], row[1], EventKind(row[2]), *row[3:]) for row in rows]
