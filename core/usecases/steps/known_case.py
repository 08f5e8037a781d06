"""A case that somebody names by its integration id: one that is not there is said, with the closest ones."""

from typing import Final

from core.errors import UnknownThingError
from core.ports.unit_of_work import UnitOfWork
from core.thing import Thing

_LOOKED_AT: Final = 1_000  # cases, last changed first, among which the nearest is looked for


def must_be_a_case(uow: UnitOfWork, firm_id: str, integration_id: str) -> None:
    """Raise UnknownThingError unless the case is here, or was skipped. One meant by its number is named."""
    if uow.cases.existing({(firm_id, integration_id)}) or uow.problems.modified(firm_id, [integration_id]):
        return
    some = uow.cases.some(firm_id, _LOOKED_AT)
    meant = [known for known, number in some if number == integration_id]
    by_number = f"; that is the number of the case with the id {', '.join(meant)}" if meant else ""
    raise UnknownThingError(
        f"firm {firm_id!r} has no case with the id {integration_id!r}{by_number}",
        thing=Thing.CASE,
        firm_id=firm_id,
        case_id=integration_id,
        asked=integration_id,
        known=() if meant else [known for known, _ in some],
    )
