"""Tries that failed in a row, in Postgres."""

from collections.abc import Collection, Sequence
from typing import Final

from adapters.postgres.store.session import Session
from adapters.postgres.store.statements import Statements
from core.ports.tries import SET_ASIDE_FOR, TRIES, Thing, Tries
from core.storable import storable

_SQL: Final = Statements.beside(__file__)


class PostgresTries(Tries):
    """See `core.ports.tries.Tries`."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def failed(self, firm_id: str, thing: Thing, keys: Collection[str]) -> bool:
        if not keys:
            return False
        rows = self._session.rows(_SQL["failed"], _named(firm_id, thing, keys))
        return any(times >= TRIES for (times,) in rows)

    def went_well(self, firm_id: str, thing: Thing, keys: Collection[str]) -> None:
        if keys:
            self._session.run(_SQL["went_well"], _named(firm_id, thing, keys))

    def set_aside(self, firm_id: str, thing: Thing, keys: Sequence[str]) -> set[str]:
        if not keys:
            return set()
        asked = {**_named(firm_id, thing, keys), "tries": TRIES, "for": SET_ASIDE_FOR}
        found = {key for (key,) in self._session.rows(_SQL["set_aside"], asked)}
        return {key for key in keys if storable(key) in found}

    def give_all_a_try(self, firm_id: str) -> int:
        [[number]] = self._session.rows(_SQL["give_all_a_try"], {"firm_id": firm_id, "tries": TRIES})
        return int(number)


def _named(firm_id: str, thing: Thing, keys: Collection[str]) -> dict[str, object]:
    return {"firm_id": firm_id, "thing": thing.value, "keys": sorted({storable(key) for key in keys})}
